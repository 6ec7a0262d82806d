import { UpstreamError } from '../errors/upstream-error.js';
import { keyTrouble } from './failures.js';

const FIRST_PAUSE_MS = 100;

/** @returns whether another try of the same request on the same deployment may go better. */
export function isRetryable(error: unknown): boolean {
  return error instanceof UpstreamError && error.retryable && keyTrouble(error) !== 'refused';
}

/**
 * Milliseconds to wait before a try: 100 before the second, twice as long before each further one, each shortened by
 * chance to between half and all of it, so that clients who failed together do not come back together; never less than
 * the provider asked for.
 *
 * @param retries tries made after the first so far.
 * @param retryAfter seconds that the provider asked for.
 */
export function retryPause(retries: number, retryAfter: number | undefined, random = Math.random): number {
  const pause = FIRST_PAUSE_MS * 2 ** retries;
  return Math.max(pause * (0.5 + random() / 2), (retryAfter ?? 0) * 1000);
}
