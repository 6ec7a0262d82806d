import { describe, expect, it } from 'vitest';
import { decodeStrictly, decodeUtf8 } from './utf8.js';

const TEXTS = [
  '',
  'plain',
  'Straße',
  'Привет',
  '今天天气很好',
  'well 👍🏽 done',
  '\ufeffmarked',
  'a\0b\u2028c',
  '\u{10ffff}',
];

describe('decodeUtf8', () => {
  it.each(TEXTS)('spells what toString does: %j', (text) => {
    const bytes = Buffer.from(text);
    expect(decodeUtf8(bytes)).toBe(text);
    expect(decodeStrictly(bytes)).toBe(text);
  });

  it('reads a part of a buffer, wherever it begins', () => {
    const bytes = Buffer.from('xПриветx');
    expect(decodeUtf8(bytes.subarray(1, -1))).toBe('Привет');
  });

  it.each(
    [
      [0xc3, 0x28],
      [0x61, 0xff],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f, 0x91],
      [0xc0, 0xaf],
    ].map((one) => [one]),
  )('replaces what is not UTF-8, as toString does: %j', (values) => {
    const bytes = Buffer.from(values);
    expect(decodeUtf8(bytes)).toBe(bytes.toString('utf8'));
    expect(decodeUtf8(bytes)).toContain('\ufffd');
    expect(decodeStrictly(bytes)).toBeUndefined();
  });
});
