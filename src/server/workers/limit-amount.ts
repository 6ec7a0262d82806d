import { type Limit } from '../../limits/rate-limiter.js';

/** What is taken of limits, or given back: calls under way, calls, and tokens. */
export interface LimitAmount {
  readonly slots: number;
  readonly calls: number;
  readonly tokens: number;
}

/** How much of it a limit counts. */
export function amountOf({ unit }: Limit, { slots, calls, tokens }: LimitAmount): number {
  if (unit === 'tokens') return tokens;
  return unit === 'requests' ? calls : slots;
}
