import { LocalRateLimiter } from '../../limits/local-rate-limiter.js';
import { type Limit } from '../../limits/rate-limiter.js';
import { type ToldDecision, writeDecision } from './decision-numbers.js';
import { amountOf, type LimitAmount } from './limit-amount.js';
import { LEASE_MS } from './limit-lease.js';
import { NumberReader } from './number-reader.js';
import { LimitOperation, type LimitsTold, MAX_NUMBERS } from './worker-messages.js';

/** No lease is more than this part of what is left: near a limit everybody asks for each call. */
const SHARE = 8;

/** What is known of a worker. */
interface Known {
  /** Its lists of limits, by the numbers it has given them. */
  readonly lists: Map<number, readonly Limit[]>;
  /** Limits that count calls under way, with how many are under way in it or leased to it, by the key of the limit. */
  readonly underWay: Map<string, { readonly limit: Limit; readonly slots: number }>;
}

/** Keeps limits for all workers, in the primary process, and knows which calls are under way where. */
export class LimitKeeper {
  private readonly workers = new Map<number, Known>();

  /** @param maxNumbers as the workers have it. */
  constructor(
    private readonly limiter = new LocalRateLimiter(),
    private readonly maxNumbers = MAX_NUMBERS,
  ) {}

  /** @returns what is decided of checks and leases, as the worker is told it. */
  take(worker: number, { numbered, rows }: LimitsTold): Float64Array {
    const known = this.known(worker);
    for (const [number, limits] of numbered) known.lists.set(number, limits);
    const decisions: number[] = [];
    for (const reader = new NumberReader(rows); !reader.isAtEnd;) {
      const what = reader.next();
      const limits = known.lists.get(reader.next()) ?? [];
      const chargedAt = reader.next();
      const amount = { slots: reader.next(), calls: reader.next(), tokens: reader.next() };
      if (what === LimitOperation.giveBack) this.giveBack(known, limits, chargedAt, amount);
      else if (what === LimitOperation.charge) this.charge(known, limits, amount);
      else if (what === LimitOperation.lease) writeDecision(this.lease(known, limits, amount), decisions);
      else writeDecision(this.check(known, limits, amount), decisions);
    }
    for (const [number] of numbered) known.lists.delete(number - this.maxNumbers);
    return Float64Array.from(decisions);
  }

  /** A worker is gone, and its calls with it: they are under way no longer, and what they are charged stays. */
  forget(worker: number): void {
    const { underWay } = this.known(worker);
    this.workers.delete(worker);
    for (const { limit, slots } of underWay.values()) this.limiter.counterOf(limit).remove(0, slots);
  }

  private check(known: Known, limits: readonly Limit[], amount: LimitAmount): ToldDecision {
    const decision = this.limiter.check(limits, amount.tokens, '');
    if (decision.chargedAt !== undefined) count(known, limits, amount.slots);
    return decision;
  }

  /** It counts as charged when it ends, so that it leaves no window before the last call that is admitted with it. */
  private lease(known: Known, limits: readonly Limit[], amount: LimitAmount): ToldDecision {
    const now = this.limiter.now();
    const left = limits.map((limit) => limit.limit - this.limiter.counterOf(limit).used(now));
    const isGranted = limits.every((limit, at) => amountOf(limit, amount) * SHARE <= (left[at] ?? 0));
    const chargedAt = isGranted ? now + LEASE_MS : undefined;
    if (chargedAt !== undefined) this.charge(known, limits, amount, chargedAt);
    const states = limits.map((limit, at) => ({
      remaining: (left[at] ?? 0) - amountOf(limit, amount),
      resetMs: limit.windowMs,
    }));
    return { refusedBy: -1, retryAfterMs: 0, chargedAt, states };
  }

  private charge(known: Known, limits: readonly Limit[], amount: LimitAmount, at?: number): void {
    const now = this.limiter.now();
    for (const limit of limits) {
      const counted = amountOf(limit, amount);
      // Nothing, too, would keep what came shortly before it in the window.
      if (counted > 0) this.limiter.counterOf(limit).add(now, counted, at);
    }
    count(known, limits, amount.slots);
  }

  private giveBack(known: Known, limits: readonly Limit[], chargedAt: number, amount: LimitAmount): void {
    for (const limit of limits) this.limiter.counterOf(limit).remove(chargedAt, amountOf(limit, amount));
    count(known, limits, -amount.slots);
  }

  private known(worker: number): Known {
    let known = this.workers.get(worker);
    if (known === undefined) this.workers.set(worker, (known = { lists: new Map(), underWay: new Map() }));
    return known;
  }
}

function count({ underWay }: Known, limits: readonly Limit[], slots: number): void {
  if (slots === 0) return;
  for (const limit of limits) {
    if (limit.unit !== 'concurrent') continue;
    const counted = (underWay.get(limit.key)?.slots ?? 0) + slots;
    if (counted === 0) underWay.delete(limit.key);
    else underWay.set(limit.key, { limit, slots: counted });
  }
}
