import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import pg from 'pg';

/** Where the hosts have their databases: TEST_DATABASE_URL, or an embedded server, which is started when it is needed. */
export class TestServer {
  #starting;
  #embedded;
  #made = [];

  constructor(dataDir) {
    this.dataDir = dataDir;
  }

  /** An empty database. */
  async create() {
    this.#starting ??= this.#start();
    const server = await this.#starting;
    const name = `nestgate_embed_${randomUUID().slice(0, 8)}`;
    await run(server, `CREATE DATABASE ${name}`);
    this.#made.push(name);
    const url = new URL(server);
    url.pathname = `/${name}`;
    return { url: url.href, sql: (statement) => run(url.href, statement) };
  }

  async stop() {
    const server = await this.#starting?.catch(() => undefined);
    for (const name of this.#made) await run(server, `DROP DATABASE ${name} WITH (FORCE)`);
    await this.#embedded?.stop();
  }

  async #start() {
    const given = process.env.TEST_DATABASE_URL;
    if (given !== undefined) return given;
    const { EmbeddedPostgres } = await import('../../dist/server/embedded-postgres.js');
    mkdirSync(this.dataDir);
    this.#embedded = await EmbeddedPostgres.start(this.dataDir);
    const { host, port, user, database } = this.#embedded.connection;
    return `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
  }
}

async function run(connectionString, statement) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
