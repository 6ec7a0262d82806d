import { type UsageRecord } from '../../extensions/usage-record.js';
import { usd } from '../usd.js';

/** Costs go out in USD, as decimal text: JSON has no whole numbers of that size. */
export type ShownRecord = Omit<UsageRecord, 'cost' | 'failedAttemptsCost' | 'charges' | 'lease' | 'leased'> & {
  readonly cost: string | null;
  readonly failedAttemptsCost: string;
};

export function shownRecord(stored: UsageRecord): ShownRecord {
  const { cost, failedAttemptsCost, charges: _charges, lease: _lease, leased: _leased, ...record } = stored;
  return { ...record, cost: usd(cost), failedAttemptsCost: usd(failedAttemptsCost) };
}
