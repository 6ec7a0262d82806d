import { describe, expect, it } from 'vitest';
import { RedisBreaker } from './redis-breaker.js';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function breakerAt(time: { now: number }): RedisBreaker {
  return new RedisBreaker(() => time.now);
}

async function failTimes(breaker: RedisBreaker, times: number): Promise<boolean[]> {
  const opened: boolean[] = [];
  for (let at = 0; at < times; at++) {
    expect(breaker.letThrough()).toBe(true);
    opened.push(breaker.failed());
    await turn();
  }
  return opened;
}

describe('RedisBreaker', () => {
  it('opens at the fifth failure in a row', async () => {
    const breaker = breakerAt({ now: 0 });
    await failTimes(breaker, 4);
    expect(breaker.succeeded()).toBe(false);
    expect(await failTimes(breaker, 5)).toEqual([false, false, false, false, true]);
    expect(breaker.isOpen).toBe(true);
    expect(breaker.letThrough()).toBe(false);
  });

  it('counts what fails at one time once', async () => {
    const breaker = breakerAt({ now: 0 });
    for (let at = 0; at < 30; at++) expect(breaker.failed()).toBe(false);
    await turn();
    expect(await failTimes(breaker, 4)).toEqual([false, false, false, true]);
  });

  it('lets one through after ten seconds, and goes by what becomes of it', async () => {
    const time = { now: 0 };
    const breaker = breakerAt(time);
    await failTimes(breaker, 5);

    time.now = 9_999;
    expect(breaker.letThrough()).toBe(false);
    time.now = 10_000;
    expect(breaker.letThrough()).toBe(true);
    expect(breaker.letThrough()).toBe(false);
    expect(breaker.failed()).toBe(false);

    time.now = 19_999;
    expect(breaker.letThrough()).toBe(false);
    time.now = 20_000;
    expect(breaker.letThrough()).toBe(true);
    expect(breaker.succeeded()).toBe(true);
    expect(breaker.letThrough()).toBe(true);
    expect(breaker.letThrough()).toBe(true);
  });

  it('is not kept open by those that went before it opened', async () => {
    const time = { now: 0 };
    const breaker = breakerAt(time);
    await failTimes(breaker, 5);
    time.now = 5_000;
    breaker.failed();
    time.now = 10_000;
    expect(breaker.letThrough()).toBe(true);
  });
});
