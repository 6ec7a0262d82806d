import { type DataSource, type EntityManager } from 'typeorm';
import { firstIdAt, timeOfId } from './record-ids.js';
import { quotedSchema } from './schema-name.js';

/** Where records go that no month is there for: none is ever refused for that. */
export const REST = 'usage_record_rest';

/** This month and those after it, so that nobody waits for one to be made. */
const MONTHS_AHEAD = 2;
/** Whoever waits for a table makes everybody else wait behind. */
const WAIT_FOR_TABLES_MS = 2_000;

/** A part of the usage records, by the time that their ids begin with. */
export interface UsagePartition {
  readonly name: string;
  /** `-Infinity` for the records of before the table was partitioned. */
  readonly from: number;
  /** Milliseconds since 1970, not included. */
  readonly to: number;
}

type Query = Pick<EntityManager, 'query'>;

/** In the order of their time; without the rest. */
export async function usagePartitions(on: Query, schema: string): Promise<readonly UsagePartition[]> {
  const rows: { name: string; bounds: string }[] = await on.query(
    `SELECT part.relname AS name, pg_get_expr(part.relpartbound, part.oid) AS bounds
       FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
      WHERE inhparent = $1::regclass`,
    [`${quotedSchema(schema)}.usage_record`],
  );
  const partitions = rows.flatMap(({ name, bounds }) => {
    const [, from, to] = /FROM \((?:MINVALUE|'([^']+)')\) TO \('([^']+)'\)/.exec(bounds) ?? [];
    if (to === undefined) return [];
    return { name, from: from === undefined ? Number.NEGATIVE_INFINITY : timeOfId(from), to: timeOfId(to) };
  });
  return partitions.sort((a, b) => a.from - b.from);
}

/** The months that need a partition and have none: this one, those ahead, and each that records of are in the rest. */
export async function missingMonths(on: Query, schema: string): Promise<readonly number[]> {
  const partitions = await usagePartitions(on, schema);
  const [clock]: { now: Date }[] = await on.query('SELECT now()');
  if (clock === undefined) throw new Error('The database does not tell the time');
  const thisMonth = monthOf(clock.now.getTime());
  const isThere = (month: number): boolean => partitions.some(({ from, to }) => from <= month && month < to);
  const ahead = Array.from({ length: MONTHS_AHEAD + 1 }, (_, months) => monthsAfter(thisMonth, months));
  const left = await monthsOfTheRest(on, schema, monthsAfter(thisMonth, MONTHS_AHEAD + 1));
  return [...new Set([...left, ...ahead])].filter((month) => !isThere(month));
}

/**
 * Makes a month's partition, in the transaction that it runs in, and moves the month's records there out of the rest.
 * @param month milliseconds since 1970 of its beginning
 * @returns whether it was not there
 */
export async function makeUsagePartition(on: Query, schema: string, month: number): Promise<boolean> {
  const quoted = quotedSchema(schema);
  await takeTurn(on, schema);
  if ((await usagePartitions(on, schema)).some(({ from, to }) => from <= month && month < to)) return false;
  const table = `${quoted}.${partitionName(month)}`;
  const [first, end] = [firstIdAt(month), firstIdAt(monthsAfter(month, 1))];
  await on.query(`CREATE TABLE ${table} (LIKE ${quoted}.usage_record INCLUDING ALL)`);
  // One who may act for the owner must leave nothing that is not the owner's.
  await on.query(`ALTER TABLE ${table} OWNER TO ${await ownerOf(on, `${quoted}.usage_record`)}`);
  // The whole first: who has found its parts, and then waits for the rest, would not see what has moved meanwhile.
  await on.query(`LOCK TABLE ONLY ${quoted}.usage_record, ${quoted}.${REST} IN ACCESS EXCLUSIVE MODE`);
  await on.query(
    `WITH moved AS (
       DELETE FROM ${quoted}.${REST} WHERE request_id >= '${first}' AND request_id < '${end}' RETURNING *
     ) INSERT INTO ${table} SELECT * FROM moved`,
  );
  // Not CREATE … PARTITION OF, which is refused where the rest has records of the month.
  await on.query(
    `ALTER TABLE ${quoted}.usage_record ATTACH PARTITION ${table} FOR VALUES FROM ('${first}') TO ('${end}')`,
  );
  return true;
}

/** Until the end of the transaction: replicas take turns, and nobody waits long. */
export async function takeTurn(on: Query, schema: string): Promise<void> {
  await on.query(`SET LOCAL lock_timeout = ${WAIT_FOR_TABLES_MS}`);
  await on.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`nestgate partitions: ${schema}`]);
}

/** Whether the table is as the migrations leave it, in SQL that is missing: TypeORM knows nothing of partitions. */
export async function partitionDrift(dataSource: DataSource, schema: string): Promise<string[]> {
  const table = `${quotedSchema(schema)}.usage_record`;
  const [found]: { key: string | null; rest: string | null }[] = await dataSource.query(
    `SELECT pg_get_partkeydef(table_name.oid) AS key,
            (SELECT pg_get_expr(part.relpartbound, part.oid) FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
              WHERE inhparent = table_name.oid AND part.relname = $2) AS rest
       FROM (SELECT to_regclass($1)::oid AS oid) AS table_name`,
    [table, REST],
  );
  return [
    ...(found?.key === 'RANGE (request_id)' ? [] : [`-- ${table} is not PARTITION BY RANGE (request_id)`]),
    ...(found?.rest === 'DEFAULT'
      ? []
      : [`CREATE TABLE ${quotedSchema(schema)}.${REST} PARTITION OF ${table} DEFAULT`]),
  ];
}

/** Quoted. */
async function ownerOf(on: Query, table: string): Promise<string> {
  const [row]: { owner: string }[] = await on.query(
    'SELECT quote_ident(pg_get_userbyid(relowner)) AS owner FROM pg_class WHERE oid = $1::regclass',
    [table],
  );
  if (row === undefined) throw new Error(`${table} is not there`);
  return row.owner;
}

/** Those before `end` that it holds records of. */
async function monthsOfTheRest(on: Query, schema: string, end: number): Promise<number[]> {
  const months: number[] = [];
  for (let after = 0; ;) {
    const [first]: { id: string }[] = await on.query(
      `SELECT request_id AS id FROM ${quotedSchema(schema)}.${REST}
        WHERE request_id >= $1::uuid AND request_id < $2::uuid ORDER BY request_id LIMIT 1`,
      [firstIdAt(after), firstIdAt(end)],
    );
    if (first === undefined) return months;
    const month = monthOf(timeOfId(first.id));
    months.push(month);
    after = monthsAfter(month, 1);
  }
}

/** `usage_record_2026_12` */
function partitionName(month: number): string {
  return `usage_record_${new Date(month).toISOString().slice(0, 7).replace('-', '_')}`;
}

function monthOf(time: number): number {
  return monthsAfter(time, 0);
}

/** The beginning of a month of UTC. */
function monthsAfter(time: number, months: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
}
