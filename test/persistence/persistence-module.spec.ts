import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Injectable,
  Module,
} from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Column, DataSource, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyRepository } from '../../src/auth/api-key.repository.js';
import { UsageRecordRepository } from '../../src/extensions/usage/usage-record.repository.js';
import { ConfigurationError } from '../../src/errors/configuration-error.js';
import { createDataSource, MIGRATIONS } from '../../src/persistence/data-source.js';
import { gatewayMigrations } from '../../src/persistence/gateway-migrations.js';
import { migrate, schemaDrift } from '../../src/persistence/migrate.js';
import { PERSISTENCE_DATA_SOURCE, PersistenceModule } from '../../src/persistence/persistence.module.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { usageRecord } from '../support/usage-records.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase({ migrated: false });
});

afterEach(async () => {
  await database.drop();
});

/** Keeps a record until the last moment, as the usage writer may have to. */
@Injectable()
class LateWriter implements BeforeApplicationShutdown {
  constructor(private readonly records: UsageRecordRepository) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.records.insertAll([encodeUsageRecord(usageRecord())]);
  }
}

@Entity('invoice')
class HostEntity {
  @PrimaryColumn('int')
  id!: number;

  @Column('text')
  title!: string;
}

async function started(module: DynamicModule): Promise<TestingModule> {
  return await (await Test.createTestingModule({ imports: [module], providers: [LateWriter] }).compile()).init();
}

