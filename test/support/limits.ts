import { type Limit, type LimitDecision, type RateLimiter } from '../../src/limits/rate-limiter.js';

export const perMinute = (limit: number, key = 'k'): Limit => ({ key, unit: 'requests', limit, windowMs: 60_000 });

export const tokensPerMinute = (limit: number, key = 't'): Limit => ({ key, unit: 'tokens', limit, windowMs: 60_000 });

export const atOnce = (limit: number, key = 'c'): Limit => ({ key, unit: 'concurrent', limit, windowMs: 0 });

let calls = 0;

/** Asks in the name of a new call. */
export function ask(limiter: RateLimiter, limits: readonly Limit[], tokens = 0): Promise<LimitDecision> {
  return Promise.resolve(limiter.check(limits, tokens, `call-${calls++}`));
}

/** How many of so many calls are admitted, one after the other. */
export async function admitted(limiter: RateLimiter, limits: readonly Limit[], count: number): Promise<number> {
  let admittedCount = 0;
  for (let at = 0; at < count; at++) if ((await ask(limiter, limits)).refusedBy < 0) admittedCount++;
  return admittedCount;
}
