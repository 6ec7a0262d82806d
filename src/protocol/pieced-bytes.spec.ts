import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PiecedBytes } from './pieced-bytes.js';

const piece = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));

function piecedOf(pieces: readonly Buffer[]): PiecedBytes {
  const bytes = new PiecedBytes();
  for (const one of pieces) bytes.push(one);
  return bytes;
}

describe('PiecedBytes', () => {
  it('are what one buffer of them would be', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(100), fc.nat(100), (pieces, one, other) => {
        const whole = Buffer.concat(pieces);
        const bytes = piecedOf(pieces);
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const check = (): void => {
          expect(bytes.length).toBe(whole.length);
          expect(bytes.at(one)).toBe(whole[one]);
          expect(bytes.subarray(start, end)).toEqual(whole.subarray(start, end));
          expect(Buffer.concat(bytes.pieces)).toEqual(whole);
        };
        check();
        expect(bytes.bytes).toEqual(whole);
        check();
        bytes.push(Buffer.from('more'));
        expect(bytes.bytes).toEqual(Buffer.concat([whole, Buffer.from('more')]));
      }),
    );
  });

  it('are joined once, and kept once', () => {
    const bytes = piecedOf([Buffer.from('ab'), Buffer.from('cd')]);
    const joined = bytes.bytes;
    expect(bytes.bytes).toBe(joined);
    expect(bytes.pieces).toEqual([joined]);
  });

  it('are not copied where they stand in one piece', () => {
    const second = Buffer.from('defg');
    const bytes = piecedOf([Buffer.from('abc'), second]);
    expect(bytes.subarray(4, 6).buffer).toBe(second.buffer);
    expect(bytes.subarray(4, 6).toString()).toBe('ef');
  });
});
