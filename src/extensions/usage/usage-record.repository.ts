import { type UsageRecord } from './usage-record.js';

/** Where usage records are kept. */
export abstract class UsageRecordRepository {
  /** Stores all of them or none. A record whose request id is there already is passed over. */
  abstract insertAll(records: readonly UsageRecord[]): Promise<void>;
}
