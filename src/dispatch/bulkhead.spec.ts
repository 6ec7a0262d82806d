import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bulkhead } from './bulkhead.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Bulkhead', () => {
  it('has as many places as it is told, and again those that were left', () => {
    const bulkhead = new Bulkhead(2, 50);
    expect([bulkhead.enter(), bulkhead.enter(), bulkhead.enter()]).toEqual([true, true, false]);
    bulkhead.leave();
    expect([bulkhead.enter(), bulkhead.enter()]).toEqual([true, false]);
    expect(bulkhead.inFlight).toBe(2);
  });

  it('has places without end where there is no limit', () => {
    const bulkhead = new Bulkhead(0, 50);
    expect(Array.from({ length: 1_000 }, () => bulkhead.enter())).not.toContain(false);
    expect(bulkhead.inFlight).toBe(1_000);
  });

  it('gives a place that is left to who has waited longest', async () => {
    const bulkhead = new Bulkhead(1, 50);
    bulkhead.enter();
    const order: string[] = [];
    const waiting = ['first', 'second'].map(async (name) => {
      if (await bulkhead.enterLater()) order.push(name);
    });
    bulkhead.leave();
    await waiting[0];
    expect(order).toEqual(['first']);
    expect(bulkhead.enter()).toBe(false);
    vi.advanceTimersByTime(50);
    await waiting[1];
    expect(order).toEqual(['first']);
    expect(vi.getTimerCount()).toBe(0);
    bulkhead.leave();
    expect(bulkhead.inFlight).toBe(0);
  });

  it('lets nobody wait longer than it is told', async () => {
    const bulkhead = new Bulkhead(2, 50);
    bulkhead.enter();
    bulkhead.enter();
    const given = Promise.all([bulkhead.enterLater(), bulkhead.enterLater()]);
    vi.advanceTimersByTime(49);
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(1);
    expect(await given).toEqual([false, false]);
    bulkhead.leave();
    expect(bulkhead.enter()).toBe(true);
  });

  it.each([
    ['for no time', 1, 0, 1],
    ['with more than there are places', 1, 50, 2],
  ])('lets nobody wait %s', async (_name, limit, maxWait, waiters) => {
    const bulkhead = new Bulkhead(limit, maxWait);
    bulkhead.enter();
    const waiting = Array.from({ length: waiters }, () => bulkhead.enterLater());
    expect(await waiting.at(-1)).toBe(false);
  });
});
