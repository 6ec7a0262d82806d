import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TypeOrmKeyAdministration } from '../../src/persistence/repositories/typeorm-key-administration.js';
import { TypeOrmUsageQueries } from '../../src/persistence/repositories/typeorm-usage-queries.js';
import { makeUsagePartition } from '../../src/persistence/usage-partitions.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const ROWS = 20_000;
/** One an hour, in the order of its time, as the gateway makes them. */
const ID = `(lpad(to_hex(1700000000000 + i * 3600000::bigint), 12, '0') || '7000' || '8' || substr(md5(i::text), 1, 15))::uuid`;
const AT = `to_timestamp(1700000000 + i * 3600)`;

let database: TestDatabase;
let dataSource: DataSource;
let keys: TypeOrmKeyAdministration;
let usage: TypeOrmUsageQueries;

beforeAll(async () => {
  database = await testDatabase();
  dataSource = await database.open();
  // Those of the first month are in the rest.
  for (let month = 0; month < 26; month++) {
    await dataSource.transaction((on) => makeUsagePartition(on, 'nestgate', Date.UTC(2023, 11 + month)));
  }
  await database.sql(
    `INSERT INTO nestgate.usage_record (
       request_id, started_at, duration_ms, operation, streaming, key_id, key_name, team, organization, end_user, request_model, model, status,
       http_status, grade, input_uncached, cache_read, cache_write_5m, cache_write_1h, input_audio, output, reasoning,
       output_audio, attempts)
     SELECT ${ID}, ${AT}, 1, 'chat', false, 'key-' || i % 500, 'name-' || i % 500, 'team-' || i % 500, 'acme-' || i % 50,
       CASE WHEN i % 3 = 0 THEN 'user-' || i % 500 END, 'm', 'm', CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'completed' END, 200, 'exact', 1, 0, 0, 0, 0, 1, 0,
       0, '[]' FROM generate_series(1, ${ROWS}) AS i`,
    `INSERT INTO nestgate.usage_rollup (
       day, dimensions, key_id, key_name, team, model, operation, calls, completed, failed, aborted, input_uncached, cache_read,
       cache_write_5m, cache_write_1h, input_audio, output, reasoning, output_audio, cost, unpriced)
     SELECT date '2020-01-01' + i / 10, sha256(i::text::bytea), 'key-' || i % 500, 'name-' || i % 500, 'team-' || i % 500, 'm', 'chat', 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0
       FROM generate_series(1, ${ROWS}) AS i`,
    `INSERT INTO nestgate.api_key (id, name, digest, masked, created_at, settings, disabled_at, expires_at)
     SELECT lpad(i::text, 12, '0'), 'key-' || i, sha256(i::text::bytea), '', ${AT},
       jsonb_build_object('team', 'team-' || i % 1000), CASE WHEN i % 200 = 0 THEN now() END,
       CASE WHEN i % 100 = 1 THEN now() + (i - 1000) * interval '1 hour' END FROM generate_series(1, ${ROWS}) AS i`,
    'VACUUM ANALYZE nestgate.usage_record',
    'VACUUM ANALYZE nestgate.usage_rollup',
    'VACUUM ANALYZE nestgate.usage_by_month',
    'VACUUM ANALYZE nestgate.usage_by_day',
    'VACUUM ANALYZE nestgate.api_key',
  );
  keys = new TypeOrmKeyAdministration(dataSource);
  usage = new TypeOrmUsageQueries(dataSource);
});

afterAll(() => database.drop());

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** How rows are found: by which index of what, or by reading all of it. What is done with them is each version's own. */
function readsOf(plan: PlanNode): string {
  const partitions = new Map<string, string[]>();
  for (const read of namesOf(plan)) {
    const [, month, index] = /^(?:all of )?usage_record_(\d{4}_\d\d|rest)_?(.*)$/.exec(read) ?? [];
    const name = index === undefined ? read : read.replace(`_${month}`, '');
    const months = partitions.get(name) ?? [];
    partitions.set(name, month === undefined ? months : [...months, month]);
  }
  return [...partitions].map(([name, months]) => `${name}${whereOf(months)}`).join(', ');
}

/** In which partitions: named, where they are few. */
function whereOf(months: readonly string[]): string {
  if (months.length === 0) return '';
  return months.length > 4 ? ' in each month' : ` in ${months.toSorted().join(' and ')}`;
}

