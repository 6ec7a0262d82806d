import { type DataSource, type EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { type RemovedUsage, RetentionRepository } from '../../extensions/retention/retention.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { LEEWAY_MS } from '../record-ids.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { withSideConnection } from '../side-data-source.js';
import { REST, takeTurn, usagePartitions } from '../usage-partitions.js';
import { appendAuditEntry } from './typeorm-admin-audit.repository.js';

/** A month of records is counted. */
const TIMEOUT_MS = 600_000;
const BATCH = 10_000;

/** What is older than so many whole days of UTC. */
const CUTOFF = `(date_trunc('day', now() AT TIME ZONE 'UTC') - $1 * interval '1 day') AT TIME ZONE 'UTC'`;

type Query = Pick<EntityManager, 'query'>;

/** Removes old rows from Postgres: usage records by the partition, entries of the audit by the batch. */
export class TypeOrmRetentionRepository extends RetentionRepository {
  readonly #quoted: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#quoted = quotedSchema(schema);
  }

  override async removeUsage(days: number): Promise<RemovedUsage | undefined> {
    if ((await this.#oldPlace(this.dataSource, days)) === undefined) return undefined;
    return withSideConnection(this.dataSource, TIMEOUT_MS, (side) =>
      side.transaction(async (on) => {
        await takeTurn(on, this.schema);
        // Another replica may have been first.
        const place = await this.#oldPlace(on, days);
        if (place === undefined) return undefined;
        const records = place === REST ? await this.#removeFromRest(on, days) : await this.#drop(on, place);
        await appendAuditEntry(on, this.schema, {
          requestId: uuidv7(),
          administrator: { tokenId: null, name: 'retention' },
          action: 'usage.remove',
          target: place,
          details: { records, olderThanDays: days },
        });
        return { place, records };
      }),
    );
  }

  override async removeAuditEntries(days: number, limit: number): Promise<number> {
    const table = `${this.#quoted}.request_audit`;
    const rows: { removed: number }[] = await retryOnLostConnection(() =>
      this.dataSource.query(
        `WITH removed AS (
           DELETE FROM ${table} WHERE request_id IN (SELECT request_id FROM ${table} WHERE at < ${CUTOFF} LIMIT $2)
           RETURNING 1
         ) SELECT count(*)::int AS removed FROM removed`,
        [days, limit],
      ),
    );
    return rows[0]?.removed ?? 0;
  }

  /** A partition that holds nothing younger, or the rest where it holds something as old. */
  async #oldPlace(on: Query, days: number): Promise<string | undefined> {
    const [found]: { cutoff: Date; inRest: boolean }[] = await on.query(
      `SELECT ${CUTOFF} AS cutoff, EXISTS (SELECT 1 FROM ${this.#quoted}.${REST} WHERE started_at < ${CUTOFF}) AS "inRest"`,
      [days],
    );
    if (found === undefined) return undefined;
    const old = (await usagePartitions(on, this.schema)).find(({ to }) => to + LEEWAY_MS <= found.cutoff.getTime());
    return old?.name ?? (found.inRest ? REST : undefined);
  }

  async #drop(on: Query, place: string): Promise<number> {
    const table = `${this.#quoted}."${place}"`;
    const [counted]: { records: string; notRolledUp: string | null }[] = await on.query(
      `WITH stored AS MATERIALIZED (
         SELECT (started_at AT TIME ZONE 'UTC')::date AS day, count(*) AS records FROM ${table} GROUP BY day
       ), kept AS (
         SELECT day, sum(calls) AS calls FROM ${this.#quoted}.usage_rollup
          WHERE day BETWEEN (SELECT min(day) FROM stored) AND (SELECT max(day) FROM stored) GROUP BY day
       )
       SELECT coalesce(sum(records), 0) AS records,
              min(day) FILTER (WHERE coalesce(calls, 0) < records)::text AS "notRolledUp"
         FROM stored LEFT JOIN kept USING (day)`,
    );
    const { records = '0', notRolledUp = null } = counted ?? {};
    if (notRolledUp !== null) {
      throw new Error(`${place} has more records of ${notRolledUp} than usage_rollup counts, and stays`);
    }
    await on.query(`DROP TABLE ${table}`);
    return Number(records);
  }

  async #removeFromRest(on: Query, days: number): Promise<number> {
    const table = `${this.#quoted}.${REST}`;
    const [removed]: { records: number }[] = await on.query(
      `WITH removed AS (
         DELETE FROM ${table} WHERE request_id IN (SELECT request_id FROM ${table} WHERE started_at < ${CUTOFF} LIMIT $2)
         RETURNING 1
       ) SELECT count(*)::int AS records FROM removed`,
      [days, BATCH],
    );
    return removed?.records ?? 0;
  }
}
