import { randomUUID } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type DataSource } from 'typeorm';
import { inject } from 'vitest';
import { connect, createDataSource, type DataSourceTuning } from '../../src/persistence/data-source.js';
import { type TestServer } from './postgres.global-setup.js';
import { runSql, withDatabase } from './postgres-url.js';

/** A database for one test or one file of tests. */
export interface TestDatabase {
  readonly url: string;
  /** A connected data source on it, closed by {@link TestDatabase.drop}. */
  open(tuning?: DataSourceTuning): Promise<DataSource>;
  /** Runs statements on a connection of their own, and returns the rows of the last. */
  sql(...statements: string[]): Promise<Record<string, unknown>[]>;
  /** Who waits for a lock in it: the `application_name` of each, and the kind of lock. */
  waiting(): Promise<Record<string, unknown>[]>;
  /**
   * Has the server end the connections to it.
   * @param program whose connections, by its `application_name`; all where it is left out.
   * @returns how many there were.
   */
  cutConnections(program?: string): Promise<number>;
  /** Ends every connection and removes the database. */
  drop(): Promise<void>;
}

/**
 * A fresh database on the server of this test run.
 * @param options.migrated whether the tables are there already, which is the default
 */
export async function testDatabase({ migrated = true }: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = await testServer();
  const name = `nestgate_test_${randomUUID().replaceAll('-', '')}`;
  await runSql(server.url, `CREATE DATABASE ${name} TEMPLATE ${migrated ? server.template : 'template0'}`);
  const url = withDatabase(server.url, name);
  const opened: DataSource[] = [];
  return {
    url,
    open: async (tuning = {}) => {
      const dataSource = createDataSource({ url, ...tuning });
      await connect(dataSource, 0);
      opened.push(dataSource);
      return dataSource;
    },
    sql: (...statements) => runSql(url, ...statements),
    waiting: () =>
      runSql(
        url,
        `SELECT application_name AS program, wait_event AS lock FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ),
    cutConnections: async (program) => {
      const cut = await runSql(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()
            ${program === undefined ? '' : `AND application_name = '${program}'`}`,
      );
      return cut.length;
    },
    drop: async () => {
      for (const dataSource of opened) {
        if (dataSource.isInitialized) {
          await dataSource.destroy();
        }
      }
      await runSql(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Changes are noted and told to nobody, as with a pooler that gives every transaction another connection. */
export async function cutNotifications(database: TestDatabase): Promise<void> {
  await database.sql(`
    CREATE OR REPLACE FUNCTION nestgate.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO nestgate.change (kind, subject) VALUES (TG_ARGV[0], COALESCE(NEW.id, OLD.id));
        RETURN NULL;
      END
    $$`);
}

let server: Promise<TestServer> | undefined;

function testServer(): Promise<TestServer> {
  server ??= askForServer();
  return server;
}

async function askForServer(): Promise<TestServer> {
  const answer: unknown = JSON.parse(await text(connectSocket(inject('testPostgresSocket'))));
  if (isTestServer(answer)) {
    return answer;
  }
  throw new Error(`There is no Postgres for the tests: ${JSON.stringify(answer)}`);
}

function isTestServer(answer: unknown): answer is TestServer {
  return typeof answer === 'object' && answer !== null && 'url' in answer && 'template' in answer;
}
