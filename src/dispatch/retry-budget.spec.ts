import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryBudget } from './retry-budget.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** How many retries there are until one is refused. */
function spendAll(budget: RetryBudget): number {
  for (let spent = 0; ; spent++) if (!budget.spend()) return spent;
}

describe('RetryBudget', () => {
  it('has ten retries to begin with', () => expect(spendAll(new RetryBudget())).toBe(10));

  it('has one for ten calls', () => {
    const budget = new RetryBudget();
    spendAll(budget);
    for (let call = 0; call < 50; call++) budget.earn();
    expect(spendAll(budget)).toBe(5);
  });

  it('has three a second', () => {
    const budget = new RetryBudget();
    spendAll(budget);
    vi.advanceTimersByTime(2_000);
    expect(spendAll(budget)).toBe(6);
  });

  it('saves up no more than it began with', () => {
    const budget = new RetryBudget();
    vi.advanceTimersByTime(3_600_000);
    for (let call = 0; call < 1_000; call++) budget.earn();
    expect(spendAll(budget)).toBe(10);
  });

  it('is a tenth of the calls and three a second, however they come', () => {
    const budget = new RetryBudget();
    let retries = 0;
    for (let second = 0; second < 60; second++) {
      for (let call = 0; call < 200; call++) {
        budget.earn();
        vi.advanceTimersByTime(5);
        for (let retry = 0; retry < 2; retry++) if (budget.spend()) retries++;
      }
    }
    expect(retries).toBeLessThanOrEqual(10 + 0.1 * 12_000 + 3 * 60);
    expect(retries).toBeGreaterThan(0.1 * 12_000);
  });
});
