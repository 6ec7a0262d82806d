import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, atOnce, perMinute, tokensPerMinute } from '../../../test/support/limits.js';
import { LocalRateLimiter } from '../../limits/local-rate-limiter.js';
import { type Limit, type LimitDecision } from '../../limits/rate-limiter.js';
import { LimitKeeper } from './limit-keeper.js';
import { RemoteRateLimiter } from './remote-rate-limiter.js';

const REQUESTS = perMinute(4, 'requests');
const TOKENS = tokensPerMinute(100, 'tokens');
const AT_ONCE = atOnce(2, 'concurrent');

/** Of a row. */
const NUMBERS = 6;

/**
 * Limiters as workers have them, with one keeper; what goes between processes is copied.
 * @param maxNumbers lists of limits that have a number at once.
 */
function workers(count: number, now = () => performance.now(), maxNumbers?: number) {
  const counted = new LocalRateLimiter(now);
  const keeper = new LimitKeeper(counted, maxNumbers);
  const messages: number[] = [];
  /** Answers that wait, while they do. */
  let waiting: (() => void)[] | undefined;
  const limiters = Array.from({ length: count }, (_, worker) => {
    const limiter: RemoteRateLimiter = new RemoteRateLimiter(
      (told) => {
        messages.push(told.rows.length / NUMBERS);
        const decisions = structuredClone(keeper.take(worker, structuredClone(told)));
        const answer = (): void => limiter.take(decisions);
        if (decisions.length === 0) return;
        if (waiting === undefined) answer();
        else waiting.push(answer);
      },
      now,
      maxNumbers,
    );
    return limiter;
  });
  const [one, other] = limiters;
  if (one === undefined || other === undefined) throw new Error('Two at least.');
  const hold = (): void => void (waiting ??= []);
  const release = (): void => {
    for (const answer of waiting ?? []) answer();
    waiting = undefined;
  };
  return { one, other, keeper, counted, messages, hold, release };
}

/** So many calls in one turn. */
function inOneTurn(limiter: RemoteRateLimiter, limits: readonly Limit[], tokens: number, calls: number) {
  return Promise.all(Array.from({ length: calls }, () => ask(limiter, limits, tokens)));
}

const admittedOf = (decisions: readonly LimitDecision[]): number =>
  decisions.filter(({ refusedBy }) => refusedBy < 0).length;

