import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket that answers each connection with a {@link TestServer} as JSON. */
    testPostgresSocket: string;
    /** Where scripts are built to that tests run in processes of their own. */
    builtScripts: string;
  }
}

/** The Postgres server of a test run. */
export interface TestServer {
  /** A database to connect to for creating others. */
  readonly url: string;
  /** The name of a migrated database to copy. */
  readonly template: string;
}

interface StartedServer extends TestServer {
  stop(): Promise<void>;
}

/**
 * One Postgres server for all tests of a run: that of TEST_DATABASE_URL, else an embedded one. It starts when the
 * first test asks for it, so runs without a database do not wait for one.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'nestgate-test-'));
  // Where the tests run as root, Postgres's user must be able to pass through.
  await chmod(dir, 0o711);
  let started: Promise<StartedServer> | undefined;
  const socket = join(dir, 'postgres.sock');
  const broker = createServer((connection) => {
    connection.on('error', () => undefined);
    started ??= startServer(join(dir, 'data'));
    started.then(
      ({ url, template }) => connection.end(JSON.stringify({ url, template })),
      (error: unknown) => connection.end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve) => broker.listen(socket, resolve));
  project.provide('testPostgresSocket', socket);
  // Below the repository's node_modules, so that built scripts find their packages.
  const scripts = join(import.meta.dirname, '../../node_modules/.nestgate-test', basename(dir));
  project.provide('builtScripts', scripts);

  return async () => {
    broker.close();
    await started?.then((server) => server.stop()).catch(() => undefined);
    for (const made of [dir, scripts]) await rm(made, { recursive: true, force: true });
  };
}

async function startServer(dataDir: string): Promise<StartedServer> {
  // Loaded only now: runs without a database have no use for these.
  const { EmbeddedPostgres } = await import('../../src/server/embedded-postgres.js');
  const { createDataSource } = await import('../../src/persistence/data-source.js');
  const { migrate } = await import('../../src/persistence/migrate.js');
  const { runSql, urlOf, withDatabase } = await import('./postgres-url.js');

  const given = process.env['TEST_DATABASE_URL'];
  const embedded = given === undefined ? await EmbeddedPostgres.start(dataDir) : undefined;
  const url = embedded === undefined ? String(given) : urlOf(embedded.connection);
  if (embedded !== undefined) {
    // Nothing of a test run has to survive a power cut.
    await runSql(url, 'ALTER SYSTEM SET fsync = off', 'SELECT pg_reload_conf()');
  }
  const template = `nestgate_template_${randomUUID().slice(0, 8)}`;
  await runSql(url, `CREATE DATABASE ${template}`);
  await migrate(createDataSource({ url: withDatabase(url, template) }));
  return {
    url,
    template,
    stop: async () => {
      await (embedded === undefined ? runSql(url, `DROP DATABASE ${template}`) : embedded.stop());
    },
  };
}
