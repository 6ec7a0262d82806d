import { describe, expect, it } from 'vitest';
import { cacheWishes } from './cache-control.js';

describe('cacheWishes', () => {
  it.each([
    [undefined, false, Infinity],
    ['', false, Infinity],
    ['private', false, Infinity],
    ['no-store', true, Infinity],
    ['No-Store, max-age=5', true, 5],
    ['no-cache', false, 0],
    ['max-age=60', false, 60],
    [' max-age = "7" ', false, 7],
    ['max-age=60, max-age=5', false, 5],
    ['no-cache, max-age=60', false, 0],
    ['max-age=0', false, 0],
    ['max-age', false, 0],
    ['max-age=soon', false, 0],
    ['max-age=-1', false, 0],
    ['s-maxage=5, max-stale', false, Infinity],
  ])('reads %j', (header, isOff, maxAge) => expect(cacheWishes(header)).toEqual({ isOff, maxAge }));
});
