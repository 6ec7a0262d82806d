import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { createDataSource } from '../../src/persistence/data-source.js';
import { gatewayMigrations } from '../../src/persistence/gateway-migrations.js';
import { migrate, schemaDrift } from '../../src/persistence/migrate.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { type PersistenceModuleOptions } from '../../src/persistence/persistence.module-definition.js';
import { TypeOrmUsageQueries } from '../../src/persistence/repositories/typeorm-usage-queries.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { makeUsagePartition, usagePartitions } from '../../src/persistence/usage-partitions.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';

let database: TestDatabase;
let dataSource: DataSource;
const running: TestingModule[] = [];

beforeEach(async () => {
  database = await testDatabase();
  dataSource = await database.open();
});

afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
  await database.drop();
});

const MARCH = Date.UTC(2026, 2);
const at = (time: string): UsageRecord => usageRecord({ startedAt: new Date(time) });
const inMarch = (): UsageRecord => at('2026-03-15T12:00:00Z');

async function insert(...records: UsageRecord[]): Promise<void> {
  await new TypeOrmUsageRecordRepository(dataSource).insertAll(records.map(encodeUsageRecord));
}

function make(month: number): Promise<boolean> {
  return dataSource.transaction((on) => makeUsagePartition(on, 'nestgate', month));
}

async function start(options: PersistenceModuleOptions): Promise<void> {
  const app = await Test.createTestingModule({ imports: [PersistenceModule.forRoot(options)] }).compile();
  running.push(await app.init());
}

/** Where records are: how many in which partition. */
async function places(): Promise<Record<string, unknown>> {
  const rows = await database.sql(
    'SELECT tableoid::regclass::text AS place, count(*)::int FROM nestgate.usage_record GROUP BY 1 ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ place, count }) => [String(place).replace('nestgate.', ''), count]));
}

const names = async (): Promise<string[]> => (await usagePartitions(dataSource, 'nestgate')).map(({ name }) => name);

const calls = (): Promise<unknown> => database.sql('SELECT sum(calls)::int AS calls FROM nestgate.usage_rollup');

/** `usage_record_2026_11`, … by the clock of Postgres. */
async function nameOfMonth(ahead: number): Promise<string> {
  const [row] = await database.sql(
    `SELECT to_char(now() AT TIME ZONE 'UTC' + interval '${ahead} months', '"usage_record_"YYYY_MM') AS name`,
  );
  return String(row?.['name']);
}

describe('the partitions of the usage records', () => {
  it('are made for this month and two ahead, whoever runs the migrations', async () => {
    const expected = await Promise.all([0, 1, 2].map(nameOfMonth));
    await Promise.all([start({ url: database.url }), start({ url: database.url, migrate: false })]);
    await expect.poll(names).toEqual(expected);
    await insert(usageRecord({ startedAt: new Date() }));
    expect(await places()).toEqual({ [expected[0] ?? '']: 1 });
    expect(await schemaDrift(dataSource)).toEqual([]);
  });

  it("are made in a host's data source, in its schema", async () => {
    const host = new DataSource({ type: 'postgres', url: database.url, migrations: gatewayMigrations('llm_gateway') });
    await host.initialize();
    try {
      await host.runMigrations();
      await start({ dataSource: host, migrate: false });
      await expect.poll(async () => (await usagePartitions(host, 'llm_gateway')).length).toBe(3);
      for (const app of running.splice(0)) await app.close();
    } finally {
      await host.destroy();
    }
  });

  it('take what has come before them out of the rest, and no record is counted twice', async () => {
    const records = [at('2026-02-28T23:59:59.999Z'), inMarch(), inMarch(), at('2026-04-01T00:00:00.000Z')];
    await insert(...records);
    expect(await places()).toEqual({ usage_record_rest: 4 });
    expect(await make(MARCH)).toBe(true);
    expect(await make(MARCH)).toBe(false);
    expect(await places()).toEqual({ usage_record_2026_03: 2, usage_record_rest: 2 });
    await insert(...records);
    expect(await calls()).toEqual([{ calls: 4 }]);
    const found = await new TypeOrmUsageQueries(dataSource).records({}, 10);
    expect(found).toEqual(records.toReversed());
    expect(await schemaDrift(dataSource)).toEqual([]);
  });

  it('are made for every month that the rest has records of', async () => {
    await insert(inMarch(), at('2025-12-31T23:00:00Z'), usageRecord({ requestId: 'not a uuid' }));
    await start({ url: database.url });
    await expect.poll(names).toHaveLength(5);
    expect((await names()).slice(0, 2)).toEqual(['usage_record_2025_12', 'usage_record_2026_03']);
    expect(await places()).toEqual({ usage_record_2025_12: 1, usage_record_2026_03: 1, usage_record_rest: 1 });
  });

  it('are made once by replicas, while records come in', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => database.open()));
    const records = Array.from({ length: 200 }, inMarch);
    const inserting = records.map((record) => insert(record));
    const made = replicas.map((replica) => replica.transaction((on) => makeUsagePartition(on, 'nestgate', MARCH)));
    expect((await Promise.all(made)).filter((isMade) => isMade)).toEqual([true]);
    await Promise.all(inserting);
    expect(await places()).toEqual({ usage_record_2026_03: 200 });
    expect(await calls()).toEqual([{ calls: 200 }]);
  });

  it('are made before the eyes of who reads, and no record is out of sight meanwhile', async () => {
    await insert(inMarch());
    const reader = await database.open();
    let reading: Promise<unknown[]> | undefined;
    await dataSource.transaction(async (on) => {
      await makeUsagePartition(on, 'nestgate', MARCH);
      reading = reader.query('SELECT request_id FROM nestgate.usage_record');
      await expect.poll(() => database.waiting()).toMatchObject([{ lock: 'relation' }]);
    });
    expect(await reading).toHaveLength(1);
  });

  it('are not needed: without the right to make them records go to the rest', async () => {
    const role = `plain_${randomUUID().replaceAll('-', '')}`;
    await database.sql(
      `CREATE ROLE ${role} LOGIN PASSWORD 'plain'`,
      `GRANT USAGE ON SCHEMA nestgate TO ${role}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA nestgate TO ${role}`,
    );
    try {
      const url = new URL(database.url);
      url.username = role;
      url.password = 'plain';
      await start({ url: url.href, migrate: false });
      const plain = await createDataSource({ url: url.href }).initialize();
      await new TypeOrmUsageRecordRepository(plain).insertAll([encodeUsageRecord(inMarch())]);
      expect(await new TypeOrmUsageQueries(plain).records({}, 10)).toHaveLength(1);
      await plain.destroy();
      for (const app of running.splice(0)) await app.close();
      expect(await places()).toEqual({ usage_record_rest: 1 });
    } finally {
      await database.sql(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    }
  });
});

