import { describe, expect, it } from 'vitest';
import { type Limit } from '../../limits/rate-limiter.js';
import { LimitKeeper } from './limit-keeper.js';
import { RemoteRateLimiter } from './remote-rate-limiter.js';

const REQUESTS: Limit = { key: 'requests', unit: 'requests', limit: 4, windowMs: 60_000 };
const TOKENS: Limit = { key: 'tokens', unit: 'tokens', limit: 100, windowMs: 60_000 };
const AT_ONCE: Limit = { key: 'concurrent', unit: 'concurrent', limit: 2, windowMs: 0 };

/** Limiters as workers have them, with one keeper; what goes between processes is copied. */
function workers(count: number, keeper = new LimitKeeper()) {
  const messages: number[] = [];
  const limiters = Array.from({ length: count }, (_, worker) => {
    const limiter: RemoteRateLimiter = new RemoteRateLimiter((operations) => {
      messages.push(operations.length);
      limiter.take(structuredClone(keeper.take(worker, structuredClone(operations))));
    });
    return limiter;
  });
  const [one, other] = limiters;
  if (one === undefined || other === undefined) throw new Error('Two at least.');
  return { one, other, keeper, messages };
}

const told = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('limits of several workers', () => {
  it('are one for all of them', async () => {
    const { one, other, messages } = workers(2);
    const decisions = await Promise.all(
      [one, other, one, other, one].map((limiter, id) => limiter.check([REQUESTS], 0, String(id))),
    );
    expect(decisions.filter(({ refusedBy }) => refusedBy < 0)).toHaveLength(4);
    // Each worker has told all of a turn at once.
    expect(messages.toSorted((a, b) => a - b)).toEqual([2, 3]);
  });

  it('count what calls under way hold, until they leave', async () => {
    const { one, other } = workers(2);
    const [first] = await Promise.all([one.check([AT_ONCE], 0, 'a'), other.check([AT_ONCE], 0, 'b')]);
    expect(await one.check([AT_ONCE], 0, 'c')).toMatchObject({ refusedBy: 0 });
    one.leave([AT_ONCE], first);
    expect(await other.check([AT_ONCE], 0, 'd')).toMatchObject({ refusedBy: -1 });
  });

  it('are settled, and taken back', async () => {
    const { one, other } = workers(2);
    const first = await one.check([TOKENS, REQUESTS], 90, 'a');
    expect(await other.check([TOKENS], 20, 'b')).toMatchObject({ refusedBy: 0 });
    one.settle([TOKENS, REQUESTS], first, 30);
    const second = await one.check([TOKENS], 70, 'c');
    expect(second.refusedBy).toBe(-1);
    one.takeBack([TOKENS], second);
    expect(await other.check([TOKENS], 70, 'd')).toMatchObject({ refusedBy: -1 });
  });

  it('do not count the calls of a worker that is gone as under way', async () => {
    const { one, other, keeper } = workers(2);
    await Promise.all([one.check([AT_ONCE, REQUESTS], 0, 'a'), one.check([AT_ONCE, REQUESTS], 0, 'b')]);
    expect(await other.check([AT_ONCE], 0, 'c')).toMatchObject({ refusedBy: 0 });
    keeper.forget(0);
    expect(await other.check([AT_ONCE, REQUESTS], 0, 'd')).toMatchObject({
      refusedBy: -1,
      states: [{ remaining: 1 }, { remaining: 1 }],
    });
  });

  it('know times without end', async () => {
    const { one } = workers(2);
    expect(await one.check([TOKENS], 101, 'a')).toMatchObject({ refusedBy: 0, retryAfterMs: Infinity });
  });

  it('keep nobody waiting when the primary process is gone', async () => {
    const limiter = new RemoteRateLimiter(() => undefined);
    const waiting = limiter.check([REQUESTS], 0, 'a');
    await told();
    limiter.cut();
    await expect(waiting).rejects.toMatchObject({ code: 'server_shutting_down' });
    await expect(limiter.check([REQUESTS], 0, 'b')).rejects.toMatchObject({ code: 'server_shutting_down' });
  });
});
