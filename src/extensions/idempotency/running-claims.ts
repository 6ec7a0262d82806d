import { Logger } from '@nestjs/common';
import { type CallContext } from '../../events/call-context.js';
import { type Claim, type IdempotencyRepository, LEASE_MS } from './idempotency.repository.js';

const RENEW_MS = LEASE_MS / 3;
const FIRST_PAUSE_MS = 250;
const MAX_TRIES = 5;

/** The keys that calls of this process have taken: it gives signs of life for them, and says what became of them. */
export class RunningClaims {
  private readonly logger = new Logger('Idempotency');
  private readonly claims = new Map<CallContext, Claim>();
  private readonly settling = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(private readonly repository: IdempotencyRepository) {}

  add(call: CallContext, claim: Claim): void {
    this.claims.set(call, claim);
    this.timer ??= setInterval(() => this.renew(), RENEW_MS).unref();
  }

  /** @returns the key of a call that is over; nothing where it has taken none, as most have not. */
  take(call: CallContext): Claim | undefined {
    if (this.claims.size === 0) return undefined;
    const claim = this.claims.get(call);
    this.claims.delete(call);
    return claim;
  }

  /**
   * Has it stored what became of a key. Nobody waits for it: where it does not get through, the key counts as one of which
   * nobody knows what became of it, and that is safe.
   */
  settle(tell: () => Promise<void>): void {
    const settling = this.tryToTell(tell).finally(() => this.settling.delete(settling));
    this.settling.add(settling);
  }

  /** Waits for what is still to be told. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.timer);
    await Promise.all(this.settling);
  }

  private async tryToTell(tell: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await tell();
        return;
      } catch (error) {
        if (tries === MAX_TRIES || this.isClosing) {
          this.logger.warn(`What became of a call could not be stored for its idempotency key: ${String(error)}`);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (tries - 1)));
    }
  }

  private renew(): void {
    if (this.claims.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    // A later sign of life will do where this one does not get through.
    this.repository
      .renew([...this.claims.values()])
      .catch((error: unknown) => this.logger.warn(`Idempotency keys could not be renewed: ${String(error)}`));
  }
}
