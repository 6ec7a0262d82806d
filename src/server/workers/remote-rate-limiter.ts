import { TurnQueue } from '../../collections/turn-queue.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type Limit, type LimitDecision, RateLimiter } from '../../limits/rate-limiter.js';
import { type LimitOperation, type NumberedDecision } from './worker-messages.js';

interface Waiting {
  resolve(decision: LimitDecision): void;
  reject(error: GatewayError): void;
}

/** Asks the primary process, which keeps limits for all workers; all that comes up in one turn goes in one message. */
export class RemoteRateLimiter extends RateLimiter {
  private readonly operations = new TurnQueue<LimitOperation>((operations) => {
    if (!this.isCut) this.send(operations);
  });
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private isCut = false;

  constructor(private readonly send: (operations: readonly LimitOperation[]) => void) {
    super();
  }

  /** What has come back. */
  take(decisions: readonly NumberedDecision[]): void {
    for (const [number, decision] of decisions) {
      this.waiting.get(number)?.resolve(decision);
      this.waiting.delete(number);
    }
  }

  /** The primary process is gone: whoever waits for it waits in vain, and this process is about to end. */
  cut(): void {
    this.isCut = true;
    for (const { reject } of this.waiting.values()) reject(new GatewayError('server_shutting_down'));
    this.waiting.clear();
  }

  override check(limits: readonly Limit[], tokens: number, id: string): Promise<LimitDecision> {
    if (this.isCut) return Promise.reject(new GatewayError('server_shutting_down'));
    return new Promise((resolve, reject) => {
      const number = ++this.asked;
      this.waiting.set(number, { resolve, reject });
      this.operations.add({ what: 'check', number, limits, tokens, id });
    });
  }

  override leave(limits: readonly Limit[], decision: LimitDecision): void {
    this.operations.add({ what: 'leave', limits, decision });
  }

  override settle(limits: readonly Limit[], decision: LimitDecision, tokens: number): void {
    if (tokens !== decision.tokens) this.operations.add({ what: 'settle', limits, decision, tokens });
  }

  override takeBack(limits: readonly Limit[], decision: LimitDecision): void {
    this.operations.add({ what: 'takeBack', limits, decision });
  }
}
