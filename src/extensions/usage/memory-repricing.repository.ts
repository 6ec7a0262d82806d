import { MemoryUsageRecordRepository } from './memory-usage-record.repository.js';
import {
  type CostChange,
  type CostChanges,
  type RatedRecord,
  type RepricingFilter,
  RepricingRepository,
  type RepricingRun,
} from './repricing.repository.js';

/** Changes the costs of the records that are kept in memory. */
export class MemoryRepricingRepository extends RepricingRepository {
  /** Who changed what. */
  readonly runs: (RepricingRun & CostChanges)[] = [];

  constructor(private readonly records: MemoryUsageRecordRepository) {
    super();
  }

  override find(filter: RepricingFilter, after: string | undefined, limit: number): Promise<readonly RatedRecord[]> {
    const found = this.records
      .all()
      .filter((record) => isMeant(record, filter) && (after === undefined || record.requestId > after))
      .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
    return Promise.resolve(found.slice(0, limit));
  }

  override apply(run: RepricingRun, changes: readonly CostChange[]): Promise<CostChanges> {
    const sums = { changed: 0, oldCost: 0n, newCost: 0n };
    for (const { requestId, cost, priceVersion } of changes) {
      const old = this.records.replaceCost(requestId, cost, priceVersion);
      if (old === undefined) continue;
      sums.changed++;
      sums.oldCost += old.cost ?? 0n;
      sums.newCost += cost;
    }
    if (sums.changed > 0) this.runs.push({ ...run, ...sums });
    return Promise.resolve(sums);
  }
}

function isMeant(record: RatedRecord, { from, to, provider, model }: RepricingFilter): boolean {
  if (record.startedAt < from || record.startedAt >= to) return false;
  if (provider !== null && record.provider !== provider) return false;
  return model === null || record.model === model || record.upstreamModel === model;
}
