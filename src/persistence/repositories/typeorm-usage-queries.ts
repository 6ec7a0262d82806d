import { type DataSource } from 'typeorm';
import {
  MAX_TOTALS,
  type UsageDimension,
  type UsageFilter,
  type UsageGroup,
  UsageQueries,
  type UsageTotal,
} from '../../admin/usage/usage-queries.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type UsageRecord } from '../../extensions/usage-record.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { errorCode, retryOnLostConnection } from '../lost-connection.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { UsageConditions } from './usage-conditions.js';
import { USAGE_RECORD_COLUMNS } from './usage-record.columns.js';
import { rollupsFor } from './usage-rollup.source.js';

/** As node-postgres reads it: bigint and numeric as text. */
type Row = Record<string, unknown>;

/** What a dimension is in SQL: the expressions to group by, and the value to show. */
interface Grouping {
  readonly groups: readonly string[];
  readonly value: string;
}

const DAY_FORMAT = 'YYYY-MM-DD';
/** Of a statement that has taken as long as it may. */
const QUERY_CANCELED = '57014';

const ON_RECORDS: Readonly<Record<UsageDimension, Grouping>> = {
  day: dated('day', DAY_FORMAT),
  hour: dated('hour', 'YYYY-MM-DD"T"HH24":00:00Z"'),
  // Of a key with an id the name may have changed.
  key: {
    groups: ['key_id', 'CASE WHEN key_id IS NULL THEN key_name END'],
    value: `json_build_object('id', key_id, 'name', max(key_name))`,
  },
  team: column('team'),
  organization: column('organization'),
  endUser: column('end_user'),
  tag: column('tag'),
  model: column('model'),
  provider: column('provider'),
  operation: column('operation'),
};

/** Rollups know nothing smaller than a day, and no end users or tags. */
const ON_ROLLUPS: Readonly<Record<UsageDimension, Grouping | undefined>> = {
  ...ON_RECORDS,
  // The column, in the order of an index: `day` alone would be sorted by what is shown of it.
  day: { groups: ['summed.day'], value: `to_char(summed.day, '${DAY_FORMAT}')` },
  hour: undefined,
  endUser: undefined,
  tag: undefined,
};

const BUCKETS = USAGE_RECORD_COLUMNS.filter(({ member }) => member in NO_TOKENS);

