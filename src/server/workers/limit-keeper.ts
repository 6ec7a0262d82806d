import { LocalRateLimiter } from '../../limits/local-rate-limiter.js';
import { type Limit, type LimitDecision } from '../../limits/rate-limiter.js';
import { type LimitOperation, type NumberedDecision } from './worker-messages.js';

interface Admitted {
  readonly limits: readonly Limit[];
  readonly decision: LimitDecision;
}

/** Keeps limits for all workers, in the primary process, and knows which calls are under way where. */
export class LimitKeeper {
  private readonly underWay = new Map<number, Map<string, Admitted>>();

  constructor(private readonly limiter = new LocalRateLimiter()) {}

  /** @returns what is decided of those that are checked. */
  take(worker: number, operations: readonly LimitOperation[]): NumberedDecision[] {
    const decisions: NumberedDecision[] = [];
    for (const operation of operations) {
      if (operation.what === 'check') {
        const decision = this.limiter.check(operation.limits, operation.tokens, operation.id);
        decisions.push([operation.number, decision]);
        if (decision.chargedAt !== undefined) this.remember(worker, { limits: operation.limits, decision });
        continue;
      }
      const { limits, decision } = operation;
      if (operation.what === 'settle') this.limiter.settle(limits, decision, operation.tokens);
      else {
        this.underWay.get(worker)?.delete(decision.id);
        this.limiter[operation.what](limits, decision);
      }
    }
    return decisions;
  }

  /** A worker is gone, and its calls with it: they are under way no longer, and what they are charged stays. */
  forget(worker: number): void {
    const calls = this.underWay.get(worker);
    this.underWay.delete(worker);
    for (const { limits, decision } of calls?.values() ?? []) this.limiter.leave(limits, decision);
  }

  private remember(worker: number, admitted: Admitted): void {
    if (admitted.limits.every(({ unit }) => unit !== 'concurrent')) return;
    let calls = this.underWay.get(worker);
    if (calls === undefined) this.underWay.set(worker, (calls = new Map()));
    calls.set(admitted.decision.id, admitted);
  }
}
