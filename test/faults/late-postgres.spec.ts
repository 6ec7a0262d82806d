import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { Logger } from '@nestjs/common';
import { generateApiKey } from '../../src/auth/api-key.js';
import { loadServerConfiguration } from '../../src/server/configuration/server-configuration.js';
import { startServer } from '../../src/server/start-server.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { proxyTo } from '../support/tcp-proxy.js';

let database: TestDatabase;
let directory: string;

beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await testDatabase({ migrated: false });
  directory = await mkdtemp(join(tmpdir(), 'nestgate-late-'));
  // Nobody is to be waited for when it stops.
  await writeFile(join(directory, 'nestgate.yaml'), 'shutdown: { grace: 0 }');
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
  await database.drop();
  Logger.overrideLogger(undefined as never);
});

const SECRET = 'sk-configured-0123456789';
const REQUEST = { ...CHAT_REQUEST, model: 'simulator/echo' };

// R4.
it.each(['is not there', 'hangs'])(
  'a server whose Postgres %s starts all the same, and is ready when it is there',
  { timeout: 120_000 },
  async (fault) => {
    const proxy = await proxyTo(database.url);
    onTestFinished(() => proxy.refuse());
    if (fault === 'hangs') proxy.hang();
    else await proxy.refuse();
    const environment = {
      DATABASE_URL: proxy.url,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'fatal',
      NESTGATE_API_KEY: SECRET,
    };
    const server = await startServer(loadServerConfiguration(environment, directory));
    onTestFinished(() => server.close());
    const { url } = server;
    const target = { port: Number(new URL(url).port) };
    const asking = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const stranger = await chat(target, REQUEST, asking(generateApiKey().key));
    expect([stranger.status, stranger.json]).toMatchObject([503, { error: { code: 'auth_unavailable' } }]);
    expect(stranger.headers['retry-after']).toBe('1');
    // Known without Postgres, and on record in the journal.
    expect((await chat(target, REQUEST, asking(SECRET))).status).toBe(200);

    await proxy.restore();
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 60_000 }).toBe(200);
    expect((await server.later)?.firstAdminToken).toMatch(/^nestgate-admin_/);
    const records = () => database.sql('SELECT status FROM nestgate.usage_record');
    await expect.poll(records, { timeout: 60_000 }).toEqual([{ status: 'completed' }]);
    const status = async (): Promise<number> => (await chat(target, REQUEST, asking(generateApiKey().key))).status;
    await expect.poll(status, { timeout: 60_000 }).toBe(401);
  },
);
