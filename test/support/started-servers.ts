import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { loadServerConfiguration } from '../../src/server/configuration/server-configuration.js';
import { type StartedServer, startServer } from '../../src/server/start-server.js';
import { testDatabase, type TestDatabase } from './postgres.js';

/** Servers in this process, on a database and in a folder that are their test's alone. */
export class StartedServers {
  private servers: StartedServer[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly directory: string,
  ) {}

  /** @param name of the folder. */
  static async make(name: string): Promise<StartedServers> {
    const database = await testDatabase();
    const made = new StartedServers(database, await mkdtemp(join(tmpdir(), `nestgate-${name}-`)));
    await made.configure('');
    return made;
  }

  /** The configuration of servers that start from now on. Nobody is to be waited for when they stop. */
  configure(yaml: string): Promise<void> {
    return writeFile(join(this.directory, 'nestgate.yaml'), `shutdown: { grace: 0 }\n${yaml}`);
  }

  async start(environment: Record<string, string | undefined> = {}): Promise<StartedServer> {
    const { url } = this.database;
    const variables = { DATABASE_URL: url, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'fatal', ...environment };
    const server = await startServer(loadServerConfiguration(variables, this.directory));
    this.servers.push(server);
    return server;
  }

  /** Stops all that have been started. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    this.servers = [];
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
    await this.database.drop();
  }
}

/** Makes them before each test and closes them after it, with nothing of what they log. @returns those of the test. */
export function startedServers(name: string): () => StartedServers {
  let servers: StartedServers;
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(undefined as never));
  beforeEach(async () => {
    servers = await StartedServers.make(name);
  });
  afterEach(() => servers.close());
  return () => servers;
}
