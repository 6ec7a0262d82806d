import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce, perMinute, tokensPerMinute } from '../../test/support/limits.js';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { type Limit, type LimitDecision } from './rate-limiter.js';

const MINUTE = 60_000;

function limiterAt(time: { now: number }, maxCounters?: number): LocalRateLimiter {
  return new LocalRateLimiter(() => time.now, maxCounters);
}

/** The times at which calls were admitted that came every so many milliseconds. */
function overload(
  check: (now: number) => LimitDecision,
  every: number,
  until: number,
  time: { now: number },
): number[] {
  const times: number[] = [];
  for (; time.now < until; time.now += every) if (check(time.now).refusedBy < 0) times.push(time.now);
  return times;
}

/** The most that any window holds; what doubles round does not count. */
function fullest(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (let last = 0; last < times.length; last++) {
    while ((times[last] ?? 0) - (times[first] ?? 0) >= MINUTE - 1e-6) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('LocalRateLimiter', () => {
  // R15: 50 windows, ten times the limit.
  it.each([1, 7, 60, 1_000])('admits %d a minute under ten times as many, never more in any window', (limit) => {
    const time = { now: 123_456.7 };
    const limiter = limiterAt(time);
    const start = time.now;
    const times = overload(
      () => limiter.check([perMinute(limit)], 0, 'call'),
      MINUTE / limit / 10,
      start + 50 * MINUTE,
      time,
    );
    expect(fullest(times)).toBe(limit);
    expect(times.length / (50 * limit)).toBeGreaterThanOrEqual(0.95);
    expect(times.length / (50 * limit)).toBeLessThanOrEqual(1.05);
  });

  it('admits a burst at once, and not again at the edge of a window', () => {
    const time = { now: MINUTE - 1 };
    const limiter = limiterAt(time);
    const burst = (): number =>
      overload(() => limiter.check([perMinute(20)], 0, 'call'), 0.01, time.now + 1, time).length;
    expect(burst()).toBe(20);
    expect(burst()).toBe(0);
    time.now = 2 * MINUTE - 3;
    expect(burst()).toBe(0);
    time.now = 2 * MINUTE + 1;
    expect(burst()).toBe(20);
  });

  it('never has more than the limit in a window, however calls come', () => {
    const gap = fc.oneof(fc.constantFrom(0, 1, MINUTE - 1, MINUTE), fc.integer({ min: 0, max: 8_000 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(gap, { maxLength: 120 }), (limit, gaps) => {
        const time = { now: 0 };
        const limiter = limiterAt(time);
        const times = gaps.flatMap((one) => {
          time.now += one;
          const { refusedBy, retryAfterMs } = limiter.check([perMinute(limit)], 0, 'call');
          expect(retryAfterMs > 0).toBe(refusedBy >= 0);
          return refusedBy < 0 ? [time.now] : [];
        });
        expect(fullest(times)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('admits again when it said that it would', () => {
    const time = { now: 0 };
    const limiter = limiterAt(time);
    const limits = [perMinute(3), tokensPerMinute(100)];
    for (const tokens of [10, 50, 40]) {
      expect(limiter.check(limits, tokens, 'call').refusedBy).toBe(-1);
      time.now += 5_000;
    }
    // Requests are free again with the first of them, so many tokens only with the second.
    const refused = limiter.check(limits, 60, 'call');
    expect(refused).toMatchObject({ refusedBy: 1, retryAfterMs: 50_000, chargedAt: undefined });
    time.now += refused.retryAfterMs - 1;
    expect(limiter.check(limits, 60, 'call').refusedBy).toBe(1);
    time.now += 1;
    expect(limiter.check(limits, 60, 'call').refusedBy).toBe(-1);
  });

  it('charges all or none', () => {
    const limiter = limiterAt({ now: 0 });
    const wide = perMinute(10, 'wide');
    const limits = [wide, tokensPerMinute(5), atOnce(3)];
    for (let at = 0; at < 5; at++) expect(limiter.check(limits, 6, 'call').refusedBy).toBe(1);
    expect(limiter.check([wide], 0, 'call').states).toEqual([{ remaining: 9, resetMs: MINUTE }]);
  });

  it('says that it will never admit what is beyond the limit by itself', () => {
    const limiter = limiterAt({ now: 0 });
    expect(limiter.check([tokensPerMinute(5)], 6, 'call').retryAfterMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives back what a call did not use, and takes what it used beyond that', () => {
    const time = { now: 0 };
    const limiter = limiterAt(time);
    const limits = [tokensPerMinute(100)];
    const remaining = (): number | undefined => limiter.check(limits, 0, 'call').states[0]?.remaining;
    const first = limiter.check(limits, 80, 'a');
    time.now = 1_000;
    limiter.settle(limits, first, 30);
    expect(remaining()).toBe(70);
    const second = limiter.check(limits, 10, 'b');
    limiter.settle(limits, second, 200);
    expect(remaining()).toBe(0);
    expect(limiter.check(limits, 1, 'c').refusedBy).toBe(0);
  });

  it('gives nothing back that has left the window already', () => {
    const time = { now: 0 };
    const limiter = limiterAt(time);
    const limits = [tokensPerMinute(100)];
    const long = limiter.check(limits, 80, 'a');
    time.now = 2 * MINUTE;
    limiter.check(limits, 50, 'b');
    limiter.settle(limits, long, 0);
    expect(limiter.check(limits, 0, 'c').states[0]?.remaining).toBe(50);
  });

  it('counts calls while they are under way', () => {
    const limiter = limiterAt({ now: 0 });
    const limits = [atOnce(2)];
    const first = limiter.check(limits, 0, 'a');
    limiter.check(limits, 0, 'b');
    expect(limiter.check(limits, 0, 'c')).toMatchObject({ refusedBy: 0, retryAfterMs: 1_000 });
    limiter.leave(limits, first);
    expect(limiter.check(limits, 0, 'd').refusedBy).toBe(-1);
    expect(limiter.check(limits, 0, 'e').refusedBy).toBe(0);
  });

  it('forgets a call that it takes back', () => {
    const limiter = limiterAt({ now: 0 });
    const limits: Limit[] = [perMinute(1), tokensPerMinute(10), atOnce(1)];
    for (let at = 0; at < 3; at++) {
      const decision = limiter.check(limits, 10, 'call');
      expect(decision.refusedBy).toBe(-1);
      limiter.takeBack(limits, decision);
    }
  });

  it('counts no more limits than it may', () => {
    const limiter = limiterAt({ now: 0 }, 2);
    for (const key of ['a', 'b', 'c']) limiter.check([perMinute(1, key)], 0, 'call');
    expect(limiter.check([perMinute(1, 'c')], 0, 'call').refusedBy).toBe(0);
    expect(limiter.check([perMinute(1, 'a')], 0, 'call').refusedBy).toBe(-1);
  });
});

describe('replicas that cannot ask each other', () => {
  // R15: without Redis no more than 1.1 times the limit.
  it.each([2, 3, 7])('%d admit no more than the limit together', (replicas) => {
    const time = { now: 0 };
    const all = Array.from({ length: replicas }, () => limiterAt(time));
    let next = 0;
    const times = overload(
      () => {
        const limiter = all[next++ % replicas];
        if (limiter === undefined) throw new Error('There are no replicas.');
        return limiter.checkAlone([perMinute(100)], 0, 'call', replicas);
      },
      MINUTE / 1_000,
      50 * MINUTE,
      time,
    );
    expect(fullest(times)).toBeLessThanOrEqual(100);
    expect(times.length / 5_000).toBeGreaterThanOrEqual(0.9);
  });

  it('keep to what they had heard of the others', () => {
    const time = { now: 0 };
    const limits = [perMinute(10)];
    const limiter = limiterAt(time);
    limiter.charge(limits, 0);
    // Nine others were admitted elsewhere.
    limiter.counterOf(perMinute(10)).hear(time.now, 10);
    const refused = limiter.checkAlone(limits, 0, 'call', 2);
    expect(refused.refusedBy).toBe(0);
    time.now += refused.retryAfterMs;
    for (let at = 0; at < 5; at++) expect(limiter.checkAlone(limits, 0, 'call', 2).refusedBy).toBe(-1);
    expect(limiter.checkAlone(limits, 0, 'call', 2).refusedBy).toBe(0);
  });
});
