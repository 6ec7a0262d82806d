import { type UsageRecord } from '../usage-record.js';

/** Which records are meant. */
export interface RepricingFilter {
  /** Started at this time, or later. */
  readonly from: Date;
  /** Started before this time. */
  readonly to: Date;
  /** Of this provider; `null` for all. */
  readonly provider: string | null;
  /** Of this model, as clients or the provider call it; `null` for all. */
  readonly model: string | null;
}

/** Of a record, what its cost depends on. */
export type RatedRecord = Pick<
  UsageRecord,
  | 'requestId'
  | 'startedAt'
  | 'provider'
  | 'model'
  | 'upstreamModel'
  | 'answeredBy'
  | 'grade'
  | 'tokens'
  | 'units'
  | 'cost'
  | 'priceVersion'
>;

/** What a record cost, as it is known now. */
export type CostChange = Pick<UsageRecord, 'requestId' | 'priceVersion'> & { readonly cost: bigint };

/** Records that are rated anew together, by whom. */
export interface RepricingRun {
  /** UUID. */
  readonly id: string;
  readonly by: string;
  readonly filter: RepricingFilter;
}

export interface CostChanges {
  readonly changed: number;
  /** pico-USD, of the changed ones together; of those without a cost it is 0. */
  readonly oldCost: bigint;
  readonly newCost: bigint;
}

/** Changes the costs of stored records, and keeps who did. */
export abstract class RepricingRepository {
  /** Records of the filter in the order of their ids, which is that of their start. @param after the id of the last one seen. */
  abstract find(filter: RepricingFilter, after: string | undefined, limit: number): Promise<readonly RatedRecord[]>;

  /**
   * Changes them all, what is added up of them, and leaves a row that says so; or nothing of it. A record that has that
   * cost already is passed over.
   */
  abstract apply(run: RepricingRun, changes: readonly CostChange[]): Promise<CostChanges>;
}
