/** What stands in place of what was taken out. */
const REDACTED = '[redacted]';

/** Members whose values are nobody's business, in whatever spelling: `apiKey`, `api_key`, `API-KEY`. */
const SECRET_FIELDS = [
  'password',
  'passwd',
  'secret',
  'client_secret',
  'api_key',
  'access_key',
  'secret_access_key',
  'private_key',
  'authorization',
  'access_token',
  'refresh_token',
  'id_token',
  'session_token',
];

/** Secrets by their look, wherever they stand. */
const SECRETS: readonly RegExp[] = [
  /\bsk-[\w-]{12,}/g,
  /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g,
  /\b(?:ghp|gho|ghs|github_pat|xox[abp])[_-][\w-]{16,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  /\bBearer\s+[\w.~+/-]{12,}=*/gi,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /\b[a-z][a-z\d+]{1,20}:\/\/[^\s/:@"]{1,64}:[^\s/@"]{1,128}@/gi,
];

const PERSONAL_DATA: readonly RegExp[] = [
  // Bounded on both sides: a long run of letters must not be gone through again from each of them.
  /(?<![\w.%+-])[\w.%+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,6}/gi,
  // IBAN
  /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}(?: ?[A-Z\d]{1,3})?\b/g,
  // Cards, with spaces or dashes
  /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g,
  // US social security
  /(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)/g,
  // Telephone, international or with separators
  /(?<![\w.])(?:\+\d{1,3}[ .-]?)?\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]?\d{3,4}(?!\d)/g,
  /(?<![\w.])\+\d{8,15}(?!\d)/g,
];

export interface RedactionOptions {
  readonly redactFields: readonly string[];
  readonly redactPersonalData: boolean;
}

/**
 * Makes the function that takes secrets and personal data out of a body. It looks at text, not at structure, so that it
 * does the same to JSON within JSON, to a stream, and to what was cut.
 */
export function redactorOf({ redactFields, redactPersonalData }: RedactionOptions): (text: string) => string {
  const names = [...SECRET_FIELDS, ...redactFields].map(spellingsOf).filter(Boolean).join('|');
  // A value in quotes, which may be escaped as often as it is nested, or anything up to the end of the member.
  const member = new RegExp(
    `((?:\\\\{0,8}")?(?:${names})(?:\\\\{0,8}")?\\s{0,8}[:=]\\s{0,8})((\\\\{0,8}")[^"]*?(?:\\3|$)|[^\\s",}\\]]+)`,
    'gi',
  );
  const patterns = redactPersonalData ? [...SECRETS, ...PERSONAL_DATA] : SECRETS;
  return (text) => {
    let redacted = unescaped(text).replace(member, (_all, name: string, _value: string, quote?: string) =>
      quote === undefined ? `${name}${REDACTED}` : `${name}${quote}${REDACTED}${quote}`,
    );
    for (const pattern of patterns) redacted = redacted.replace(pattern, REDACTED);
    return redacted;
  };
}

function spellingsOf(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .split(/[_.-]/)
    .map((part) => part.replace(/[^\p{L}\p{N}]/gu, ''))
    .filter(Boolean)
    .join('[_-]?');
}

/** JSON may spell any character as an escape, which no pattern would know. Quotes and backslashes keep theirs. */
function unescaped(text: string): string {
  return text.replace(/\\u00([2-7][\da-f])/gi, (escape, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return character === '"' || character === '\\' ? escape : character;
  });
}