function namesOf({ Plans = [], ...node }: PlanNode): string[] {
  const { 'Index Name': index, 'Relation Name': relation } = node;
  const isRead = index !== undefined || node['Node Type'] === 'Seq Scan';
  return [...(isRead ? [index ?? `all of ${relation}`] : []), ...Plans.flatMap(namesOf)];
}

const MONTH = { from: new Date('2024-03-01'), to: new Date('2024-04-01') };
/** Of a record in the midst of them. */
const CURSOR = '018fb000-0000-7000-8000-000000000000';
const position = { value: '2024-11-20T00:00:00.000000Z', id: '000000000100' };

/** What administrators ask most, of what grows. */
const ASKED: Readonly<Record<string, () => Promise<unknown>>> = {
  'records, the newest': () => usage.records({}, 100),
  'records, the page after': () => usage.records({}, 100, CURSOR),
  'records of a key': () => usage.records({ key: 'key-7' }, 100),
  'records of a key, the page after': () => usage.records({ key: 'key-7' }, 100, CURSOR),
  'records of a month': () => usage.records(MONTH, 100),
  'records of a key in a month': () => usage.records({ key: 'key-7', ...MONTH }, 100),
  'records of a team': () => usage.records({ team: 'team-7' }, 100),
  'records of an organisation': () => usage.records({ organization: 'acme-7' }, 100),
  'records of an end user': () => usage.records({ endUser: 'user-7' }, 100),
  'records that failed': () => usage.records({ status: 'failed' }, 100),
  'records of a name that nobody has': () => usage.records({ key: 'nobody' }, 100),
  'totals of a key': () => usage.totals([], { key: 'key-7' }),
  'totals of a key by day in a month': () => usage.totals(['day'], { key: 'key-7', ...MONTH }),
  'totals of a team by day': () => usage.totals(['day'], { team: 'team-7' }),
  'totals of a key by hour': () => usage.totals(['hour'], { key: 'key-7' }),
  'totals of a team by model': () => usage.totals(['model'], { team: 'team-7' }),
  'totals of all by model': () => usage.totals(['model'], {}),
  'totals of all by day': () => usage.totals(['day'], {}),
  'totals of all by team': () => usage.totals(['team'], {}),
  'totals of days, not of whole months, by team': () =>
    usage.totals(['team'], { from: new Date('2024-03-17'), to: new Date('2024-06-03') }),
  'totals of a month': () => usage.totals([], MONTH),
  'totals of a month by day and model': () => usage.totals(['day', 'model'], MONTH),
  'keys, the newest': () => keys.list({}, '-createdAt', 100),
  'keys, the page after': () => keys.list({}, '-createdAt', 100, position),
  'keys by name': () => keys.list({}, 'name', 100),
  'keys of a name': () => keys.list({ name: 'key-77' }, '-createdAt', 100),
  'keys of a team': () => keys.list({ team: 'team-7' }, '-createdAt', 100),
  'keys that are revoked': () => keys.list({ status: 'revoked' }, '-createdAt', 100),
  'keys that are disabled': () => keys.list({ status: 'disabled' }, '-createdAt', 100),
  'keys that have expired': () => keys.list({ status: 'expired' }, '-createdAt', 100),
  'a key': () => keys.find('000000000077'),
};

describe('what is asked of large tables', () => {
  it('is found by the indexes that test/persistence/plans names', async () => {
    const query = vi.spyOn(dataSource, 'query');
    const plans: Record<string, string> = {};
    for (const [name, ask] of Object.entries(ASKED)) {
      query.mockClear();
      await ask();
      const [[statement, parameters] = []] = query.mock.calls;
      const [row]: { 'QUERY PLAN': { Plan: PlanNode }[] }[] = await dataSource.query(
        `EXPLAIN (FORMAT JSON) ${statement}`,
        parameters,
      );
      plans[name] = row?.['QUERY PLAN'].map(({ Plan }) => readsOf(Plan)).join(', ') ?? '';
    }
    // Sums of months and of days are few, and there to be read.
    expect(JSON.stringify(plans)).not.toMatch(/all of (?!usage_by_(?:month|day)\b)/);
    await expect(`${JSON.stringify(plans, undefined, 2)}\n`).toMatchFileSnapshot('plans/hot-queries.json');
  });
});
