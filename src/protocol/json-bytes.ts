/** The bytes that JSON is held together by, and steps over what lies between them. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const BACKSLASH = 0x5c;
/** Ends a line where JSON stands on lines of their own. */
export const LINE_FEED = 0x0a;

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
}

/** The place of the first byte in [from, end) that is no space, or `end`. */
export function skipSpace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isSpace(bytes[at])) at++;
  return at;
}

const indexOf: (this: Buffer, byte: number, from: number) => number = Buffer.prototype.indexOf;

/** `bytes.indexOf(byte, from)`, which V8 would look up among all methods of buffers for each search anew: a quarter of it. */
export function indexOfByte(bytes: Buffer, byte: number, from: number): number {
  return indexOf.call(bytes, byte, from);
}

/** After an escaped quote the next is near, as in JSON within a string: starting a search takes as long as so many bytes. */
const NEAR = 32;

/**
 * The place of the closing quote of the string that opens at `start`, or `end` where it is not closed before.
 * @param start of a string that was cut, the place before what goes on.
 */
export function endOfString(bytes: Buffer, start: number, end: number): number {
  for (let from = start + 1; ;) {
    const quote = indexOfByte(bytes, QUOTE, from);
    if (quote < 0 || quote >= end) return end;
    let backslashes = 0;
    while (quote - 1 - backslashes > start && bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
    from = quote + 1;
    const near = Math.min(from + NEAR, end);
    while (from < near) {
      const byte = bytes[from];
      if (byte === QUOTE) return from;
      from += byte === BACKSLASH ? 2 : 1;
    }
  }
}
