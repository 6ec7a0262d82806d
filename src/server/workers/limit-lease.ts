import { type Limit, type LimitDecision, type LimitState } from '../../limits/rate-limiter.js';
import { amountOf, type LimitAmount } from './limit-amount.js';

/** So long a worker may admit calls without asking. What it then has not used was missing elsewhere meanwhile. */
export const LEASE_MS = 250;
/** Fewer calls within that time are not worth it. */
const LEAST_CALLS = 16;
/** More is asked for than was needed last time. */
const RESERVE = 1.25;

/** What is told of limits, whose number is found when it is. */
export interface LimitChange {
  readonly what: number;
  readonly chargedAt: number;
  readonly amount: LimitAmount;
}

/** A part of limits that is a worker's to admit calls with. */
export class LimitLease {
  /** What can wait to be told until it ends. */
  readonly later: LimitChange[] = [];
  private readonly grantedSlots: number;

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
  ) {
    this.grantedSlots = left.slots;
  }

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

  /** @param amount no slots, which any call may leave to the next one. */
  giveBack({ calls, tokens }: LimitAmount): void {
    const { left } = this;
    this.left = { slots: left.slots, calls: left.calls + calls, tokens: left.tokens + tokens };
  }

  /** A call is over, however it was admitted. @returns false where as many are free as were leased: others may need it. */
  keepSlot(): boolean {
    const { left } = this;
    if (left.slots >= this.grantedSlots) return false;
    this.left = { ...left, slots: left.slots + 1 };
    return true;
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
  /** The last one that it was given: of many lists it has to be given another. */
  number = Number.NEGATIVE_INFINITY;
  readonly countsTokens: boolean;
  /** What a call takes while it is under way. */
  readonly slots: 0 | 1;
  private underWay = 0;
  private asked: LimitAmount = NOTHING;
  private askedBefore: LimitAmount = NOTHING;
  private since = Number.NEGATIVE_INFINITY;
  private notBefore = Number.NEGATIVE_INFINITY;

  constructor(readonly limits: readonly Limit[]) {
    this.countsTokens = limits.some(({ unit }) => unit === 'tokens');
    this.slots = limits.some(({ unit }) => unit === 'concurrent') ? 1 : 0;
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

  /** Whether a lease is worth while. Then it is to be asked for: until that is answered no other one is. */
  wantsLease(now: number): boolean {
    if (now < this.notBefore || this.most.calls < LEAST_CALLS) return false;
    this.notBefore = Number.POSITIVE_INFINITY;
    return true;
  }

  /** What to lease: no more slots than calls, since those that are under way have theirs. */
  get wish(): LimitAmount {
    const { slots, calls, tokens } = this.most;
    return {
      slots: Math.ceil(Math.min(slots, calls) * RESERVE),
      calls: Math.ceil(calls * RESERVE),
      tokens: Math.ceil(tokens * RESERVE),
    };
  }

  /** When it is over, the next may be asked for at once. */
  granted(lease: LimitLease): void {
    this.lease = lease;
    this.notBefore = Number.NEGATIVE_INFINITY;
  }

  refused(now: number): void {
    this.notBefore = now + LEASE_MS;
  }

  private get most(): LimitAmount {
    return this.asked.calls > this.askedBefore.calls ? this.asked : this.askedBefore;
  }
}

const NOTHING: LimitAmount = { slots: 0, calls: 0, tokens: 0 };
