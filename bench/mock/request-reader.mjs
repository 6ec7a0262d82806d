const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** @typedef {{ head: string, body: Buffer }} Request */

/**
 * Finds requests in what a socket brings: in one packet, in several, or several in one. What is large is put together
 * once, when all of it is there.
 */
export class RequestReader {
  constructor() {
    /** @type {Buffer[]} */
    this.parts = [];
    this.length = 0;
    /** Bytes that must be there before it is worth looking again. */
    this.needed = 0;
  }

  /** @param {Buffer} bytes */
  add(bytes) {
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  /** The next whole request; `undefined` while there is none. @returns {Request | undefined} @throws {RangeError} where it is too large */
  next() {
    if (this.length === 0 || this.length < this.needed) return undefined;
    const [only] = this.parts;
    const bytes = this.parts.length === 1 && only !== undefined ? only : Buffer.concat(this.parts);
    this.parts = [bytes];
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd < 0) {
      if (bytes.length > MAX_HEAD_BYTES) throw new RangeError('head');
      return undefined;
    }
    const head = bytes.toString('latin1', 0, headEnd + 2);
    const start = headEnd + 4;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    let end = start;
    if (length !== undefined) end += Number(length);
    else if (/\r\ntransfer-encoding: *chunked/i.test(head)) end = chunkedEnd(bytes, start);
    if (end - start > MAX_BODY_BYTES || bytes.length > MAX_BODY_BYTES + MAX_HEAD_BYTES) throw new RangeError('body');
    if (end < 0 || end > bytes.length) {
      this.needed = Math.max(end, bytes.length + 1);
      return undefined;
    }
    this.needed = 0;
    this.parts = end < bytes.length ? [bytes.subarray(end)] : [];
    this.length = bytes.length - end;
    return { head, body: bytes.subarray(start, end) };
  }
}

/**
 * Where a chunked body that begins at `from` ends: -1 while it is not all there.
 * @param {Buffer} bytes @param {number} from
 */
function chunkedEnd(bytes, from) {
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return -1;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    if (!(size > 0)) {
      const end = bytes.indexOf(LINE_END, at);
      return end < 0 ? -1 : end + 2;
    }
    at += size + 2;
    if (at > bytes.length) return -1;
  }
}
