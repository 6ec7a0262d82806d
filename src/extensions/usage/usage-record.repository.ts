import { type UsageRecordLine } from './usage-record.codec.js';

/** Where usage records are kept. */
export abstract class UsageRecordRepository {
  /**
   * Stores all of them or none. A record whose request id is there already is passed over.
   * @param records encoded: `decodeUsageRecord` makes records of them.
   */
  abstract insertAll(records: readonly UsageRecordLine[]): Promise<void>;
}
