import { Injectable } from '@nestjs/common';
import { BoundedCache } from '../collections/bounded-cache.js';
import { GatewayError } from '../errors/gateway-error.js';

const WINDOW_MS = 60_000;
const MAX_PER_WINDOW = 100;

/** Counts wrong keys by address and slows down who tries many. A valid key from the same address still passes. */
@Injectable()
export class FailedAuthentications {
  private readonly windows = new BoundedCache<{ failures: number }>(10_000, { ttl: WINDOW_MS });

  /** @throws GatewayError `too_many_authentication_failures` after a hundred within a minute. */
  count(address: string): void {
    const window = this.windows.get(address);
    if (window === undefined) {
      this.windows.set(address, { failures: 1 });
      return;
    }
    window.failures++;
    if (window.failures <= MAX_PER_WINDOW) return;
    const remaining = this.windows.getRemainingTTL(address);
    throw new GatewayError('too_many_authentication_failures', { retryAfter: Math.ceil(remaining / 1000) });
  }
}
