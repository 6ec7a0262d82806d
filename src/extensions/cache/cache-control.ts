/** What a request says by `Cache-Control`. */
export interface CacheWishes {
  /** `no-store`: the request has nothing to do with the cache. */
  readonly isOff: boolean;
  /** The oldest answer that will do, in seconds; 0 for none (`no-cache`), though the new one is kept. */
  readonly maxAge: number;
}

const NO_WISHES: CacheWishes = { isOff: false, maxAge: Number.POSITIVE_INFINITY };

/** @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1 */
export function cacheWishes(header: string | undefined): CacheWishes {
  if (header === undefined) return NO_WISHES;
  let isOff = false;
  let maxAge = Number.POSITIVE_INFINITY;
  for (const directive of header.toLowerCase().split(',')) {
    const [name = '', value = ''] = directive.split('=').map((part) => part.trim());
    if (name === 'no-store') isOff = true;
    else if (name === 'no-cache') maxAge = 0;
    else if (name === 'max-age') maxAge = Math.min(maxAge, secondsOf(value));
  }
  return { isOff, maxAge };
}

/** What cannot be read counts as 0: then nothing old is given to who may not want it. */
function secondsOf(value: string): number {
  const [, digits] = /^"?(\d+)"?$/.exec(value) ?? [];
  return digits === undefined ? 0 : Number(digits);
}
