import { type DataSource, type EntityManager } from 'typeorm';
import {
  type AdminAuditEntry,
  type AdminAuditFilter,
  AdminAuditRepository,
  type ChainedEntry,
  type ChainEnd,
} from '../../admin/admin-audit.repository.js';
import { chained, ORIGIN } from '../../admin/audit-chain.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText, storableTextOrNull, wholeJson } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

const COLUMNS = `number, at, request_id AS "requestId", token_id AS "tokenId", token_name AS "tokenName", action, target,
  details, previous_hash AS "previousHash", hash`;

/** As node-postgres reads it: bigint as text. */
interface Row extends Omit<ChainedEntry, 'number' | 'administrator'> {
  readonly number: string;
  readonly tokenId: string | null;
  readonly tokenName: string;
}

/** What administrators did, in Postgres. */
export class TypeOrmAdminAuditRepository extends AdminAuditRepository {
  readonly #table: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.admin_audit`;
  }

  override append(entry: AdminAuditEntry): Promise<void> {
    return this.dataSource.transaction((on) => appendAuditEntry(on, this.schema, entry));
  }

  override list(filter: AdminAuditFilter, limit: number): Promise<readonly ChainedEntry[]> {
    const parameters: unknown[] = [];
    const conditions = [
      ['at >=', filter.from],
      ['at <', filter.to],
      ['action =', filter.action],
      ['target =', filter.target],
      ['token_id =', filter.tokenId],
      ['number <', filter.before],
    ].flatMap(([condition, value]) =>
      value === undefined
        ? []
        : [`${String(condition)} $${parameters.push(typeof value === 'string' ? storableText(value) : value)}`],
    );
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#entries(`${where} ORDER BY number DESC LIMIT ${limit}`, parameters);
  }

  override following(number: number, limit: number): Promise<readonly ChainedEntry[]> {
    return this.#entries(`WHERE number > $1 ORDER BY number LIMIT ${limit}`, [number]);
  }

  override start(): ChainEnd {
    return ORIGIN;
  }

  async #entries(rest: string, parameters: unknown[]): Promise<readonly ChainedEntry[]> {
    const rows: Row[] = await retryOnLostConnection(() =>
      this.dataSource.query(`SELECT ${COLUMNS} FROM ${this.#table} ${rest}`, parameters),
    );
    return rows.map(({ number, tokenId, tokenName, ...entry }) => ({
      ...entry,
      number: Number(number),
      administrator: { tokenId, name: tokenName },
    }));
  }
}

/**
 * Adds a line to the chain, in the transaction that the query runs in: whoever else wants to add one waits for its end, so
 * that there is neither a gap nor a fork.
 */
export async function appendAuditEntry(
  on: Pick<EntityManager, 'query'>,
  schema: string,
  entry: AdminAuditEntry,
): Promise<void> {
  const table = `${quotedSchema(schema)}.admin_audit`;
  await on.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`nestgate admin audit: ${schema}`]);
  // Milliseconds, as JavaScript has them: what is hashed must be what is read.
  const [end]: ({ at: Date } & ({ number: string; hash: Buffer } | { number: null; hash: null }))[] = await on.query(
    `SELECT clock.at, last.number, last.hash
       FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS at) AS clock
       LEFT JOIN LATERAL (SELECT number, hash FROM ${table} ORDER BY number DESC LIMIT 1) AS last ON true`,
  );
  if (end === undefined) throw new Error('The database does not tell the time');
  const last = end.number === null ? ORIGIN : { number: Number(end.number), hash: end.hash };
  await insertLink(on, table, chained(storable(entry), last, end.at));
}

/** As it will be read. */
function storable({ requestId, administrator, action, target, details }: AdminAuditEntry): AdminAuditEntry {
  return {
    requestId,
    administrator: { tokenId: administrator.tokenId, name: storableText(administrator.name) },
    action,
    target: storableTextOrNull(target),
    details: JSON.parse(wholeJson(details)) as AdminAuditEntry['details'],
  };
}

async function insertLink(on: Pick<EntityManager, 'query'>, table: string, entry: ChainedEntry): Promise<void> {
  await on.query(
    `INSERT INTO ${table}
       (number, at, request_id, token_id, token_name, action, target, details, previous_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      entry.number,
      entry.at,
      entry.requestId,
      entry.administrator.tokenId,
      entry.administrator.name,
      entry.action,
      entry.target,
      JSON.stringify(entry.details),
      entry.previousHash,
      entry.hash,
    ],
  );
}
