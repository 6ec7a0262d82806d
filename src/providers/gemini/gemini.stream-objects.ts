import { UpstreamError } from '../../errors/upstream-error.js';
import * as json from '../../protocol/json-bytes.js';

// As constants of this module: an imported one V8 looks up anew for every byte.
const { BACKSLASH, CLOSE_BRACE, OPEN_BRACE, QUOTE } = json;

/**
 * The most that one piece of a stream may weigh, in bytes. Far more than others', since an image comes in one piece:
 * one of 4096 × 4096 was seen with 20 MB.
 */
const MAX_OBJECT_BYTES = 48 * 1024 * 1024;

/**
 * Finds the JSON objects in a stream of Google's, whatever stands between them: lines of server-sent events
 * (`alt=sse`), the brackets and commas of an array (without it), or nothing (an error after events was seen bare).
 * Each byte is looked at once.
 */
export class StreamObjects {
  private pieces: Buffer[] = [];
  private size = 0;
  private depth = 0;
  private isInString = false;
  /** Backslashes directly before the next byte. */
  private backslashes = 0;

  /** Whether an object has begun and not ended. */
  get isWithin(): boolean {
    return this.depth > 0;
  }

  /**
   * @returns the objects that these bytes complete.
   * @throws UpstreamError where one has no end.
   */
  push(bytes: Buffer): Buffer[] {
    const found: Buffer[] = [];
    const { length } = bytes;
    let { depth } = this;
    let start = 0;
    let at = this.isInString ? this.skipString(bytes, 0) : 0;
    while (at < length) {
      if (depth === 0) {
        start = json.indexOfByte(bytes, OPEN_BRACE, at);
        if (start < 0) break;
        at = start;
      }
      const byte = bytes[at++];
      if (byte === QUOTE) at = this.skipString(bytes, at);
      else if (byte === OPEN_BRACE) depth++;
      else if (byte === CLOSE_BRACE && --depth === 0) found.push(this.take(bytes.subarray(start, at)));
    }
    this.depth = depth;
    if (depth > 0) this.keep(bytes.subarray(start));
    return found;
  }

  /** @returns the place after the closing quote, or the end of the bytes. */
  private skipString(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const quote = json.indexOfByte(bytes, QUOTE, at);
      const end = quote < 0 ? bytes.length : quote;
      let count = 0;
      while (end - count > at && bytes[end - count - 1] === BACKSLASH) count++;
      if (count === end - at) count += this.backslashes;
      this.isInString = quote < 0 || count % 2 === 1;
      this.backslashes = quote < 0 ? count : 0;
      if (quote < 0) return end;
      at = quote + 1;
      if (!this.isInString) return at;
    }
  }

  private keep(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size > MAX_OBJECT_BYTES) {
      throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s stream has no end of event.' });
    }
    this.pieces.push(bytes);
  }

  private take(last: Buffer): Buffer {
    if (this.pieces.length === 0) return last;
    const whole = Buffer.concat([...this.pieces, last]);
    this.pieces = [];
    this.size = 0;
    return whole;
  }
}