describe('the migration of a table that has records', () => {
  /** With whatever has come after it. */
  async function undo(): Promise<void> {
    const isPartitioned = `SELECT 1 FROM pg_partitioned_table WHERE partrelid = 'nestgate.usage_record'::regclass`;
    while ((await database.sql(isPartitioned)).length > 0) await dataSource.undoLastMigration();
  }

  it('keeps each of them, under the rights that others had', async () => {
    const role = `reader_${randomUUID().replaceAll('-', '')}`;
    const records = [at('2025-01-01T00:00:00Z'), inMarch(), at('2100-01-01T00:00:00Z')];
    // Before: what stores records now knows columns that the table of then has not.
    await insert(...records);
    await undo();
    await database.sql(
      `CREATE ROLE ${role}`,
      `GRANT USAGE ON SCHEMA nestgate TO ${role}`,
      `GRANT SELECT ON nestgate.usage_record TO ${role}`,
    );
    try {
      await migrate(dataSource);
      const before = (await nameOfMonth(1)).replace('record_', 'record_before_');
      expect(await places()).toEqual({ [before]: 2, usage_record_rest: 1 });
      expect(await schemaDrift(dataSource)).toEqual([]);
      await insert(...records, inMarch());
      expect(await calls()).toEqual([{ calls: 4 }]);
      expect(await database.sql(`SET ROLE ${role}`, 'SELECT count(*)::int FROM nestgate.usage_record')).toEqual([
        { count: 4 },
      ]);
      await start({ url: database.url });
      // This month is in the table of before.
      await expect.poll(names).toEqual([before, await nameOfMonth(1), await nameOfMonth(2)]);
      await undo();
      expect(await database.sql('SELECT count(*)::int FROM nestgate.usage_record')).toEqual([{ count: 4 }]);
    } finally {
      await database.sql(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    }
  });

  it('changes nothing where a view reads the table, and names it', async () => {
    await insert(inMarch());
    await undo();
    await database.sql('CREATE VIEW public.mine AS SELECT request_id FROM nestgate.usage_record');
    await expect(migrate(dataSource)).rejects.toThrow('mine would go on reading the table of before');
    expect(await places()).toEqual({ usage_record: 1 });
    await database.sql('DROP VIEW public.mine');
    await migrate(dataSource);
    expect(await schemaDrift(dataSource)).toEqual([]);
  });
});