/** Usage from Postgres: records as they are, sums from the rollups wherever those can tell. */
export class TypeOrmUsageQueries extends UsageQueries {
  readonly #schema: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#schema = quotedSchema(schema);
  }

  override async records(filter: UsageFilter, limit: number, before?: string): Promise<readonly UsageRecord[]> {
    const conditions = new UsageConditions(filter);
    conditions.addTimesOfRecords();
    // Ids are in the order of their time, and each index has them sorted.
    if (before !== undefined) conditions.add((parameter) => `request_id < ${parameter}::uuid`, before);
    const columns = USAGE_RECORD_COLUMNS.map(({ name, member }) => `${name} AS "${member}"`).join(', ');
    const newest = (...more: string[]): string =>
      `SELECT ${columns} FROM ${this.#schema}.usage_record ${conditions.clause(...more)}
        ORDER BY request_id DESC LIMIT ${limit}`;
    const { key } = filter;
    const rows = await this.#query(
      key === undefined ? newest() : newestOfKey(newest, conditions.parameter(key), limit),
      conditions.parameters,
    );
    return rows.map(recordOf);
  }

  override async totals(by: readonly UsageDimension[], filter: UsageFilter): Promise<readonly UsageTotal[]> {
    const conditions = new UsageConditions(filter);
    const rollups = canRollupsTell(by, filter);
    const { key } = filter;
    if (key !== undefined) conditions.add((parameter) => `(key_id = ${parameter} OR key_name = ${parameter})`, key);
    if (!rollups) conditions.addTimesOfRecords();
    const source = rollups
      ? rollupsFor(by, filter, conditions, this.#schema)
      : `${this.#schema}.usage_record ${conditions.clause()}`;
    const dimensions = by.map((name) => (rollups ? ON_ROLLUPS : ON_RECORDS)[name] ?? ON_RECORDS[name]);
    const groups = dimensions.flatMap((dimension) => dimension.groups);
    const sum = (name: string, ofRecords: string): string => `${rollups ? `sum(${name})` : ofRecords} AS "${name}"`;
    const rows = await this.#query(
      `SELECT ${[
        ...dimensions.map(({ value }, index) => `${value} AS "${by[index]}"`),
        sum('calls', 'count(*)'),
        ...['completed', 'failed', 'aborted'].map((status) =>
          sum(status, `count(*) FILTER (WHERE status = '${status}')`),
        ),
        sum('cost', 'sum(cost)'),
        sum('unpriced', 'count(*) FILTER (WHERE cost IS NULL)'),
        ...BUCKETS.map(({ name, member }) => `sum(${name}) AS "${member}"`),
      ].join(', ')}
         FROM ${source}
        ${groups.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${groups.join(', ')} ORDER BY ${groups.join(', ')}`}
        LIMIT ${MAX_TOTALS}`,
      conditions.parameters,
    );
    return rows.map((row) => totalOf(by, row));
  }

  async #query(statement: string, parameters: unknown[]): Promise<Row[]> {
    try {
      return await retryOnLostConnection(() => this.dataSource.query<Row[]>(statement, parameters));
    } catch (error) {
      throw errorCode(error) === QUERY_CANCELED ? new GatewayError('range_required', { cause: error }) : error;
    }
  }
}

/** One index has a key's records by its id, another by its name: with OR they would be looked for among everybody's. */
function newestOfKey(newest: (condition: string) => string, key: string, limit: number): string {
  return `SELECT * FROM (
    (${newest(`key_id = ${key}`)})
    UNION ALL
    (${newest(`key_name = ${key} AND key_id IS DISTINCT FROM ${key}`)})
  ) AS found ORDER BY "requestId" DESC LIMIT ${limit}`;
}

/** They add up whole days, and no states and grades apart. */
function canRollupsTell(
  by: readonly UsageDimension[],
  { from, to, endUser, tag, status, grade }: UsageFilter,
): boolean {
  return (
    by.every((dimension) => ON_ROLLUPS[dimension] !== undefined) &&
    [from, to].every((time) => time === undefined || time.getTime() % 86_400_000 === 0) &&
    [endUser, tag, status, grade].every((value) => value === undefined)
  );
}

function recordOf(row: Row): UsageRecord {
  const tokens: Row = {};
  const record: Row = { tokens };
  for (const { member, type } of USAGE_RECORD_COLUMNS) {
    const value = row[member];
    if (member in NO_TOKENS) tokens[member] = Number(value);
    else record[member] = type === 'bigint' && typeof value === 'string' ? BigInt(value) : value;
  }
  // The columns are those of a record.
  return record as unknown as UsageRecord;
}

function totalOf(by: readonly UsageDimension[], row: Row): UsageTotal {
  const count = (name: string): number => Number(row[name] ?? 0);
  const { cost } = row;
  const group: UsageGroup = Object.fromEntries(by.map((dimension) => [dimension, row[dimension]]));
  const tokens: Record<keyof TokenUsage, number> = { ...NO_TOKENS };
  for (const bucket of Object.keys(tokens) as (keyof TokenUsage)[]) tokens[bucket] = count(bucket);
  return {
    group,
    calls: count('calls'),
    completed: count('completed'),
    failed: count('failed'),
    aborted: count('aborted'),
    tokens,
    cost: typeof cost === 'string' ? BigInt(cost) : 0n,
    unpriced: count('unpriced'),
  };
}

function column(name: string): Grouping {
  return { groups: [name], value: name };
}

/** Grouped as a time, and not by its text. */
function dated(unit: 'day' | 'hour', format: string): Grouping {
  const time = `date_trunc('${unit}', started_at AT TIME ZONE 'UTC')`;
  return { groups: [time], value: `to_char(${time}, '${format}')` };
}
