/** Text of clients is kept up to here; no name of a model or of a user is near as long. */
export const MAX_TEXT_LENGTH = 512;

// NUL, which Postgres refuses in text and in jsonb, and halves of surrogate pairs, which it refuses in jsonb.
const UNSTORABLE = /[\0\p{Surrogate}]/gu;
const REPLACEMENT = '\uFFFD';
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

// The same without telling pairs from halves: a test that nearly all text passes, several times quicker than a search.
const SUSPECT = /[\0\ud800-\udfff]/;
// How JSON.stringify writes what is unstorable.
const SUSPECT_JSON = /\\u(?:0000|d[89a-f])/;

/** Any text as Postgres can keep it: what it refuses becomes U+FFFD, what is over {@link MAX_TEXT_LENGTH} is cut. */
export function storableText(text: string): string {
  return withoutUnstorable(cut(text));
}

/** Text of any length, what Postgres refuses in it replaced. */
export function withoutUnstorable(text: string): string {
  return SUSPECT.test(text) ? text.replace(UNSTORABLE, REPLACEMENT) : text;
}

export function storableTextOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text);
}

/** A whole number from 0 to 2^53-1; anything that is no number counts as 0. */
export function storableCount(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), 0), Number.MAX_SAFE_INTEGER);
}

/** Money as Postgres's bigint takes it. */
export function storableCost(cost: bigint | null): string | null {
  if (cost === null) return null;
  const capped = cost > MAX_BIGINT ? MAX_BIGINT : cost;
  return String(capped < 0n ? 0n : capped);
}

const MAX_BIGINT = 2n ** 63n - 1n;

/** A finite number: NaN and infinities would be stored and then spoil every sum over the column. */
export function storableNumber(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** An HTTP status, or any other small number. */
export function storableSmallInteger(value: number): number {
  return Math.min(storableCount(value), 32_767);
}

/** ISO 8601. An invalid date, or one before 1970, becomes the present. */
export function storableTime(time: Date): string {
  return (time.getTime() >= 0 ? time : new Date()).toISOString();
}

/** JSON for a jsonb column, every text within it storable. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (json.length <= MAX_TEXT_LENGTH && !SUSPECT_JSON.test(json)) return json;
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'string' ? storableText(member) : member,
  );
}

/** JSON for a jsonb column, of values that were checked: as they are, but for what Postgres refuses. */
export function wholeJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!SUSPECT_JSON.test(json)) return json;
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'string') return withoutUnstorable(member);
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).map(([name, one]) => [withoutUnstorable(name), one as unknown]));
  });
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function cut(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) {
    return text;
  }
  const last = text.charCodeAt(MAX_TEXT_LENGTH - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH);
}
