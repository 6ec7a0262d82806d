import { type UsageRecord } from './usage-record.js';

/** Takes the costs of records that were stored from the accounts that they name. */
export interface ChargeSettler {
  settle(records: readonly UsageRecord[]): void;
}
