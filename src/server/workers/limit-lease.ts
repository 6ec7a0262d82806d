import { type Limit, type LimitDecision, type LimitState } from '../../limits/rate-limiter.js';
import { amountOf, type LimitAmount } from './limit-amount.js';
import { type LimitRow } from './worker-messages.js';

/** So long a worker may admit calls without asking. What it then has not used was missing elsewhere meanwhile. */
export const LEASE_MS = 250;
/** Fewer calls within that time are not worth it. */
const LEAST_CALLS = 16;
/** More is asked for than was needed last time. */
const RESERVE = 1.25;

/** A part of limits that is a worker's to admit calls with. */
export class LimitLease {
  /** What can wait to be told until it ends. */
  readonly later: LimitRow[] = [];

  /**
   * @param chargedAt by the clock of the primary process.
   * @param until by that of this one.
   * @param states of the limits, without what is leased.
   */
  constructor(
    readonly chargedAt: number,
    private readonly until: number,
    private left: LimitAmount,
    private readonly states: readonly LimitState[],
  ) {}

  /** Nothing of it is used or given back after that. */
  get rest(): LimitAmount {
    return this.left;
  }

  /** @returns false where it has ended, or not enough is left: then nothing is taken. */
  take(now: number, { slots, calls, tokens }: LimitAmount): boolean {
    const { left } = this;
    if (now >= this.until || left.slots < slots || left.calls < calls || left.tokens < tokens) return false;
    this.left = { slots: left.slots - slots, calls: left.calls - calls, tokens: left.tokens - tokens };
    return true;
  }

  giveBack({ slots, calls, tokens }: LimitAmount): void {
    const { left } = this;
    this.left = { slots: left.slots + slots, calls: left.calls + calls, tokens: left.tokens + tokens };
  }

  /** What is said to a call that was admitted with it. */
  decision(limits: readonly Limit[], tokens: number, id: string): LimitDecision {
    const states = limits.map((limit, at): LimitState => {
      const { remaining = 0, resetMs = 0 } = this.states[at] ?? {};
      return { remaining: remaining + amountOf(limit, this.left), resetMs };
    });
    return { refusedBy: -1, retryAfterMs: 0, states, id, tokens, chargedAt: this.chargedAt, sharedAt: undefined };
  }
}

/** A list of limits as a worker knows it: by which number, how much is asked of it, and what of it is leased. */
export class AskedLimits {
  lease: LimitLease | undefined;
  readonly countsUnderWay: boolean;
  private underWay = 0;
  private asked: LimitAmount = NOTHING;
  private askedBefore: LimitAmount = NOTHING;
  private since = Number.NEGATIVE_INFINITY;
  private notBefore = Number.NEGATIVE_INFINITY;

  constructor(
    readonly number: number,
    readonly limits: readonly Limit[],
  ) {
    this.countsUnderWay = limits.some(({ unit }) => unit === 'concurrent');
  }

  /** A call wants to be admitted; where it is not, it leaves. */
  enter(now: number, tokens: number): void {
    const passed = now - this.since;
    if (passed >= LEASE_MS) {
      this.askedBefore = passed < 2 * LEASE_MS ? this.asked : NOTHING;
      this.asked = NOTHING;
      this.since = now;
    }
    const { slots, calls, tokens: before } = this.asked;
    this.asked = { slots: Math.max(slots, ++this.underWay), calls: calls + 1, tokens: before + tokens };
  }

  leave(): void {
    this.underWay--;
  }

  /** Whether a lease is worth while, and was not asked for only just now. */
  wantsLease(now: number): boolean {
    if (now < this.notBefore || this.most.calls < LEAST_CALLS) return false;
    this.notBefore = now + LEASE_MS;
    return true;
  }

  /** What to lease. */
  get wish(): LimitAmount {
    const { slots, calls, tokens } = this.most;
    return {
      slots: Math.ceil(slots * RESERVE),
      calls: Math.ceil(calls * RESERVE),
      tokens: Math.ceil(tokens * RESERVE),
    };
  }

  /** It was granted: when it is over, the next may be asked for at once. */
  hold(lease: LimitLease): void {
    this.lease = lease;
    this.notBefore = Number.NEGATIVE_INFINITY;
  }

  private get most(): LimitAmount {
    return this.asked.calls > this.askedBefore.calls ? this.asked : this.askedBefore;
  }
}

const NOTHING: LimitAmount = { slots: 0, calls: 0, tokens: 0 };
