import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfString } from './json-bytes.js';

const SPACE_BETWEEN = ' '.repeat(100);

describe('endOfString', () => {
  it.each([
    ['an empty string', '""', 1],
    ['a quote that is escaped', '"a\\"b"', 5],
    ['a backslash that is escaped before the closing quote', '"a\\\\"', 4],
    ['escaped quotes side by side', '"\\"\\"\\""', 7],
    ['an escaped backslash after an escaped quote', '"\\"\\\\"', 5],
  ])('ends at the quote that closes: %s', (_what, json, place) => {
    expect(endOfString(Buffer.from(`${json},"x":1`), 0, json.length + 6)).toBe(place);
  });

  it.each([0, 1, 30, 31, 32, 33, 34])('finds what is %i bytes behind an escaped quote', (distance) => {
    for (const last of ['', '\\"', '\\\\', '\\\\\\"']) {
      const json = `"\\"${'x'.repeat(distance)}${last}"`;
      expect(endOfString(Buffer.from(`${json}${SPACE_BETWEEN}"`), 0, 200)).toBe(json.length - 1);
    }
  });

  it.each(['"', '"abc', '"\\', '"\\"', '"\\"\\', '"\\"abc\\"', `"\\"${SPACE_BETWEEN}`])(
    'says the end where nothing closes the string: %s',
    (json) => {
      // What stands behind the end is none of it.
      expect(endOfString(Buffer.from(`${json}"""`), 0, json.length)).toBe(json.length);
    },
  );

  it('finds the end of every string, however it is escaped', () => {
    const text = fc.string({ unit: fc.constantFrom('"', '\\', 'a', '\n', 'é', 'x'.repeat(40)), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.nat(3), (value, nesting) => {
        let json = JSON.stringify(value);
        for (let level = 0; level < nesting; level++) json = JSON.stringify(json);
        const bytes = Buffer.from(json);
        expect(endOfString(Buffer.from(`${json}:"more"`), 0, bytes.length + 7)).toBe(bytes.length - 1);
      }),
    );
  });
});
