import { type ChargeSettler } from '../charge-settler.js';
import { decodeUsageRecord, type UsageRecordLine } from './usage-record.codec.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageRecordRepository } from './usage-record.repository.js';

const MAX_KEPT = 10_000;

/** Keeps the latest usage records while the process lives. */
export class MemoryUsageRecordRepository extends UsageRecordRepository {
  private readonly records = new Map<string, UsageRecord>();

  /** @param settler takes what calls cost from the accounts of budgets. */
  constructor(private readonly settler?: ChargeSettler) {
    super();
  }

  /** Oldest first. */
  all(): readonly UsageRecord[] {
    return [...this.records.values()];
  }

  /** @returns the record as it was; `undefined` where there is none, or it has that cost already. */
  replaceCost(requestId: string, cost: bigint, priceVersion: string | null): UsageRecord | undefined {
    const record = this.records.get(requestId);
    if (record === undefined || (record.cost === cost && record.priceVersion === priceVersion)) return undefined;
    this.records.set(requestId, { ...record, cost, priceVersion });
    return record;
  }

  insertAll(lines: readonly UsageRecordLine[]): Promise<void> {
    const stored: UsageRecord[] = [];
    for (const record of lines.map(decodeUsageRecord)) {
      if (this.records.has(record.requestId)) continue;
      this.records.set(record.requestId, record);
      stored.push(record);
    }
    this.settler?.settle(stored);
    for (const id of this.records.keys()) {
      if (this.records.size <= MAX_KEPT) break;
      this.records.delete(id);
    }
    return Promise.resolve();
  }
}
