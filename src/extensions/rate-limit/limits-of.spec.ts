import { describe, expect, it } from 'vitest';
import { type Principal } from '../../auth/principal.js';
import { type KeySettings } from '../../key.options.js';
import { type DefaultRateLimitOptions } from '../../rate-limit.options.js';
import { LimitsOf } from './limits-of.js';

const keyOf = (settings: KeySettings = {}, keyId: string | null = null): Principal => ({
  keyId,
  keyName: 'web',
  allowedModels: null,
  settings,
});

function told(defaults: DefaultRateLimitOptions | undefined, principal: Principal, model = 'm'): [string, number][] {
  return new LimitsOf(defaults).of(principal, model).map(({ key, limit }) => [key, limit]);
}

describe('LimitsOf', () => {
  it('knows none where there are none', () => {
    expect(told(undefined, keyOf())).toEqual([]);
    expect(told({}, keyOf({ rateLimits: {} }))).toEqual([]);
  });

  it('counts what each setting says', () => {
    const all = {
      requestsPerMinute: 1,
      requestsPerDay: 2,
      tokensPerMinute: 3,
      tokensPerDay: 4,
      concurrentRequests: 5,
    };
    expect(new LimitsOf(all).of(keyOf(), 'm')).toEqual([
      { key: 'key:web:requestsPerMinute', unit: 'requests', limit: 1, windowMs: 60_000 },
      { key: 'key:web:requestsPerDay', unit: 'requests', limit: 2, windowMs: 86_400_000 },
      { key: 'key:web:tokensPerMinute', unit: 'tokens', limit: 3, windowMs: 60_000 },
      { key: 'key:web:tokensPerDay', unit: 'tokens', limit: 4, windowMs: 86_400_000 },
      { key: 'key:web:concurrentRequests', unit: 'concurrent', limit: 5, windowMs: 0 },
    ]);
  });

  it('puts what a key says in place of what all have, one limit at a time', () => {
    const key = keyOf({ rateLimits: { requestsPerMinute: 5 } });
    expect(told({ requestsPerMinute: 1, tokensPerDay: 2 }, key)).toEqual([
      ['key:web:requestsPerMinute', 5],
      ['key:web:tokensPerDay', 2],
    ]);
    expect(told({ requestsPerMinute: 1 }, keyOf())).toEqual([['key:web:requestsPerMinute', 1]]);
  });

  it('counts a stored key by its id: its name may be that of another', () => {
    expect(told({ requestsPerMinute: 1 }, keyOf({}, '7'))).toEqual([['id:7:requestsPerMinute', 1]]);
  });

  it('counts a model with limits of its own apart, where they are set', () => {
    const defaults = { requestsPerMinute: 9, tokensPerDay: 2, models: [{ model: 'a b', requestsPerMinute: 1 }] };
    expect(told(defaults, keyOf(), 'a b')).toEqual([
      ['key:web:a%20b:requestsPerMinute', 1],
      ['key:web:tokensPerDay', 2],
    ]);
    expect(told(defaults, keyOf(), 'other')).toEqual([
      ['key:web:requestsPerMinute', 9],
      ['key:web:tokensPerDay', 2],
    ]);
    const own = keyOf({ rateLimits: { models: [{ model: 'a b', requestsPerMinute: 3 }] } });
    expect(told(defaults, own, 'a b')[0]).toEqual(['key:web:a%20b:requestsPerMinute', 3]);
  });

  it('counts what all keys ask of a model together, on top', () => {
    const defaults = { requestsPerMinute: 9, models: [{ model: 'm', requestsPerMinute: 100, allKeys: true }] };
    expect(told(defaults, keyOf())).toEqual([
      ['key:web:requestsPerMinute', 9],
      ['model:m:requestsPerMinute', 100],
    ]);
  });

  it('works them out once for each key', () => {
    const limits = new LimitsOf({ requestsPerMinute: 1 });
    const key = keyOf();
    expect(limits.of(key, 'a')).toBe(limits.of(key, 'b'));
    expect(limits.of(keyOf(), 'a')).not.toBe(limits.of(key, 'a'));
  });
});
