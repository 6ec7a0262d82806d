import { describe, expect, it } from 'vitest';
import { encodeEmbedding } from './embedding-values.js';

describe('encodeEmbedding', () => {
  it('leaves numbers as they are', () => {
    expect(encodeEmbedding([0.1, -2], 'float')).toEqual([0.1, -2]);
  });

  it('writes little-endian 32-bit floats as base64', () => {
    expect(encodeEmbedding([1, -2, 0.5], 'base64')).toBe(
      Buffer.from('0000803f000000c00000003f', 'hex').toString('base64'),
    );
  });

  it('rounds to what 32 bits hold', () => {
    const bytes = Buffer.from(String(encodeEmbedding([0.1], 'base64')), 'base64');
    expect(bytes.readFloatLE(0)).toBe(Math.fround(0.1));
  });

  it('has nothing to write of nothing', () => {
    expect(encodeEmbedding([], 'base64')).toBe('');
  });
});
