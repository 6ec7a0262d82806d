import { type CallStatus, type UsageGrade, type UsageRecord } from '../../extensions/usage-record.js';
import { type TokenUsage } from '../../protocol/token-usage.js';

/** Which records: those that are like all that is given. */
export interface UsageFilter {
  /** Started then or later. */
  readonly from?: Date | undefined;
  /** Started before. */
  readonly to?: Date | undefined;
  /** The id or the name of a key. */
  readonly key?: string | undefined;
  readonly team?: string | undefined;
  readonly organization?: string | undefined;
  readonly endUser?: string | undefined;
  readonly tag?: string | undefined;
  /** After aliases. */
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly operation?: string | undefined;
  readonly status?: CallStatus | undefined;
  readonly grade?: UsageGrade | undefined;
}

/** By what usage can be added up. Days and hours are of UTC. */
export const USAGE_DIMENSIONS = [
  'day',
  'hour',
  'key',
  'team',
  'organization',
  'endUser',
  'tag',
  'model',
  'provider',
  'operation',
] as const;

export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** What a group of records has in common: a member for each dimension that was asked for. */
export interface UsageGroup {
  /** `2026-03-01` */
  readonly day?: string;
  /** `2026-03-01T12:00:00Z` */
  readonly hour?: string;
  /** Of a key with an id, one of its names. */
  readonly key?: { readonly id: string | null; readonly name: string };
  readonly team?: string | null;
  readonly organization?: string | null;
  readonly endUser?: string | null;
  readonly tag?: string | null;
  readonly model?: string;
  readonly provider?: string | null;
  readonly operation?: string;
}

export interface UsageTotal {
  readonly group: UsageGroup;
  readonly calls: number;
  readonly completed: number;
  readonly failed: number;
  readonly aborted: number;
  readonly tokens: TokenUsage;
  /** In pico-USD, of the calls whose cost is known. */
  readonly cost: bigint;
  /** Calls whose cost is not known. */
  readonly unpriced: number;
}

/** No question is answered with more groups. */
export const MAX_TOTALS = 10_000;

/** What was used. */
export abstract class UsageQueries {
  /**
   * The newest first.
   * @param before the request id of a record: only older ones.
   */
  abstract records(filter: UsageFilter, limit: number, before?: string): Promise<readonly UsageRecord[]>;

  /** Sums by group, in the order of the groups; the first {@link MAX_TOTALS} of them. */
  abstract totals(by: readonly UsageDimension[], filter: UsageFilter): Promise<readonly UsageTotal[]>;
}
