import { randomUUID } from 'node:crypto';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource, ENTITIES, MIGRATIONS } from '../../src/persistence/data-source.js';
import { migrate, schemaDrift } from '../../src/persistence/migrate.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { usageRecord } from '../support/usage-records.js';

const TABLES = [
  ...ENTITIES.map((entity) => getMetadataArgsStorage().filterTables(entity)[0]?.name ?? ''),
  'migration',
].sort();

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase({ migrated: false });
});

afterEach(async () => {
  await database.drop();
});

describe('migrate', () => {
  it('makes the tables that the entities describe', async () => {
    const dataSource = await database.open();
    await migrate(dataSource);
    expect(await schemaDrift(dataSource)).toEqual([]);
  });

  it('has nothing to do the second time', async () => {
    const dataSource = await database.open();
    await migrate(dataSource);
    await migrate(dataSource);
    expect(await applied()).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  it('goes down to nothing, and up again', async () => {
    const dataSource = await database.open();
    await migrate(dataSource);
    const tables = await tableNames();
    expect(tables).toEqual(TABLES);
    for (const _ of dataSource.migrations) {
      await dataSource.undoLastMigration();
    }
    expect(await tableNames()).toEqual(['migration']);
    await migrate(dataSource);
    expect(await tableNames()).toEqual(tables);
    expect(await schemaDrift(dataSource)).toEqual([]);
  });

  it('rolls up the records that are there', async () => {
    const dataSource = await database.open();
    await migrate(dataSource);
    const records = [usageRecord(), usageRecord(), usageRecord({ keyId: null, team: null, cost: null })];
    await new TypeOrmUsageRecordRepository(dataSource).insertAll(records.map(encodeUsageRecord));
    for (const [table, count] of Object.entries({ usage_rollup: 2, usage_by_month: 2, usage_by_day: 1 })) {
      const rollups = await database.sql(`SELECT * FROM nestgate.${table} ORDER BY calls`);
      expect(rollups).toHaveLength(count);
      await undoUntil(dataSource, async () => !(await tableNames()).includes(table));
      await migrate(dataSource);
      expect(await database.sql(`SELECT * FROM nestgate.${table} ORDER BY calls`)).toEqual(rollups);
    }
  });

  it('adds up what is left of records that are gone, for all who may read it', async () => {
    const dataSource = await database.open();
    const role = `reader_${randomUUID().replaceAll('-', '')}`;
    await migrate(dataSource);
    await new TypeOrmUsageRecordRepository(dataSource).insertAll([encodeUsageRecord(usageRecord())]);
    await undoUntil(dataSource, async () => !(await tableNames()).includes('usage_by_month'));
    await database.sql(
      'TRUNCATE nestgate.usage_record',
      `CREATE ROLE ${role}`,
      `GRANT USAGE ON SCHEMA nestgate TO ${role}`,
      `GRANT SELECT ON nestgate.usage_rollup TO ${role}`,
    );
    try {
      await migrate(dataSource);
      for (const table of ['usage_by_month', 'usage_by_day']) {
        const found = await database.sql(`SET ROLE ${role}`, `SELECT calls::int FROM nestgate.${table}`);
        expect(found).toEqual([{ calls: 1 }]);
      }
    } finally {
      await database.sql(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    }
  });

  it('makes owners of the administrators’ tokens that are there, and none of others on the way back', async () => {
    const dataSource = await database.open();
    await migrate(dataSource);
    await undoUntil(dataSource, async () => !(await columnNames('admin_token')).includes('role'));
    await database.sql(
      `INSERT INTO nestgate.admin_token (id, name, digest, created_at) VALUES ('first', 'first', '', now())`,
    );
    await migrate(dataSource);
    await database.sql(
      `INSERT INTO nestgate.admin_token (id, name, digest, created_at, role) VALUES ('other', 'o', '', now(), 'viewer')`,
    );
    const tokens = (columns: string): Promise<unknown> =>
      database.sql(`SELECT id, ${columns} FROM nestgate.admin_token ORDER BY id`);
    expect(await tokens('role, scopes, granted_by')).toEqual([
      { id: 'first', role: 'owner', scopes: null, granted_by: null },
      { id: 'other', role: 'viewer', scopes: null, granted_by: null },
    ]);
    await undoUntil(dataSource, async () => !(await columnNames('admin_token')).includes('role'));
    expect(await tokens('disabled_at IS NULL AS good')).toEqual([
      { id: 'first', good: true },
      { id: 'other', good: false },
    ]);
  });

  it('is done once by replicas that start together', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => database.open()));
    await Promise.all(replicas.map((dataSource) => migrate(dataSource)));
    expect(await applied()).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  it('leaves neither its connection nor its lock behind', async () => {
    await migrate(createDataSource({ url: database.url, applicationName: 'migrating' }));
    await expect
      .poll(() => database.sql(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'migrating'`))
      .toEqual([]);
  });

  it('fails, and leaves nothing half done, where a table is in the way', async () => {
    await database.sql('CREATE SCHEMA nestgate', 'CREATE TABLE nestgate.usage_record (mine int)');
    const dataSource = await database.open();
    await expect(migrate(dataSource)).rejects.toThrow('already exists');
    expect(await tableNames()).toEqual(['migration', 'usage_record']);
    await database.sql('DROP TABLE nestgate.usage_record');
    await migrate(dataSource);
    expect(await schemaDrift(dataSource)).toEqual([]);
  });

  it('needs no right to create schemas where there is one', async () => {
    const role = `plain_${randomUUID().replaceAll('-', '')}`;
    await database.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'`, `CREATE SCHEMA nestgate AUTHORIZATION ${role}`);
    try {
      const url = new URL(database.url);
      url.username = role;
      url.password = 'plain';
      await migrate(createDataSource({ url: url.href }));
      expect(await applied()).toHaveLength(MIGRATIONS.length);
    } finally {
      await database.sql(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    }
  });

  it('keeps to the schema that is asked for', async () => {
    const dataSource = await database.open({ schema: 'llm_gateway' });
    await migrate(dataSource);
    expect(await tableNames('nestgate')).toEqual([]);
    expect(await tableNames('llm_gateway')).toEqual(TABLES);
    expect(await schemaDrift(dataSource)).toEqual([]);
    await new TypeOrmUsageRecordRepository(dataSource).insertAll([encodeUsageRecord(usageRecord())]);
    expect(await database.sql('SELECT count(*)::int FROM llm_gateway.usage_record')).toEqual([{ count: 1 }]);
  });

  it.each(['Nestgate', 'a"b', '', 'x; DROP TABLE y', 'ü'])('refuses the schema name %j', (schema) => {
    expect(() => createDataSource({ url: database.url, schema })).toThrow(TypeError);
  });
});

describe('schemaDrift', () => {
  it.each([
    ['a column too many', 'ALTER TABLE nestgate.usage_record ADD COLUMN extra int'],
    ['a column too few', 'ALTER TABLE nestgate.api_key DROP COLUMN masked'],
    ['a column that may be null', 'ALTER TABLE nestgate.api_key ALTER COLUMN name DROP NOT NULL'],
    ['a missing index', 'DROP INDEX nestgate.usage_record_started_at_idx'],
    ['that records have nowhere to go', 'DROP TABLE nestgate.usage_record_rest'],
  ])('shows %s', async (_what, change) => {
    const dataSource = await database.open();
    await migrate(dataSource);
    await database.sql(change);
    expect(await schemaDrift(dataSource)).not.toEqual([]);
  });
});

async function undoUntil(dataSource: DataSource, isFarEnough: () => Promise<boolean>): Promise<void> {
  while (!(await isFarEnough())) await dataSource.undoLastMigration();
}

async function applied(): Promise<unknown[]> {
  const rows = await database.sql('SELECT name FROM nestgate.migration ORDER BY id');
  return rows.map(({ name }) => name);
}

async function tableNames(schema = 'nestgate'): Promise<unknown[]> {
  const rows = await database.sql(
    `SELECT relname FROM pg_class
      WHERE relnamespace = to_regnamespace('${schema}') AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  );
  return rows.map(({ relname }) => relname);
}

async function columnNames(table: string): Promise<unknown[]> {
  const rows = await database.sql(
    `SELECT column_name FROM information_schema.columns WHERE table_schema = 'nestgate' AND table_name = '${table}'`,
  );
  return rows.map((row) => row['column_name']);
}
