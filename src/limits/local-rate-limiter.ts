import { BoundedCache } from '../collections/bounded-cache.js';
import { LimitCounter } from './limit-counter.js';
import { type Limit, type LimitDecision, type LimitState, RateLimiter } from './rate-limiter.js';

/** So many limits are counted at once, in some 50 MB; of more, the one that was not asked for longest begins anew. */
const MAX_COUNTERS = 65_536;

/** Keeps limits for this process alone. */
export class LocalRateLimiter extends RateLimiter {
  private readonly counters: BoundedCache<LimitCounter>;

  /** @param now milliseconds of a monotonic clock. */
  constructor(
    readonly now: () => number = () => performance.now(),
    maxCounters: number = MAX_COUNTERS,
  ) {
    super();
    this.counters = new BoundedCache(maxCounters);
  }

  override check(limits: readonly Limit[], tokens: number, id: string): LimitDecision {
    return this.decide(limits, tokens, id, undefined);
  }

  /** While others cannot be asked, by as many replicas as there are. */
  checkAlone(limits: readonly Limit[], tokens: number, id: string, replicas: number): LimitDecision {
    return this.decide(limits, tokens, id, replicas);
  }

  override leave(limits: readonly Limit[], { chargedAt }: LimitDecision): void {
    if (chargedAt === undefined) return;
    for (const limit of limits) if (limit.unit === 'concurrent') this.counterOf(limit).remove(chargedAt, 1);
  }

  /** @param isTold whether others hear of it too. */
  override settle(
    limits: readonly Limit[],
    { chargedAt, tokens: charged }: LimitDecision,
    tokens: number,
    isTold = true,
  ): void {
    if (chargedAt === undefined || tokens === charged) return;
    const now = this.now();
    for (const limit of limits) {
      if (limit.unit !== 'tokens') continue;
      const counter = this.counterOf(limit);
      if (tokens < charged) counter.remove(chargedAt, charged - tokens);
      else if (isTold) counter.add(now, tokens - charged);
      else counter.addUntold(now, tokens - charged);
    }
  }

  override takeBack(limits: readonly Limit[], { chargedAt, tokens }: LimitDecision): void {
    if (chargedAt === undefined) return;
    for (const limit of limits) this.counterOf(limit).remove(chargedAt, costOf(limit, tokens));
  }

  /** Charges what others have admitted. @returns when. */
  charge(limits: readonly Limit[], tokens: number): number {
    const now = this.now();
    for (const limit of limits) {
      this.counterOf(limit).add(now, costOf(limit, tokens));
    }
    return now;
  }

  counterOf(limit: Limit): LimitCounter {
    let counter = this.counters.get(limit.key);
    if (counter === undefined) {
      counter = new LimitCounter(limit);
      this.counters.set(limit.key, counter);
    }
    return counter;
  }

  private decide(limits: readonly Limit[], tokens: number, id: string, replicas: number | undefined): LimitDecision {
    const now = this.now();
    const counters: LimitCounter[] = [];
    let refusedBy = -1;
    let retryAfterMs = 0;
    for (const limit of limits) {
      const counter = this.counterOf(limit);
      const cost = costOf(limit, tokens);
      const wait =
        replicas === undefined
          ? counter.wait(now, limit.limit, cost)
          : counter.waitAlone(now, limit.limit, cost, replicas);
      if (wait > retryAfterMs) {
        refusedBy = counters.length;
        retryAfterMs = wait;
      }
      counters.push(counter);
    }
    const states: LimitState[] = [];
    for (const [at, limit] of limits.entries()) {
      const counter = counters[at];
      if (counter === undefined) continue;
      if (refusedBy < 0) {
        const cost = costOf(limit, tokens);
        if (replicas === undefined) counter.add(now, cost);
        else counter.addUntold(now, cost);
      }
      states.push({ remaining: Math.max(0, limit.limit - counter.used(now)), resetMs: counter.untilEmpty(now) });
    }
    return {
      refusedBy,
      retryAfterMs,
      states,
      id,
      tokens,
      chargedAt: refusedBy < 0 ? now : undefined,
      sharedAt: undefined,
    };
  }
}

/** What a call takes of a limit. */
export function costOf({ unit }: Limit, tokens: number): number {
  return unit === 'tokens' ? tokens : 1;
}
