import { Controller, Get } from '@nestjs/common';
import { type UsageRecord } from '../../extensions/usage-record.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminQuery } from '../admin-validation.js';
import { usd } from '../usd.js';
import { UsageRecordsQuery, UsageTotalsQuery } from './usage.dto.js';
import { MAX_TOTALS, type UsageGroup, UsageQueries, type UsageTotal } from './usage-queries.js';

const DEFAULT_LIMIT = 100;

/** Costs go out in USD, as decimal text: JSON has no whole numbers of that size. */
type ShownRecord = Omit<UsageRecord, 'cost' | 'failedAttemptsCost' | 'charges' | 'lease' | 'leased'> & {
  readonly cost: string | null;
  readonly failedAttemptsCost: string;
};

type ShownTotal = UsageGroup & Omit<UsageTotal, 'group' | 'cost'> & { readonly cost: string };

@AdminRoute()
@Controller('admin/usage')
export class UsageController {
  constructor(private readonly usage: UsageQueries) {}

  /** The newest records first; `next` leads to older ones, and is null where there are none. */
  @Get('records')
  async records(
    @AdminQuery() { limit = DEFAULT_LIMIT, cursor, ...filter }: UsageRecordsQuery,
  ): Promise<{ records: ShownRecord[]; next: string | null }> {
    const found = await this.usage.records(filter, limit + 1, cursor);
    const records = found.slice(0, limit);
    return {
      records: records.map(shown),
      next: found.length > limit ? (records.at(-1)?.requestId ?? null) : null,
    };
  }

  /** Sums by day, key, model, …; one over everything where no `by` is given. */
  @Get('totals')
  async totals(
    @AdminQuery() { by = [], ...filter }: UsageTotalsQuery,
  ): Promise<{ totals: ShownTotal[]; truncated: boolean }> {
    const found = await this.usage.totals(by, filter);
    return {
      totals: found.map(({ group, ...sums }) => ({ ...group, ...sums, cost: usd(sums.cost) })),
      truncated: found.length === MAX_TOTALS,
    };
  }
}

function shown(stored: UsageRecord): ShownRecord {
  const { cost, failedAttemptsCost, charges: _charges, lease: _lease, leased: _leased, ...record } = stored;
  return { ...record, cost: usd(cost), failedAttemptsCost: usd(failedAttemptsCost) };
}
