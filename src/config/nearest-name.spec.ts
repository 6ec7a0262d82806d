import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

const NAMES = ['name', 'kind', 'apiKey', 'baseUrl', 'models', 'timeout', 'connectTimeout', 'idleTimeout'];

describe('nearestName', () => {
  it.each([
    ['baseURL', 'baseUrl'],
    ['base_url', 'baseUrl'],
    ['api-key', 'apiKey'],
    ['apikey', 'apiKey'],
    ['bseUrl', 'baseUrl'],
    ['model', 'models'],
    ['nmae', 'name'],
    ['timeOut', 'timeout'],
    ['conectTimeout', 'connectTimeout'],
  ])('takes %s for %s', (written, meant) => expect(nearestName(written, NAMES)).toBe(meant));

  it.each(['colour', 'x', '', 'proxy', 'x'.repeat(1_000_000)])('takes some for nothing known', (written) =>
    expect(nearestName(written, NAMES)).toBeUndefined(),
  );

  it('finds every candidate by its own name, and by any name a letter off when that is long enough', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.nat(), fc.boolean(), (name, at, isDropped) => {
        const place = at % name.length;
        const slip = name.slice(0, place) + (isDropped ? '' : 'q') + name.slice(place + (isDropped ? 1 : 0));
        expect(nearestName(name, [name])).toBe(name);
        expect(nearestName(slip, [name])).toBe(name);
      }),
    );
  });
});
