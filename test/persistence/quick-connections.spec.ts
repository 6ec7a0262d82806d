import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataSource } from 'typeorm';
import { createDataSource } from '../../src/persistence/data-source.js';
import { QuickConnections } from '../../src/persistence/quick-connections.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

/** Answers when nobody holds the lock. */
const ASKS_WHO = 'SELECT pg_backend_pid() AS pid FROM pg_advisory_xact_lock_shared(1)';
/** Milliseconds that a statement may take: what becomes of slow ones is another matter. */
const PATIENCE = 20_000;

describe('QuickConnections', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let quick: QuickConnections;

  beforeEach(async () => {
    database = await testDatabase();
    dataSource = createDataSource({ url: database.url });
    // Idle ones end at once.
    Object.assign(dataSource.options.extra as object, { idleTimeoutMillis: 1 });
    quick = new QuickConnections(dataSource, PATIENCE);
  });
  afterEach(async () => {
    await quick.close();
    await database.drop();
  });

  async function ask(): Promise<number> {
    const [row] = await quick.query<{ pid: number }>(ASKS_WHO, []);
    return row?.pid ?? 0;
  }

  /** Those that are open of these. */
  async function open(pids: Iterable<number>): Promise<unknown[]> {
    const rows = await database.sql(`SELECT pid FROM pg_stat_activity WHERE pid IN (${[...pids].join()})`);
    return rows.map(({ pid }) => pid);
  }

  it('keeps one open, so that nobody has to wait until there is one', async () => {
    const holder = (await database.open()).createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT pg_advisory_xact_lock(1)');
    const asking = Promise.all([ask(), ask()]);
    await expect.poll(() => database.waiting()).toMatchObject([{ lock: 'advisory' }, { lock: 'advisory' }]);
    await holder.commitTransaction();
    await holder.release();
    const pids = new Set(await asking);
    expect(pids.size).toBe(2);
    await expect.poll(async () => (await open(pids)).length).toBeLessThan(2);
    const [kept] = await open(pids);
    for (let time = 0; time < 3; time++) {
      expect(await ask()).toBe(kept);
      expect(await open(pids)).toEqual([kept]);
    }
  });
});
