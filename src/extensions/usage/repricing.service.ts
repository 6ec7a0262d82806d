import { Injectable, Optional } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { PriceBook } from '../../pricing/price-book.js';
import { type CostChange, type CostChanges, type RatedRecord, RepricingRepository } from './repricing.repository.js';

/** What is to be rated anew. */
export interface RepricingRequest {
  /** Calls that started at this time, or later. */
  readonly from: Date;
  /** Calls that started before this time. */
  readonly to: Date;
  readonly provider?: string | undefined;
  /** As clients or the provider call it. */
  readonly model?: string | undefined;
  /** Only says what would change. */
  readonly dryRun?: boolean | undefined;
  /** Who asks, for the audit. */
  readonly by: string;
}

export interface Repricing extends CostChanges {
  /** UUID: the `run` of its rows in the audit. */
  readonly id: string;
  /** Records that were looked at. */
  readonly records: number;
  /** Of them, those that keep what they have, since no price is known of that time. */
  readonly unpriced: number;
}

const BATCH = 1_000;

/**
 * Rates past calls anew, each by the price that held when it started. Twice the same changes nothing the second time. What
 * changes is on record, batch by batch, in the transaction that changes it.
 */
@Injectable()
export class RepricingService {
  constructor(
    private readonly prices: PriceBook,
    @Optional() private readonly repository?: RepricingRepository,
  ) {}

  /** @throws Error where the storage cannot change costs; what was changed until then stays so, and on record. */
  async rerate({ from, to, provider = '', model = '', dryRun = false, by }: RepricingRequest): Promise<Repricing> {
    const { repository } = this;
    if (repository === undefined) throw new Error('The storage has no RepricingRepository: it cannot change costs.');
    const filter = { from, to, provider: provider || null, model: model || null };
    const run = { id: uuidv7(), by, filter };
    const result = { id: run.id, records: 0, unpriced: 0, changed: 0, oldCost: 0n, newCost: 0n };
    let after: string | undefined;
    for (;;) {
      const records = await repository.find(filter, after, BATCH);
      const changes = this.changesOf(records, result);
      const done = dryRun ? sumOf(records, changes) : await repository.apply(run, changes);
      result.records += records.length;
      result.changed += done.changed;
      result.oldCost += done.oldCost;
      result.newCost += done.newCost;
      after = records.at(-1)?.requestId;
      if (records.length < BATCH) return result;
    }
  }

  private changesOf(records: readonly RatedRecord[], result: { unpriced: number }): CostChange[] {
    return records.flatMap((record): CostChange[] => {
      if (record.provider === null || record.answeredBy !== null || record.grade === 'none') return [];
      const { cost, priceVersion } = this.prices.rate(
        { providerName: record.provider, model: record.model, upstreamModel: record.upstreamModel ?? record.model },
        record.startedAt.getTime(),
        record.tokens,
        record.units ?? undefined,
      );
      if (cost === null) result.unpriced++;
      if (cost === null || (cost === record.cost && priceVersion === record.priceVersion)) return [];
      return [{ requestId: record.requestId, cost, priceVersion }];
    });
  }
}

function sumOf(records: readonly RatedRecord[], changes: readonly CostChange[]): CostChanges {
  const old = new Map(records.map(({ requestId, cost }) => [requestId, cost ?? 0n]));
  return {
    changed: changes.length,
    oldCost: changes.reduce((sum, { requestId }) => sum + (old.get(requestId) ?? 0n), 0n),
    newCost: changes.reduce((sum, { cost }) => sum + cost, 0n),
  };
}