const told = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('limits of several workers', () => {
  it('are one for all of them', async () => {
    const { one, other, messages } = workers(2);
    const decisions = await Promise.all([inOneTurn(one, [REQUESTS], 0, 3), inOneTurn(other, [REQUESTS], 0, 2)]);
    expect(admittedOf(decisions.flat())).toBe(4);
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

  it('are told again where the primary process keeps only some of those that a worker has', async () => {
    const { one } = workers(2, undefined, 2);
    const lists = ['a', 'b', 'c'].map((key, more): Limit[] =>
      [{ ...REQUESTS, key }, TOKENS, AT_ONCE].slice(0, more + 1),
    );
    for (let times = 1; times <= 5; times++) {
      const decisions = await Promise.all(lists.map(async (list) => one.check(list, 0, 'call')));
      for (const [at, { refusedBy, states }] of decisions.entries()) {
        expect({ refusedBy, of: states.length }).toEqual({ refusedBy: times <= 4 ? -1 : 0, of: at + 1 });
      }
      for (const [at, list] of lists.entries()) {
        const decision = decisions[at];
        if (decision !== undefined) one.leave(list, decision);
      }
    }
  });

  it('hear nothing of what none of them counts', async () => {
    const { one, messages } = workers(2);
    const decision = await one.check([REQUESTS], 0, 'a');
    one.leave([REQUESTS], decision);
    one.settle([REQUESTS], decision, 70);
    await told();
    expect(messages).toEqual([1]);
  });

  it('count calls from when they came, whatever is charged later', async () => {
    let now = 0;
    const { one } = workers(2, () => now);
    const limits: Limit[] = [{ ...REQUESTS, limit: 1 }, TOKENS];
    const decision = await one.check(limits, 10, 'a');
    now += 30_000;
    one.settle(limits, decision, 20);
    expect(await one.check(limits, 10, 'b')).toMatchObject({ retryAfterMs: 30_000, states: [{ resetMs: 30_000 }, {}] });
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

describe('a part of limits that is leased', () => {
  const MANY = perMinute(10_000, 'many');
  const MANY_TOKENS = tokensPerMinute(100_000, 'many-tokens');
  const MANY_AT_ONCE = atOnce(1_000, 'many-at-once');
  const limits = [MANY, MANY_TOKENS, MANY_AT_ONCE];

  /** A worker that has asked so often that it has a lease, and the calls it made. */
  async function busy() {
    let now = 1_000;
    const both = workers(2, () => now);
    const calls = await inOneTurn(both.one, limits, 10, 40);
    return { ...both, calls, pass: (milliseconds: number) => (now += milliseconds) };
  }

  const remaining = async (decision: LimitDecision | Promise<LimitDecision>): Promise<number[]> =>
    (await decision).states.map((state) => state.remaining);

  it('admits calls without asking', async () => {
    const { one, messages } = await busy();
    const before = messages.length;
    for (let call = 0; call < 20; call++) {
      expect(one.check(limits, 10, `leased-${call}`)).toMatchObject({
        refusedBy: -1,
        tokens: 10,
        states: [{ remaining: 9_959 - call }, {}, {}],
      });
    }
    await told();
    expect(messages).toHaveLength(before);
  });

  it('is used up for others until it is over, and what is left of it is given back', async () => {
    const { one, other, pass } = await busy();
    expect(await remaining(other.check(limits, 10, 'other'))).toEqual([9_909, 99_090, 909]);
    await one.check(limits, 10, 'leased');
    pass(250);
    expect(await remaining(one.check(limits, 10, 'later'))).toEqual([9_957, 99_570, 957]);
  });

  it('has its calls settled, taken back and left as others are, before its end and after', async () => {
    const { one, other, calls, pass } = await busy();
    const first = await one.check(limits, 10, 'first');
    const second = await one.check(limits, 10, 'second');
    const third = await one.check(limits, 10, 'third');
    const fourth = await one.check(limits, 10, 'fourth');
    one.leave(limits, first);
    one.settle(limits, first, 4);
    one.takeBack(limits, second);
    // So long that the next is asked for by itself again.
    pass(600);
    expect(await remaining(one.check(limits, 10, 'later'))).toEqual([9_956, 99_566, 957]);
    one.leave(limits, third);
    one.settle(limits, third, 25);
    one.takeBack(limits, fourth);
    for (const call of calls) one.leave(limits, call);
    await told();
    expect(await remaining(other.check(limits, 10, 'other'))).toEqual([9_956, 99_551, 998]);
  });

  it('is over with its worker', async () => {
    const { other, keeper } = await busy();
    keeper.forget(0);
    expect((await remaining(other.check(limits, 10, 'other')))[2]).toBe(999);
  });

  it('is not had near a limit', async () => {
    const { one, other } = workers(2);
    const scarce: Limit[] = [perMinute(100, 'scarce')];
    expect(admittedOf(await inOneTurn(one, scarce, 0, 60))).toBe(60);
    expect(admittedOf(await inOneTurn(other, scarce, 0, 41))).toBe(40);
  });

  it('counts until its last call has left the window', async () => {
    let now = 1_000;
    const { one, other } = workers(2, () => now);
    const few = [{ ...MANY, limit: 500 }];
    await inOneTurn(one, few, 0, 40);
    now += 249;
    await inOneTurn(one, few, 0, 50);
    now = 1_000 + MANY.windowMs + 1;
    expect(admittedOf(await inOneTurn(other, few, 0, 500))).toBe(500 - 90);
  });

  it('leaves all to the calls of its turn', async () => {
    const { one } = workers(2);
    const few = [{ ...MANY, limit: 500 }];
    expect(admittedOf(await inOneTurn(one, few, 0, 510))).toBe(500);
  });

  it('is not lost where the answer comes late', async () => {
    let now = 1_000;
    const { one, other, hold, release } = workers(2, () => now);
    hold();
    const calls = [inOneTurn(one, limits, 10, 40)];
    await told();
    now += 300;
    calls.push(inOneTurn(one, limits, 10, 40));
    await told();
    release();
    for (const call of (await Promise.all(calls)).flat()) one.leave(limits, call);
    now += 600;
    one.leave(limits, await one.check(limits, 10, 'later'));
    await told();
    expect(await remaining(other.check(limits, 10, 'other'))).toEqual([9_918, 99_180, 999]);
  });

  it('is had for the calls that come, however many are under way', async () => {
    let now = 1_000;
    const { one, messages } = workers(2, () => now);
    for (let burst = 0; burst < 30; burst++) {
      now += 1_000;
      expect(admittedOf(await inOneTurn(one, limits, 10, 10))).toBe(10);
    }
    now += 1_000;
    await inOneTurn(one, limits, 10, 20);
    const before = messages.length;
    expect(one.check(limits, 10, 'leased')).toMatchObject({ refusedBy: -1 });
    await told();
    expect(messages).toHaveLength(before);
  });

  it('keeps no more slots than were leased, whatever calls are over', async () => {
    let now = 1_000;
    const { one, other } = workers(2, () => now);
    const calls: LimitDecision[] = [];
    for (let burst = 0; burst < 30; burst++) {
      now += 1_000;
      calls.push(...(await inOneTurn(one, limits, 10, 10)));
    }
    calls.push(...(await inOneTurn(one, limits, 10, 10)));
    for (const call of calls) one.leave(limits, call);
    await told();
    expect((await remaining(other.check(limits, 10, 'other')))[2]).toBe(974);
  });

  it('lets nothing be lost or counted twice, in whatever order calls come and end', async () => {
    const lists: Limit[][] = [limits, [{ ...MANY, key: 'few', limit: 300 }, MANY_AT_ONCE], [MANY_TOKENS, MANY]];
    const step = fc.record({
      after: fc.oneof(fc.constantFrom(0, 249, 250, 500), fc.integer({ min: 0, max: 400 })),
      worker: fc.constantFrom('one', 'other'),
      list: fc.nat({ max: lists.length - 1 }),
      calls: fc.integer({ min: 0, max: 40 }),
      tokens: fc.integer({ min: 0, max: 30 }),
      isSlow: fc.boolean(),
      ends: fc.array(
        fc.record({
          how: fc.constantFrom('left', 'left then settled', 'settled then left', 'taken back'),
          used: fc.integer({ min: 0, max: 60 }),
          which: fc.nat(),
        }),
        { maxLength: 30 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        let now = 1_000;
        const both = workers(2, () => now, 2);
        const used = new Map<Limit, number>();
        const underWay: { of: RemoteRateLimiter; list: Limit[]; decision: LimitDecision }[] = [];
        const count = (list: readonly Limit[], amount: Record<Limit['unit'], number>): void => {
          for (const limit of list) used.set(limit, (used.get(limit) ?? 0) + amount[limit.unit]);
        };
        const end = (at: number, how: string, tokens: number): void => {
          for (const { of, list, decision } of underWay.splice(at, 1)) {
            if (how === 'settled then left') of.settle(list, decision, tokens);
            if (how === 'taken back') of.takeBack(list, decision);
            else of.leave(list, decision);
            if (how === 'left then settled') of.settle(list, decision, tokens);
            if (how === 'taken back') count(list, { requests: -1, tokens: -decision.tokens, concurrent: -1 });
            else count(list, { requests: 0, tokens: how === 'left' ? 0 : tokens - decision.tokens, concurrent: -1 });
          }
        };
        let asked: Promise<void>[] = [];
        for (const { after, worker, list: at, calls, tokens, isSlow, ends } of steps) {
          now += after;
          const of = both[worker];
          const list = lists[at] ?? limits;
          if (isSlow) both.hold();
          asked.push(
            inOneTurn(of, list, tokens, calls).then((decisions) => {
              for (const decision of decisions.filter(({ refusedBy }) => refusedBy < 0)) {
                underWay.push({ of, list, decision });
                count(list, { requests: 1, tokens, concurrent: 1 });
              }
            }),
          );
          await told();
          if (!isSlow) {
            both.release();
            await Promise.all(asked);
            asked = [];
          }
          for (const { how, used: tokensUsed, which } of ends) end(which % (underWay.length || 1), how, tokensUsed);
        }
        both.release();
        await Promise.all(asked);
        // So long that no lease is left, and none is worth while.
        now += 600;
        for (const of of [both.one, both.other]) {
          for (const list of lists) {
            const decision = await of.check(list, 0, 'last');
            if (decision.refusedBy < 0) of.takeBack(list, decision);
          }
        }
        await told();
        for (const limit of new Set(lists.flat())) {
          expect([limit.key, both.counted.counterOf(limit).used(now)]).toEqual([limit.key, used.get(limit) ?? 0]);
        }
      }),
    );
  });

  it('lets no window have more than its limit, and no more at once', async () => {
    const step = fc.record({
      after: fc.oneof(fc.constantFrom(0, 1, 249, 250, 59_750, 60_000), fc.integer({ min: 0, max: 3_000 })),
      worker: fc.constantFrom('one', 'other'),
      calls: fc.integer({ min: 0, max: 60 }),
      ends: fc.integer({ min: 0, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        let now = 1_000;
        const both = workers(2, () => now);
        const few: Limit = { ...MANY, limit: 500 };
        const fewAtOnce: Limit = { ...MANY_AT_ONCE, limit: 400 };
        const list = [few, fewAtOnce];
        const times: number[] = [];
        const underWay: { readonly worker: 'one' | 'other'; readonly decision: LimitDecision }[] = [];
        for (const { after, worker, calls, ends } of steps) {
          now += after;
          for (const decision of await inOneTurn(both[worker], list, 0, calls)) {
            if (decision.refusedBy >= 0) continue;
            times.push(now);
            underWay.push({ worker, decision });
          }
          expect(times.filter((at) => at > now - few.windowMs).length).toBeLessThanOrEqual(few.limit);
          expect(underWay.length).toBeLessThanOrEqual(fewAtOnce.limit);
          for (const ended of underWay.splice(0, ends)) both[ended.worker].leave(list, ended.decision);
          await told();
        }
        now += 120_000;
        for (const { worker, decision } of underWay) both[worker].leave(list, decision);
        await Promise.all([inOneTurn(both.one, list, 0, 1), inOneTurn(both.other, list, 0, 1)]);
        await told();
        expect(await remaining(both.one.check(list, 0, 'all'))).toEqual([497, 397]);
      }),
    );
  });
});
