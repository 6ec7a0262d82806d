import { type DataSource } from 'typeorm';
import {
  type Claim,
  type FoundClaim,
  IdempotencyRepository,
  LEASE_MS,
  type NewClaim,
  type SettledState,
} from '../../extensions/idempotency/idempotency.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

/** A key may come and go between two looks at it, but not for ever. */
const MAX_LOOKS = 20;

type ClaimRow = { readonly isGranted: true } | ({ readonly isGranted: false } & FoundClaim);

/**
 * Idempotency keys in Postgres. Times are those of its clock, and who takes a key is decided in one statement, so that
 * replicas agree. Each statement may run twice for the same call without doing more.
 */
export class TypeOrmIdempotencyRepository extends IdempotencyRepository {
  readonly #table: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.idempotency_key`;
  }

  override async claim({ id, requestId, fingerprint, ttl }: NewClaim): Promise<FoundClaim | undefined> {
    for (let looks = 1; ; looks++) {
      const [row] = await this.#query<ClaimRow>(
        `WITH granted AS (
           INSERT INTO ${this.#table} AS taken (id, request_id, fingerprint, state, leased_until, expires_at)
           VALUES ($1, $2, $3, 'in_progress', now() + $4 * interval '1 ms', now() + $5 * interval '1 ms')
           ON CONFLICT (id) DO UPDATE
              SET request_id = excluded.request_id, fingerprint = excluded.fingerprint, state = excluded.state,
                  answer = NULL, leased_until = excluded.leased_until, expires_at = excluded.expires_at
            WHERE taken.request_id = excluded.request_id OR ${isOver('taken')}
           RETURNING id
         )
         SELECT true AS "isGranted", NULL AS state, NULL AS fingerprint, NULL AS answer FROM granted
         UNION ALL
         SELECT false, CASE WHEN state = 'in_progress' AND leased_until <= now() THEN 'unknown' ELSE state END,
                fingerprint, answer
           FROM ${this.#table} AS taken
          WHERE id = $1 AND NOT ${isOver('taken')} AND NOT EXISTS (SELECT 1 FROM granted)`,
        [id, requestId, fingerprint, LEASE_MS, ttl],
      );
      if (row?.isGranted === true) return undefined;
      if (row !== undefined) return row;
      // Another call has taken it since this statement began, which therefore does not see its row.
      if (looks === MAX_LOOKS) throw new Error('An idempotency key could neither be taken nor found.');
    }
  }

  override async renew(claims: readonly Claim[]): Promise<void> {
    await this.#query(
      `UPDATE ${this.#table} AS taken SET leased_until = now() + $3 * interval '1 ms'
         FROM unnest($1::bytea[], $2::uuid[]) AS mine(id, request_id)
        WHERE taken.id = mine.id AND taken.request_id = mine.request_id AND taken.state = 'in_progress'`,
      [claims.map(({ id }) => id), claims.map(({ requestId }) => requestId), LEASE_MS],
    );
  }

  override async settle({ id, requestId }: Claim, state: SettledState, answer: Buffer | null): Promise<void> {
    await this.#query(`UPDATE ${this.#table} SET state = $3, answer = $4 WHERE id = $1 AND request_id = $2`, [
      id,
      requestId,
      state,
      answer,
    ]);
  }

  override async release({ id, requestId }: Claim): Promise<void> {
    await this.#query(`DELETE FROM ${this.#table} WHERE id = $1 AND request_id = $2`, [id, requestId]);
  }

  override async sweep(limit: number): Promise<number> {
    const rows = await this.#query<{ swept: number }>(
      `WITH swept AS (
         DELETE FROM ${this.#table} WHERE id IN (
           SELECT id FROM ${this.#table} AS taken WHERE ${isOver('taken')} LIMIT $1 FOR UPDATE SKIP LOCKED
         ) RETURNING 1
       ) SELECT count(*)::int AS swept FROM swept`,
      [limit],
    );
    return rows[0]?.swept ?? 0;
  }

  #query<Row>(statement: string, parameters: unknown[]): Promise<Row[]> {
    return retryOnLostConnection(() => this.dataSource.query(statement, parameters));
  }
}

/** Whether the time of a key is over. Not that of a call that is still in progress, however long it takes. */
function isOver(row: string): string {
  return `(${row}.expires_at <= now() AND (${row}.state <> 'in_progress' OR ${row}.leased_until <= now()))`;
}
