import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BeforeApplicationShutdown, type DynamicModule, Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyRepository } from '../../src/auth/api-key.repository.js';
import { UsageRecordRepository } from '../../src/extensions/usage/usage-record.repository.js';
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

function serverSocket(): string {
  return join(new URL(database.url).searchParams.get('host') ?? '', '.s.PGSQL.5432');
}

async function recordCount(schema = 'nestgate'): Promise<unknown> {
  const [row] = await database.sql(`SELECT count(*)::int FROM ${schema}.usage_record`);
  return row?.['count'];
}
