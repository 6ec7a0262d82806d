import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/**
 * Usage of everybody together, by month and by day: what it is asked for over a long time is in few rows.
 *
 * Kept up by triggers of `usage_record`, and so also by gateways of before that run on for a while. New records wait
 * until the rollups that are there have been added up.
 */
export class SumUsage1764440000000 implements MigrationInterface {
  readonly name = 'SumUsage1764440000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const { table, period, dimensions } of TABLES) {
      await queryRunner.query(`
        CREATE TABLE ${schema}.${table} (
          ${period} date NOT NULL,
          dimensions bytea NOT NULL,
          ${dimensions.map((name) => `${name} text${OPTIONAL.has(name) ? '' : ' NOT NULL'}`).join(', ')},
          ${SUMS.map(([name]) => `${name} ${COUNTS.has(name) ? 'bigint' : 'numeric'} NOT NULL`).join(', ')},
          CONSTRAINT ${table}_pkey PRIMARY KEY (${period}, dimensions)
        ) WITH (fillfactor = 80)`);
    }
    await queryRunner.query(
      `CREATE INDEX usage_by_month_team_month_idx ON ${schema}.usage_by_month (team, month) WHERE team IS NOT NULL`,
    );
    await createTriggers(queryRunner, schema);
    const sums = SUMS.map(([name]) => [name, `sum(${name})`] as const);
    for (const table of TABLES) await queryRunner.query(addUp(schema, table, sums, `${schema}.usage_rollup`, 'day'));
    for (const grant of await grantsOf(queryRunner, schema)) await queryRunner.query(grant);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const event of ['insert', 'update']) {
      await queryRunner.query(`DROP TRIGGER usage_record_adds_up_${event} ON ${schema}.usage_record`);
    }
    await queryRunner.query(`DROP FUNCTION ${schema}.usage_add_up`);
    for (const { table } of TABLES) await queryRunner.query(`DROP TABLE ${schema}.${table}`);
  }
}

interface Table {
  readonly table: string;
  readonly period: 'day' | 'month';
  readonly dimensions: readonly string[];
}

/** A column, and what it is of a group of rows. */
type Sum = readonly [column: string, sum: string];

/** In the order in which whoever stores records takes their rows. */
const TABLES: readonly Table[] = [
  {
    table: 'usage_by_month',
    period: 'month',
    dimensions: ['team', 'organization', 'model', 'provider', 'operation'],
  },
  { table: 'usage_by_day', period: 'day', dimensions: ['model', 'provider', 'operation'] },
];

const OPTIONAL = new Set(['team', 'organization', 'provider']);
const COUNTS = new Set(['calls', 'completed', 'failed', 'aborted', 'unpriced']);

const BUCKETS = [
  'input_uncached',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'input_audio',
  'output',
  'reasoning',
  'output_audio',
];

/** Of records. */
const SUMS = sumsBy(
  (condition) => `count(*) FILTER (WHERE ${condition})`,
  (column) => `sum(${column})`,
);

/** Of changes: records that count once, and those as they were before, which count `times` -1. */
const SUMS_OF_CHANGES = sumsBy(
  (condition) => `coalesce(sum(times) FILTER (WHERE ${condition}), 0)`,
  (column) => `sum(times * ${column})`,
);

function sumsBy(count: (condition: string) => string, sum: (column: string) => string): readonly Sum[] {
  return [
    ['calls', count('true')],
    ...['completed', 'failed', 'aborted'].map((status): Sum => [status, count(`status = '${status}'`)]),
    ...BUCKETS.map((bucket): Sum => [bucket, sum(bucket)]),
    ['cost', `coalesce(${sum('cost')}, 0)`],
    ['unpriced', count('cost IS NULL')],
  ];
}

/** Rows are taken in the order of their key: replicas wait for each other, and never in a circle. */
function addUp(
  schema: string,
  { table, period, dimensions }: Table,
  sums: readonly Sum[],
  source: string,
  day: string,
): string {
  const columns = dimensions.join(', ');
  return `
    INSERT INTO ${schema}.${table} AS kept (${period}, dimensions, ${columns}, ${sums.map(([name]) => name).join(', ')})
    SELECT ${period === 'day' ? day : `date_trunc('month', ${day}::timestamp)::date`} AS period,
           sha256(convert_to(jsonb_build_array(${columns})::text, 'UTF8')) AS digest,
           ${columns}, ${sums.map(([, sum]) => sum).join(', ')}
      FROM ${source}
     GROUP BY period, ${columns}
     ORDER BY period, digest
        ON CONFLICT (${period}, dimensions) DO UPDATE
       SET ${sums.map(([name]) => `${name} = kept.${name} + excluded.${name}`).join(', ')}`;
}

async function createTriggers(queryRunner: QueryRunner, schema: string): Promise<void> {
  const from = (source: string, sums: readonly Sum[]): string =>
    TABLES.map((table) => addUp(schema, table, sums, source, `(started_at AT TIME ZONE 'UTC')::date`)).join(';');
  // For whoever stores records, whatever else he may do.
  await queryRunner.query(`
    CREATE FUNCTION ${schema}.usage_add_up() RETURNS trigger LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN
          ${from('added', SUMS)};
        ELSE
          ${from('(SELECT 1 AS times, * FROM added UNION ALL SELECT -1, * FROM removed) AS changed', SUMS_OF_CHANGES)};
        END IF;
        RETURN NULL;
      END
    $$`);
  await queryRunner.query(`
    CREATE TRIGGER usage_record_adds_up_insert AFTER INSERT ON ${schema}.usage_record
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.usage_add_up()`);
  await queryRunner.query(`
    CREATE TRIGGER usage_record_adds_up_update AFTER UPDATE ON ${schema}.usage_record
      REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.usage_add_up()`);
}

/** Whoever may read the rollups may read what they add up to. */
async function grantsOf(queryRunner: QueryRunner, schema: string): Promise<string[]> {
  const rows: { grantee: string }[] = await queryRunner.query(
    `SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee
       FROM pg_class, aclexplode(relacl)
      WHERE oid = $1::regclass AND grantee <> relowner AND privilege_type = 'SELECT'`,
    [`${schema}.usage_rollup`],
  );
  return rows.flatMap(({ grantee }) => TABLES.map(({ table }) => `GRANT SELECT ON ${schema}.${table} TO ${grantee}`));
}
