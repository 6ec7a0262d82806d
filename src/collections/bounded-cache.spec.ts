import { describe, expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.js';

describe('BoundedCache', () => {
  it('keeps so many entries, those that were used last, and tells which it lets go', () => {
    const gone: string[] = [];
    const cache = new BoundedCache<number>(3, { dispose: (_, key) => gone.push(key) });
    for (const [at, key] of ['a', 'b', 'c'].entries()) cache.set(key, at);
    cache.get('a');
    cache.set('d', 3);
    cache.set('d', 4);
    cache.set('e', 5);
    expect(gone).toEqual(['b', 'd', 'c']);
    expect([...cache.entries()]).toEqual([
      ['e', 5],
      ['d', 4],
      ['a', 0],
    ]);
  });

  it('takes no memory for entries that are not there yet', () => {
    const cache = new BoundedCache<number>(Number.MAX_SAFE_INTEGER);
    cache.set('a', 1);
    expect(cache.get('a')).toBe(1);
  });
});
