import { type Limit, type LimitDecision, type LimitState } from '../../limits/rate-limiter.js';
import { type NumberReader } from './number-reader.js';

/** What of a decision is told to the worker, which knows the rest. */
export type ToldDecision = Pick<LimitDecision, 'refusedBy' | 'retryAfterMs' | 'chargedAt' | 'states'>;

/** @param to gets the decision's numbers, as `readDecision` reads them. */
export function writeDecision(
  { refusedBy, retryAfterMs, chargedAt = Number.NaN, states }: ToldDecision,
  to: number[],
): void {
  to.push(refusedBy, retryAfterMs, chargedAt);
  for (const { remaining, resetMs } of states) to.push(remaining, resetMs);
}

export function readDecision(reader: NumberReader, limits: readonly Limit[]): ToldDecision {
  const refusedBy = reader.next();
  const retryAfterMs = reader.next();
  const charged = reader.next();
  const chargedAt = Number.isNaN(charged) ? undefined : charged;
  const states = limits.map((): LimitState => ({ remaining: reader.next(), resetMs: reader.next() }));
  return { refusedBy, retryAfterMs, chargedAt, states };
}
