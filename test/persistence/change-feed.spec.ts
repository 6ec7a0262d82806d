import { queryObjects } from 'node:v8';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Change } from '../../src/auth/change-feed.js';
import { PostgresChangeFeed } from '../../src/persistence/postgres-change-feed.js';
import { cutNotifications, type TestDatabase } from '../support/postgres.js';
import { freshDatabase } from '../support/storages.js';

const NEVER_MS = 3_600_000;
const OFTEN_MS = 50;

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(undefined as never));

async function feedOn(database: TestDatabase, pollMs: number, name = 'feed'): Promise<Change[]> {
  const feed = new PostgresChangeFeed(await database.open({ applicationName: name }), undefined, pollMs);
  onTestFinished(() => feed.onApplicationShutdown());
  const told: Change[] = [];
  feed.on((changes) => told.push(...changes));
  feed.onApplicationBootstrap();
  return told;
}

const LISTENING = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'`;

async function makeKey(database: TestDatabase, id: string): Promise<void> {
  await database.sql(
    `INSERT INTO nestgate.api_key (id, name, digest, masked, created_at) VALUES ('${id}', 'a', '', '', now())`,
  );
}

const renamed = (id: string): string => `UPDATE nestgate.api_key SET name = name || 'a' WHERE id = '${id}'`;

describe('changes', () => {
  it('are told to all at once, whoever made them', async () => {
    const database = await freshDatabase();
    const feeds = [await feedOn(database, NEVER_MS), await feedOn(database, NEVER_MS)];
    await expect.poll(() => database.sql(LISTENING)).toHaveLength(2);
    await makeKey(database, 'a');
    await makeKey(database, 'b');
    await database.sql(renamed('a'), `DELETE FROM nestgate.api_key WHERE id = 'b'`);
    for (const told of feeds) {
      await expect
        .poll(() => told)
        .toEqual([
          { kind: 'key', subject: 'a' },
          { kind: 'key', subject: 'b' },
        ]);
    }
  });

  it('are told after the connection was lost, and those in between too', async () => {
    const database = await freshDatabase();
    const told = await feedOn(database, NEVER_MS);
    await makeKey(database, 'a');
    await expect.poll(() => database.sql(LISTENING)).toHaveLength(1);
    await database.sql(`SELECT pg_terminate_backend(pid) FROM (${LISTENING}) AS listening`, renamed('a'));
    await expect.poll(() => told.length).toBe(1);
    await expect.poll(() => database.sql(LISTENING)).toHaveLength(1);
    await database.sql(renamed('a'));
    await expect.poll(() => told.length).toBe(2);
  });

  it('are found where nobody is told, each once', async () => {
    const database = await freshDatabase();
    await cutNotifications(database);
    const told = await feedOn(database, OFTEN_MS);
    await makeKey(database, 'a');
    await makeKey(database, 'b');
    await database.sql(renamed('a'));
    await expect.poll(() => told.length).toBe(1);
    await database.sql(renamed('b'));
    await expect.poll(() => told.length).toBe(2);
    expect(told.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });

  it('of another schema, or of a kind of tomorrow, are not told', async () => {
    const database = await freshDatabase();
    const told = await feedOn(database, NEVER_MS);
    await makeKey(database, 'a');
    await expect.poll(() => database.sql(LISTENING)).toHaveLength(1);
    await database.sql(
      `SELECT pg_notify('nestgate_change', '["other",1,"key","a"]')`,
      `SELECT pg_notify('nestgate_change', '["nestgate",2,"planet","a"]')`,
      `SELECT pg_notify('nestgate_change', 'nonsense')`,
      renamed('a'),
    );
    await expect.poll(() => told).toEqual([{ kind: 'key', subject: 'a' }]);
  });

  it('are forgotten after a day', async () => {
    const database = await freshDatabase();
    await database.sql(
      `INSERT INTO nestgate.change (at, kind, subject) VALUES (now() - interval '25 hours', 'key', 'a')`,
    );
    const told = await feedOn(database, OFTEN_MS);
    await expect.poll(() => database.sql('SELECT 1 FROM nestgate.change')).toEqual([]);
    expect(told).toEqual([]);
  });

  it('leave nothing in memory with each look at the connection', async () => {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => query.mockRestore());
    const looked = (times: number) =>
      vi.waitUntil(
        () => {
          const isEnough =
            query.mock.calls.filter(([statement]) => (statement as unknown) === 'SELECT 1').length >= times;
          if (isEnough) query.mockClear();
          return isEnough;
        },
        { timeout: 20_000 },
      );
    await feedOn(await freshDatabase(), 1);
    await looked(10);
    const before = queryObjects(Promise, { format: 'count' });
    await looked(200);
    expect(queryObjects(Promise, { format: 'count' }) - before).toBeLessThan(100);
  });

  it('leave no connection behind', async () => {
    const database = await freshDatabase();
    const feed = new PostgresChangeFeed(await database.open({ applicationName: 'leaving' }), undefined, OFTEN_MS);
    feed.onApplicationBootstrap();
    await expect.poll(() => database.sql(LISTENING)).toHaveLength(1);
    await feed.onApplicationShutdown();
    await expect.poll(() => database.sql(LISTENING)).toEqual([]);
  });
});
