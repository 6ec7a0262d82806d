import { describe, expect, it } from 'vitest';
import { RequestReader } from './request-reader.mjs';

/** Feeds the bytes in pieces of a size, and takes out what is whole. @param {string} text @param {number} size */
function readInPieces(text, size) {
  const reader = new RequestReader();
  const bodies = [];
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    reader.add(bytes.subarray(at, at + size));
    for (let request = reader.next(); request !== undefined; request = reader.next()) {
      bodies.push(request.body.toString());
    }
  }
  return bodies;
}

const LENGTH = 'POST /a HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello';
const CHUNKED = 'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
const NOTHING = 'GET /a HTTP/1.1\r\n\r\n';

describe('RequestReader', () => {
  it.each([1, 7, 1_000])('finds requests in pieces of %i bytes', (size) => {
    expect(readInPieces(LENGTH + NOTHING + CHUNKED + LENGTH, size)).toEqual([
      'hello',
      '',
      '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
      'hello',
    ]);
  });

  it('waits for what is not there yet', () => {
    expect(readInPieces(LENGTH.slice(0, -1), 1_000)).toEqual([]);
  });

  it('takes no body that would fill the memory', () => {
    const reader = new RequestReader();
    reader.add(Buffer.from('POST /a HTTP/1.1\r\ncontent-length: 999999999\r\n\r\n'));
    expect(() => reader.next()).toThrow(RangeError);
  });
});
