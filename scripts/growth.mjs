// Fills a database of its own with keys and usage records, and times what administrators ask of it, by the built
// package's own classes. Prints a table: how long each question takes, and by which indexes it is answered; ends with 1
// where a whole table is read that need not be, or a question is not answered within the five seconds that a statement has.
//
//   node scripts/growth.mjs [--keys 1000000] [--records 10000000] [--months 12] [--keep]
//
// DATABASE_URL names a server where a database may be made, and is dropped again unless --keep is given; left out, an
// embedded one is started in the directory for temporary files. Needs 12 GB of disk, and a quarter of an hour.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { connect, createDataSource } from '../dist/persistence/data-source.js';
import { migrate } from '../dist/persistence/migrate.js';
import { TypeOrmKeyAdministration } from '../dist/persistence/repositories/typeorm-key-administration.js';
import { TypeOrmUsageQueries } from '../dist/persistence/repositories/typeorm-usage-queries.js';
import { rollUp } from '../dist/persistence/repositories/usage-rollup.statement.js';
import { makeUsagePartition } from '../dist/persistence/usage-partitions.js';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000000' },
    records: { type: 'string', default: '10000000' },
    months: { type: 'string', default: '12' },
    keep: { type: 'boolean', default: false },
  },
});
const [keys, records, months] = [values.keys, values.records, values.months].map(Number);
if (![keys, records, months].every((number) => Number.isSafeInteger(number) && number > 0))
  throw new Error('--keys, --records and --months are whole numbers above 0.');

const TIMES = 5;
/** What reading a table costs, as the planner counts, that has next to nothing in it. */
const TINY = 1_000;
/** What no index is for: it needs a range of time. */
const WANTS_RANGE = new Set(['records of a model that is not']);
/** Where there are few keys, that is all of them. */
const READS_ALL = new Set([...WANTS_RANGE, 'totals of all by key']);
/** Sums, which are few and there to be read. */
const SUMS = new Set(['all of usage_by_month', 'all of usage_by_day']);
const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
const STEP = 500_000;
const end = Date.now();
const start = end - months * MONTH_MS;
/** Half of what is asked is asked by so many keys; the other half by all of them. */
const BUSY = 1_000;

const server = await openServer();
const database = `nestgate_growth_${process.pid}`;
await run(server.url, `CREATE DATABASE ${database}`);
const url = new URL(server.url);
url.pathname = `/${database}`;
let isFine = false;
try {
  await fill(url.href);
  isFine = await ask(url.href);
} finally {
  if (values.keep) console.log(`Kept: ${database}`);
  else await run(server.url, `DROP DATABASE ${database} WITH (FORCE)`);
  await server.stop();
}
process.exitCode = isFine ? 0 : 1;

