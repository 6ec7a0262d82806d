import { type DataSource } from 'typeorm';
import {
  MAX_TOTALS,
  type UsageDimension,
  type UsageFilter,
  type UsageGroup,
  UsageQueries,
  type UsageTotal,
} from '../../admin/usage/usage-queries.js';
import { type UsageRecord } from '../../extensions/usage-record.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText } from '../postgres-values.js';
import { leastIdBeyond, leastIdFrom } from '../record-ids.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { USAGE_RECORD_COLUMNS } from './usage-record.columns.js';

/** As node-postgres reads it: bigint and numeric as text. */
type Row = Record<string, unknown>;

/** What a dimension is in SQL: the expressions to group by, and the value to show. */
interface Grouping {
  readonly groups: readonly string[];
  readonly value: string;
}

const DAY_FORMAT = 'YYYY-MM-DD';

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
  day: { groups: ['day'], value: `to_char(day, '${DAY_FORMAT}')` },
  hour: undefined,
  endUser: undefined,
  tag: undefined,
};

const BUCKETS = USAGE_RECORD_COLUMNS.filter(({ member }) => member in NO_TOKENS);

/** The members of a filter that a column must equal. */
const EQUAL = [
  ['team', 'team'],
  ['organization', 'organization'],
  ['endUser', 'end_user'],
  ['tag', 'tag'],
  ['model', 'model'],
  ['provider', 'provider'],
  ['operation', 'operation'],
  ['status', 'status'],
  ['grade', 'grade'],
] as const;

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
    const conditions = new Conditions(filter);
    conditions.addTimesOfRecords();
    // Ids are in the order of their time, and each index has them sorted.
    if (before !== undefined) conditions.add((parameter) => `request_id < ${parameter}::uuid`, before);
    const columns = USAGE_RECORD_COLUMNS.map(({ name, member }) => `${name} AS "${member}"`).join(', ');
    const newest = (condition?: string): string =>
      `SELECT ${columns} FROM ${this.#schema}.usage_record ${conditions.clause(condition)}
        ORDER BY request_id DESC LIMIT ${limit}`;
    const { key } = filter;
    const rows = await this.#query(
      key === undefined ? newest() : newestOfKey(newest, conditions.parameter(key), limit),
      conditions.parameters,
    );
    return rows.map(recordOf);
  }

  override async totals(by: readonly UsageDimension[], filter: UsageFilter): Promise<readonly UsageTotal[]> {
    const conditions = new Conditions(filter);
    const rollups = canRollupsTell(by, filter);
    if (rollups) conditions.addDays();
    else conditions.addTimesOfRecords();
    const { key } = filter;
    if (key !== undefined) conditions.add((parameter) => `(key_id = ${parameter} OR key_name = ${parameter})`, key);
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
         FROM ${this.#schema}.${rollups ? 'usage_rollup' : 'usage_record'}
         ${conditions.clause()}
        ${groups.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${groups.join(', ')} ORDER BY ${groups.join(', ')}`}
        LIMIT ${MAX_TOTALS}`,
      conditions.parameters,
    );
    return rows.map((row) => totalOf(by, row));
  }

  #query(statement: string, parameters: unknown[]): Promise<Row[]> {
    return retryOnLostConnection(() => this.dataSource.query(statement, parameters));
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

/** The WHERE clause of a filter, but for its key and its times, and its parameters. */
class Conditions {
  readonly parameters: string[] = [];
  readonly #conditions: string[] = [];

  constructor(private readonly filter: UsageFilter) {
    for (const [name, columnName] of EQUAL) {
      const value = filter[name];
      if (value !== undefined) this.add((parameter) => `${columnName} = ${parameter}`, value);
    }
  }

  parameter(value: string): string {
    return `$${this.parameters.push(storableText(value))}`;
  }

  add(condition: (parameter: string) => string, value: string): void {
    this.#conditions.push(condition(this.parameter(value)));
  }

  addDays(): void {
    const { from, to } = this.filter;
    if (from !== undefined) this.add((parameter) => `day >= ${parameter}`, from.toISOString().slice(0, 10));
    if (to !== undefined) this.add((parameter) => `day < ${parameter}`, to.toISOString().slice(0, 10));
  }

  /** Ids begin with the time, and lead to the records. */
  addTimesOfRecords(): void {
    const { from, to } = this.filter;
    if (from !== undefined) {
      this.add((parameter) => `started_at >= ${parameter}`, from.toISOString());
      this.add((parameter) => `request_id >= ${parameter}::uuid`, leastIdFrom(from));
    }
    if (to !== undefined) {
      this.add((parameter) => `started_at < ${parameter}`, to.toISOString());
      this.add((parameter) => `request_id < ${parameter}::uuid`, leastIdBeyond(to));
    }
  }

  /** @param condition one more */
  clause(condition?: string): string {
    const all = condition === undefined ? this.#conditions : [...this.#conditions, condition];
    return all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`;
  }
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
