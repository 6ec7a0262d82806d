import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FailedAuthentications } from './failed-authentications.js';

let now = 1_000;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function advance(milliseconds: number): void {
  now += milliseconds;
  // The cache asks the clock at most once a millisecond.
  vi.advanceTimersByTime(milliseconds);
}

function fail(failures: FailedAuthentications, address: string, times: number): void {
  for (let time = 0; time < times; time++) failures.count(address);
}

describe('FailedAuthentications', () => {
  it('slows an address down after a hundred within a minute, and no other', () => {
    const failures = new FailedAuthentications();
    fail(failures, '10.0.0.1', 100);
    expect(() => failures.count('10.0.0.1')).toThrow(
      expect.objectContaining({ code: 'too_many_authentication_failures', status: 429, retryAfter: 60 }),
    );
    failures.count('10.0.0.2');
  });

  it('says when the minute is over, and begins anew then', () => {
    const failures = new FailedAuthentications();
    fail(failures, 'a', 100);
    advance(45_000);
    expect(() => failures.count('a')).toThrow(expect.objectContaining({ retryAfter: 15 }));
    advance(15_001);
    fail(failures, 'a', 100);
    expect(() => failures.count('a')).toThrow('Too many failed authentications');
  });
});