async function openServer() {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined) return { url: given, stop: () => Promise.resolve() };
  const { EmbeddedPostgres } = await import('../dist/server/embedded-postgres.js');
  const folder = await mkdtemp(join(tmpdir(), 'nestgate-growth-'));
  const postgres = await EmbeddedPostgres.start(join(folder, 'data'));
  const { host, port, user, database: name } = postgres.connection;
  return {
    url: `postgresql://${user}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`,
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(address, ...statements) {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    let rows = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

async function fill(address) {
  const [version] = await run(address, 'SHOW server_version');
  console.log(`Postgres ${version.server_version}: ${keys} keys, ${records} usage records of ${months} months\n`);
  await migrate(createDataSource({ url: address }));
  await makeMonths(address);
  await timed('keys', () =>
    run(
      address,
      `INSERT INTO nestgate.api_key (
         id, name, digest, masked, created_at, updated_at, settings, disabled_at, revoked_at, expires_at)
       SELECT 'key-' || i, 'name-' || i, sha256(i::text::bytea), 'sk-…', at, at,
              jsonb_build_object('team', 'team-' || i % 5000, 'organization', 'organization-' || i % 50),
              CASE WHEN i % 100 = 99 THEN at END, CASE WHEN i % 100 = 99 THEN at END,
              CASE WHEN i % 50 = 1 THEN at + interval '200 days' END
         FROM generate_series(0, ${keys - 1}) AS i,
              LATERAL (SELECT to_timestamp((${start} + i * ${months * MONTH_MS}::float / ${keys}) / 1000)) AS s (at)`,
      'VACUUM ANALYZE nestgate.api_key',
    ),
  );
  await timed('records', async () => {
    for (let first = 0; first < records; first += STEP) {
      await run(address, 'SET synchronous_commit = off', insert(first, Math.min(first + STEP, records) - 1));
    }
    for (const table of ['usage_record', 'usage_by_month', 'usage_by_day']) {
      await run(address, `VACUUM ANALYZE nestgate.${table}`);
    }
  });
  await timed('rollups', () =>
    run(
      address,
      `SET work_mem = '256MB'`,
      rollUp('nestgate', 'nestgate.usage_record'),
      'VACUUM ANALYZE nestgate.usage_rollup',
    ),
  );
  const [size] = await run(
    address,
    `SELECT pg_size_pretty(pg_database_size(current_database())) AS size,
            (SELECT count(*) FROM nestgate.usage_rollup) AS rollups,
            (SELECT count(*) FROM nestgate.usage_by_month) AS months,
            (SELECT count(*) FROM nestgate.usage_by_day) AS days`,
  );
  console.log(
    `${size.size} with all indexes, ${size.rollups} rollups, sums of months in ${size.months} rows, of days in ${size.days}\n`,
  );
}

/** As they would have been made while the gateway ran. */
async function makeMonths(address) {
  const dataSource = await createDataSource({ url: address }).initialize();
  for (let { from } = monthOf(new Date(start)); from.getTime() <= end; from = monthOf(from).to) {
    await dataSource.transaction((on) => makeUsagePartition(on, 'nestgate', from.getTime()));
  }
  await dataSource.destroy();
}

/** A key is of one team, and a team of one organisation; the busy ones are the first. */
function insert(first, last) {
  return `
    INSERT INTO nestgate.usage_record (
      request_id, started_at, duration_ms, operation, streaming, key_id, key_name, team, organization, end_user,
      request_model, model, provider, upstream_model, status, http_status, error_code, grade, input_uncached, cache_read,
      cache_write_5m, cache_write_1h, input_audio, output, reasoning, output_audio, cost, price_version, attempts)
    SELECT (lpad(to_hex(ms), 12, '0') || '7000' || '8' || substr(md5(i::text), 1, 15))::uuid,
           to_timestamp(ms / 1000.0), 800, CASE WHEN i % 20 = 0 THEN 'embeddings' ELSE 'chat' END, i % 2 = 0,
           'key-' || k, 'name-' || k, 'team-' || k % 5000, 'organization-' || k % 50,
           CASE WHEN i % 3 = 0 THEN 'user-' || h % 100000 END,
           'model-' || h % 40, 'model-' || h % 40, 'provider-' || h % 40 % 6, 'model-' || h % 40,
           CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'completed' END, CASE WHEN i % 50 = 0 THEN 503 ELSE 200 END,
           CASE WHEN i % 50 = 0 THEN 'upstream_unreachable' END, 'exact', 312, 0, 0, 0, 0, 20, 0, 0, 58800000, '2026-01-01',
           '[{"deployment": "provider/model", "status": 200, "error": null, "durationMs": 790}]'
      FROM generate_series(${first}, ${last}) AS i,
           LATERAL (SELECT (${start} + i * ${months * MONTH_MS}::float / ${records})::bigint AS ms,
                           abs(hashint8(i::bigint)::bigint) AS h) AS a,
           LATERAL (SELECT CASE WHEN i % 2 = 0 THEN h % ${BUSY} ELSE h % ${keys} END AS k) AS b`;
}

async function timed(what, work) {
  const began = performance.now();
  await work();
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

async function ask(address) {
  const dataSource = createDataSource({ url: address });
  await connect(dataSource, 0);
  try {
    const administration = new TypeOrmKeyAdministration(dataSource);
    const usage = new TypeOrmUsageQueries(dataSource);
    const rare = `key-${keys - 7}`;
    const middle = new Date(start + (months * MONTH_MS) / 2);
    const month = monthOf(middle);
    const lastDay = { from: new Date(end - DAY_MS), to: new Date(end) };
    const year = { from: new Date(Math.ceil(start / DAY_MS) * DAY_MS) };
    const cursor = `${middle.getTime().toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-7000-8000-000000000000`;
    const questions = {
      'a key': () => administration.find(rare),
      'keys, the newest': () => administration.list({}, '-createdAt', 100),
      'keys, a page in the midst': () =>
        administration.list({}, '-createdAt', 100, {
          value: middle.toISOString().replace('Z', '000Z'),
          id: 'key-0',
        }),
      'keys by name': () => administration.list({}, 'name', 100),
      'keys of a name': () => administration.list({ name: `name-${keys - 7}` }, '-createdAt', 100),
      'keys of a team': () => administration.list({ team: 'team-77' }, '-createdAt', 100),
      'keys of an organisation': () => administration.list({ organization: 'organization-7' }, 'name', 100),
      'keys that are revoked': () => administration.list({ status: 'revoked' }, '-createdAt', 100),
      'keys that are disabled: none': () => administration.list({ status: 'disabled' }, '-createdAt', 100),
      'keys that have expired': () => administration.list({ status: 'expired' }, '-createdAt', 100),
      'records, the newest': () => usage.records({}, 100),
      'records, a page in the midst': () => usage.records({}, 100, cursor),
      'records of a month': () => usage.records(month, 100),
      'records of a rare key': () => usage.records({ key: rare }, 100),
      'records of a busy key': () => usage.records({ key: 'key-7' }, 100),
      'records of a rare key, in a month': () => usage.records({ key: rare, ...month }, 100),
      'records of a name that nobody has': () => usage.records({ key: 'nobody' }, 100),
      'records of a team': () => usage.records({ team: 'team-4077' }, 100),
      'records of a team that is not': () => usage.records({ team: 'nobody' }, 100),
      'records of an organisation that is not': () => usage.records({ organization: 'nobody' }, 100),
      'records of an end user': () => usage.records({ endUser: 'user-77' }, 100),
      'records of an end user who is not': () => usage.records({ endUser: 'nobody' }, 100),
      'records of a model that is not': () => usage.records({ model: 'none' }, 100),
      'records of a model that is not, in a month': () => usage.records({ model: 'none', ...month }, 100),
      'records that failed': () => usage.records({ status: 'failed' }, 100),
      'records that were aborted: none': () => usage.records({ status: 'aborted' }, 100),
      'totals of a month': () => usage.totals([], month),
      'totals of a month by day': () => usage.totals(['day'], month),
      'totals of a month by key': () => usage.totals(['key'], month),
      'totals of a month by team': () => usage.totals(['team'], month),
      'totals of a month by model': () => usage.totals(['model'], month),
      'totals of a month by day, of a team': () => usage.totals(['day'], { team: 'team-77', ...month }),
      'totals of a month by day, of a rare key': () => usage.totals(['day'], { key: rare, ...month }),
      'totals of a rare key': () => usage.totals([], { key: rare }),
      'totals of a busy key by model': () => usage.totals(['model'], { key: 'key-7' }),
      'totals of a team by model': () => usage.totals(['model'], { team: 'team-77' }),
      'totals of all': () => usage.totals([], {}),
      'totals of all by model': () => usage.totals(['model'], {}),
      'totals of all by provider': () => usage.totals(['provider'], {}),
      'totals of all by day': () => usage.totals(['day'], {}),
      'totals of all by day and model': () => usage.totals(['day', 'model'], {}),
      'totals of all by organisation': () => usage.totals(['organization'], {}),
      'totals of all by team': () => usage.totals(['team'], {}),
      'totals of all by key': () => usage.totals(['key'], {}),
      'totals of all by model, of an organisation': () => usage.totals(['model'], { organization: 'organization-7' }),
      'totals of days, not of whole months, by model': () => usage.totals(['model'], year),
      'totals of days, not of whole months, by team': () => usage.totals(['team'], year),
      'totals of a day by hour': () => usage.totals(['hour'], lastDay),
      'totals of a month by end user': () => usage.totals(['endUser'], month),
      'totals of a rare key by hour': () => usage.totals(['hour'], { key: rare }),
    };
    console.log('| question | ms, median | ms, first | read |\n| --- | ---: | ---: | --- |');
    let isAllFine = true;
    for (const [name, question] of Object.entries(questions)) {
      const { median, first, reads } = await measured(dataSource, question);
      const readsAll = reads.some((read) => read.startsWith('all of') && !SUMS.has(read));
      if ((median === undefined && !WANTS_RANGE.has(name)) || (readsAll && !READS_ALL.has(name))) isAllFine = false;
      console.log(
        `| ${name} | ${median?.toFixed(1) ?? 'given up'} | ${first?.toFixed(1) ?? '–'} | ${reads.join(', ')} |`,
      );
    }
    return isAllFine;
  } finally {
    await dataSource.destroy();
  }
}

/** Whole days, as a bill is. */
function monthOf(time) {
  return {
    from: new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth())),
    to: new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1)),
  };
}

