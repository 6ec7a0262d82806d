/** A part of the usage records that is no longer there. */
export interface RemovedUsage {
  /** The name of the table that they were in. */
  readonly place: string;
  readonly records: number;
}

/** Removes what has been kept for long enough. Days are those of UTC, and end by the clock of the database. */
export abstract class RetentionRepository {
  /**
   * Removes one part of the usage records, where all of it is older than so many days and its rollups have all of it; the
   * rollups stay. Audited in the same transaction.
   * @returns `undefined` where there is none
   * @throws Error that says which part holds records that were not rolled up: nothing of it is removed.
   */
  abstract removeUsage(days: number): Promise<RemovedUsage | undefined>;

  /** Removes entries of the audit of requests that are older than so many days. @returns how many, `limit` at most */
  abstract removeAuditEntries(days: number, limit: number): Promise<number>;
}
