import { Injectable } from '@nestjs/common';
import { decodeUsageRecord, type UsageRecordLine } from './usage-record.codec.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageRecordRepository } from './usage-record.repository.js';

const MAX_KEPT = 10_000;

/** Keeps the latest usage records while the process lives. */
@Injectable()
export class MemoryUsageRecordRepository extends UsageRecordRepository {
  private readonly records = new Map<string, UsageRecord>();

  /** Oldest first. */
  all(): readonly UsageRecord[] {
    return [...this.records.values()];
  }

  insertAll(lines: readonly UsageRecordLine[]): Promise<void> {
    const records = lines.map(decodeUsageRecord);
    for (const record of records) if (!this.records.has(record.requestId)) this.records.set(record.requestId, record);
    for (const id of this.records.keys()) {
      if (this.records.size <= MAX_KEPT) break;
      this.records.delete(id);
    }
    return Promise.resolve();
  }
}
