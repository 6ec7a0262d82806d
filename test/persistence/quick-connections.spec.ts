import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DataSource } from 'typeorm';
import { createDataSource } from '../../src/persistence/data-source.js';
import { QuickConnections } from '../../src/persistence/quick-connections.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const ASKS_WHO = 'SELECT pg_backend_pid() AS pid, pg_sleep(0.05)';

describe('QuickConnections', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let quick: QuickConnections;

  beforeEach(async () => {
    database = await testDatabase();
    dataSource = createDataSource({ url: database.url });
    // Idle ones end at once.
    Object.assign(dataSource.options.extra as object, { idleTimeoutMillis: 1 });
    quick = new QuickConnections(dataSource);
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
    const pids = new Set(await Promise.all([ask(), ask()]));
    expect(pids.size).toBe(2);
    await vi.waitFor(async () => expect((await open(pids)).length).toBeLessThan(2));
    const [kept] = await open(pids);
    for (let time = 0; time < 3; time++) {
      expect(await ask()).toBe(kept);
      expect(await open(pids)).toEqual([kept]);
    }
  });
});
