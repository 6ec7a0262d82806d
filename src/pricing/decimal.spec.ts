import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal } from './decimal.js';

describe('parseDecimal', () => {
  it.each<[written: unknown, millionths: bigint | undefined]>([
    ['0.15', 150_000n],
    [0.15, 150_000n],
    ['15', 15_000_000n],
    ['.5', 500_000n],
    ['5.', 5_000_000n],
    [' 1.50 ', 1_500_000n],
    ['0.100000000000000000', 100_000n],
    [1e-6, 1n],
    [1.5e-5, 15n],
    ['1e3', undefined],
    [0, 0n],
    ['-1', undefined],
    [-1, undefined],
    ['0.0000001', undefined],
    [1e-7, undefined],
    ['1,5', undefined],
    ['', undefined],
    ['.', undefined],
    ['1.2.3', undefined],
    ['0x10', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [1e21, undefined],
    [null, undefined],
    [[1], undefined],
  ])('reads %o', (written, millionths) => expect(parseDecimal(written, 6)).toBe(millionths));

  it('gives back every number of up to twelve decimals, as text and as a number that has room for it', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), (pico) => {
        const digits = String(pico).padStart(13, '0');
        const text = `${digits.slice(0, -12)}.${digits.slice(-12)}`;
        expect(parseDecimal(text, 12)).toBe(pico);
        expect(parseDecimal(Number(text), 12)).toBe(pico);
      }),
      { numRuns: 5_000 },
    );
  });
});
