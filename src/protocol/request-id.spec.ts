import { describe, expect, it } from 'vitest';
import { requestId } from './request-id.js';

describe('requestId', () => {
  it('is a UUID of version 7 that begins with the time', () => {
    expect(requestId(0x0198_0000_abcd)).toMatch(/^01980000-abcd-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(requestId(1)).toMatch(/^00000000-0001-7/);
  });

  it('is never twice the same, and in the order of the time', () => {
    const ids = Array.from({ length: 10_000 }, (_, now) => requestId(Date.now() + now));
    expect(new Set([...ids, ...Array.from({ length: 10_000 }, () => requestId(7))]).size).toBe(20_000);
    expect(ids.toSorted()).toEqual(ids);
  });
});