describe('PersistenceModule', () => {
  it('provides both repositories on migrated tables', async () => {
    const app = await started(PersistenceModule.forRoot({ url: database.url }));
    expect(await app.get(ApiKeyRepository, { strict: false }).count()).toBe(0);
    await app.get(UsageRecordRepository, { strict: false }).insertAll([encodeUsageRecord(usageRecord())]);
    await app.close();
    expect(await recordCount()).toBe(2);
  });

  it('closes its connections, after the last record was stored', async () => {
    const app = await started(PersistenceModule.forRoot({ url: database.url, applicationName: 'closing' }));
    const dataSource: DataSource = app.get(PERSISTENCE_DATA_SOURCE, { strict: false });
    await app.close();
    expect(await recordCount()).toBe(1);
    expect(dataSource.isInitialized).toBe(false);
    await expect
      .poll(() => database.sql(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'closing'`))
      .toEqual([]);
  });

  it('can be set up by a factory', async () => {
    const app = await started(
      PersistenceModule.forRootAsync({ useFactory: () => Promise.resolve({ url: database.url, schema: 'elsewhere' }) }),
    );
    await app.close();
    expect(await recordCount('elsewhere')).toBe(1);
  });

  it("uses a host's data source, keeps to its own schema, and never closes it", async () => {
    const dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [HostEntity],
      synchronize: true,
    });
    await dataSource.initialize();
    try {
      await dataSource.getRepository(HostEntity).insert({ id: 1, title: 'kept' });
      const app = await started(PersistenceModule.forRoot({ dataSource }));
      expect(await app.get(ApiKeyRepository, { strict: false }).findById('unknown')).toBeUndefined();
      await app.close();
      expect(await recordCount()).toBe(1);
      expect(await dataSource.getRepository(HostEntity).find()).toEqual([{ id: 1, title: 'kept' }]);
      expect(
        await database.sql(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`),
      ).toEqual([{ table_name: 'invoice' }]);
    } finally {
      await dataSource.destroy();
    }
  });

  it("uses the one of a host's data sources that a token names", async () => {
    const other = await testDatabase({ migrated: false });
    const open = (url: string): FactoryProvider => ({
      provide: url === database.url ? 'accountsDataSource' : 'ordersDataSource',
      useFactory: () => new DataSource({ type: 'postgres', url }).initialize(),
    });
    class DatabasesModule {}
    Module({
      providers: [open(other.url), open(database.url)],
      exports: ['ordersDataSource', 'accountsDataSource'],
    })(DatabasesModule);
    const app = await started(
      PersistenceModule.forRootAsync({
        imports: [DatabasesModule],
        inject: ['accountsDataSource'],
        useFactory: (dataSource: DataSource) => ({ dataSource }),
      }),
    );
    const dataSources = ['accountsDataSource', 'ordersDataSource'].map((token) =>
      app.get<DataSource>(token, { strict: false }),
    );
    try {
      await app.close();
      expect(await recordCount()).toBe(1);
      expect(await other.sql(`SELECT 1 FROM pg_namespace WHERE nspname = 'nestgate'`)).toEqual([]);
      expect(dataSources.map(({ isInitialized }) => isInitialized)).toEqual([true, true]);
    } finally {
      await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
      await other.drop();
    }
  });

  it('does not start where the tables cannot be made', async () => {
    await database.sql('CREATE SCHEMA nestgate', 'CREATE TABLE nestgate.api_key (mine int)');
    await expect(started(PersistenceModule.forRoot({ url: database.url, applicationName: 'failing' }))).rejects.toThrow(
      'already exists',
    );
    await expect
      .poll(() => database.sql(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'failing'`))
      .toEqual([]);
  });

  it('does not start without a server', async () => {
    const nowhere = PersistenceModule.forRoot({ url: 'postgresql://x@127.0.0.1:9/x', patienceMs: 0 });
    await expect(started(nowhere)).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait where the server refuses', async () => {
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    await expect(started(PersistenceModule.forRoot({ url: url.href, patienceMs: 600_000 }))).rejects.toThrow(
      'does not exist',
    );
  });

  it.runIf(process.env['TEST_DATABASE_URL'] === undefined)('waits for a server that does not answer yet', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestgate-late-'));
    let refusals = 3;
    const front = createServer((client) => {
      if (refusals > 0) {
        refusals -= 1;
        client.destroy();
        return;
      }
      const back = connect({ path: serverSocket() });
      client.pipe(back).pipe(client);
      client.on('error', () => back.destroy());
      back.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => front.listen(join(folder, '.s.PGSQL.5432'), resolve));
    try {
      const { username, pathname } = new URL(database.url);
      const address = { host: folder, user: username, database: pathname.slice(1) };
      const app = await started(PersistenceModule.forRoot({ ...address, patienceMs: 60_000 }));
      await app.close();
      expect(refusals).toBe(0);
      expect(await recordCount()).toBe(1);
    } finally {
      front.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("migrations in a host's own list", () => {
  class AddInvoices1764310000001 implements MigrationInterface {
    async up(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query('CREATE TABLE public.invoice (id int PRIMARY KEY, title text NOT NULL)');
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query('DROP TABLE public.invoice');
    }
  }

  const names = MIGRATIONS.map(({ name }) => name);
  let host: DataSource;

  async function openHost(schema?: string): Promise<void> {
    host = await new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [HostEntity],
      migrations: [AddInvoices1764310000001, ...gatewayMigrations(schema)],
    }).initialize();
  }

  const namesIn = async (table: string): Promise<unknown[]> =>
    (await database.sql(`SELECT name FROM ${table} ORDER BY id`)).map(({ name }) => name);

  afterEach(() => host.destroy());

  it.each([
    ['of ours', undefined],
    ['that it names', 'llm_gateway'],
  ])('are run by its runner, in the schema %s', async (_which, schema) => {
    await openHost(schema);
    const ran = await host.runMigrations();
    expect(ran.map(({ name }) => name)).toEqual([...names, 'AddInvoices1764310000001'].sort(byTimestamp));
    const ours = createDataSource({ url: database.url, ...(schema === undefined ? {} : { schema }) });
    await ours.initialize();
    expect(await schemaDrift(ours).finally(() => ours.destroy())).toEqual([]);
    // It finds the schema by the list.
    const app = await started(PersistenceModule.forRoot({ dataSource: host, migrate: false }));
    await app.close();
    expect(await recordCount(schema)).toBe(1);
    expect(await host.getRepository(HostEntity).find()).toEqual([]);
  });

  it('are all that a start without them waits for', async () => {
    await openHost();
    for (const address of [{ dataSource: host }, { url: database.url, applicationName: 'checking' }]) {
      const start = started(PersistenceModule.forRoot({ ...address, migrate: false }));
      await expect(start).rejects.toBeInstanceOf(ConfigurationError);
      await expect(start).rejects.toThrow(
        `storage.migrate is false, and these migrations have not run in the schema "nestgate": ${names.join(', ')}: ` +
          `list gatewayMigrations('nestgate') in the migrations of a data source and run them, or leave out migrate`,
      );
    }
    expect(await database.sql(`SELECT 1 FROM pg_namespace WHERE nspname = 'nestgate'`)).toEqual([]);
    await expect
      .poll(() => database.sql(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'checking'`))
      .toEqual([]);
    await host.runMigrations();
    await host.undoLastMigration();
    await expect(started(PersistenceModule.forRoot({ dataSource: host, migrate: false }))).rejects.toThrow(
      `"nestgate": ${names.at(-1)}: list`,
    );
    await host.runMigrations();
    await (await started(PersistenceModule.forRoot({ url: database.url, migrate: false }))).close();
    expect(await recordCount()).toBe(1);
  });

  it('may be taken over from the module, and left to it again', async () => {
    await openHost();
    await migrate(host);
    await host.runMigrations();
    expect(await namesIn('public.migrations')).toEqual([...names, 'AddInvoices1764310000001'].sort(byTimestamp));
    await host.undoLastMigration();
    expect(await migrate(host)).toEqual([names.at(-1)]);
    await host.runMigrations();
    expect(await namesIn('nestgate.migration')).toEqual(names);
  });

  it('are done once by replicas that start together', async () => {
    await openHost();
    const replica = await new DataSource(host.options).initialize();
    try {
      const ends = await Promise.allSettled([host, replica].map((each) => each.runMigrations()));
      expect(ends.map(({ status }) => status)).toContain('fulfilled');
      expect(await namesIn('nestgate.migration')).toEqual(names);
    } finally {
      await replica.destroy();
    }
  });
});

const byTimestamp = (one: string, other: string): number => Number(one.slice(-13)) - Number(other.slice(-13));

function serverSocket(): string {
  return join(new URL(database.url).searchParams.get('host') ?? '', '.s.PGSQL.5432');
}

async function recordCount(schema = 'nestgate'): Promise<unknown> {
  const [row] = await database.sql(`SELECT count(*)::int FROM ${schema}.usage_record`);
  return row?.['count'];
}