async function measured(dataSource, question) {
  const asked = [];
  const query = dataSource.query.bind(dataSource);
  dataSource.query = (...statement) => {
    asked.push(statement);
    return query(...statement);
  };
  const times = [];
  try {
    for (let time = 0; time < TIMES; time++) {
      const began = performance.now();
      await question();
      times.push(performance.now() - began);
    }
  } catch (error) {
    if (!/timeout/.test(String(error))) throw error;
  } finally {
    dataSource.query = query;
  }
  const [[statement, parameters]] = asked;
  const [plan] = await query(`EXPLAIN (FORMAT JSON) ${statement}`, parameters);
  const reads = oneNameForAllMonths(plan['QUERY PLAN'].flatMap(({ Plan }) => readsOf(Plan)));
  return {
    first: times[0],
    median: times.length < TIMES ? undefined : times.toSorted((a, b) => a - b)[Math.floor(TIMES / 2)],
    reads: [...new Set(reads)],
  };
}

function readsOf({ Plans = [], ...node }) {
  const { 'Index Name': index, 'Relation Name': relation } = node;
  const isRead = index !== undefined || (node['Node Type'] === 'Seq Scan' && node['Total Cost'] > TINY);
  return [...(isRead ? [index ?? `all of ${relation}`] : []), ...Plans.flatMap(readsOf)];
}

/** A month that is read whole is what was asked for; several are the whole table. */
function oneNameForAllMonths(reads) {
  const whole = new Set(reads.filter((read) => read.startsWith('all of usage_record_')));
  return reads.map((read) => {
    const [, index] = /usage_record_(?:\d{4}_\d\d|rest)(.*)/.exec(read) ?? [];
    if (index === undefined) return read;
    if (!whole.has(read)) return `usage_record${index}`;
    return whole.size === 1 ? 'that month' : 'all of usage_record';
  });
}
