import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatAnswer,
  closedPort,
  DONE,
  FakeUpstream,
  finish,
  forever,
  gate,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { buildScript, type RunningScript, runScript } from '../support/run-script.js';

const WORKERS = 2;

let script: { path: string; remove(): Promise<void> };
let database: TestDatabase;
let upstream: FakeUpstream;
let folder: string;
let running: RunningScript[] = [];

beforeAll(async () => {
  script = await buildScript(join(import.meta.dirname, '../../src/main.ts'), 'workers');
});

afterAll(() => script.remove());

beforeEach(async () => {
  database = await testDatabase();
  upstream = await FakeUpstream.start();
  upstream.always(chatAnswer('Hi'));
  folder = await mkdtemp(join(tmpdir(), 'nestgate-workers-'));
});

afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  running = [];
  await upstream.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Server extends RunningScript {
  readonly port: number;
  readonly adminUrl: string;
  readonly pid: number;
}

async function startServer(limits: string, environment: Record<string, string> = {}): Promise<Server> {
  const config = join(folder, 'nestgate.yaml');
  await writeFile(
    config,
    `keys: [{ name: test, secret: ${TEST_KEY} }]
providers:
  - { name: first, kind: openai-compatible, baseUrl: '${upstream.baseUrl}', apiKey: k, models: [{ name: model }] }
rateLimits: ${limits}
`,
  );
  const env = {
    HOST: '127.0.0.1',
    PORT: '0',
    // A new leader opens the same.
    ADMIN_PORT: String(await closedPort()),
    DATABASE_URL: database.url,
    NESTGATE_DATA_DIR: join(folder, 'data'),
    NESTGATE_CONFIG: config,
    NESTGATE_WORKERS: String(WORKERS),
    NESTGATE_MASTER_KEY: 'ab'.repeat(32),
    NESTGATE_ADMIN_TOKEN: 'an-admin-token-of-the-test-4f1b2c',
    LOG_LEVEL: 'error',
    ...environment,
  };
  const started = runScript(script.path, [], { env });
  running.push(started);
  let output = '';
  started.child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const { pid } = started.child;
  if (pid === undefined) throw new Error('There is no process.');
  // Comes when all of them are there.
  await expect.poll(() => output, { timeout: 50_000 }).toMatch(/administration http:\S+\n[^]*Try it/);
  const port = Number(/listens on http:\/\/localhost:(\d+)/.exec(output)?.[1]);
  const adminUrl = /administration (\S+)/.exec(output)?.[1]?.replace('localhost', '127.0.0.1') ?? '';
  return { ...started, port, adminUrl, pid };
}

async function workersOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

async function metric(server: Server, name: string): Promise<number> {
  const answer = await fetch(`${server.adminUrl}/metrics`);
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith(`nestgate_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function recordsStored(): Promise<number> {
  const [row] = await database.sql('SELECT count(*)::int AS records FROM nestgate.usage_record');
  return Number(row?.['records']);
}

describe.skipIf(process.platform !== 'linux')('a server of two workers', { timeout: 120_000 }, () => {
  it('has one limit, one set of metrics, and every record', async () => {
    const server = await startServer('{ requestsPerMinute: 30 }');
    const answers = await Promise.all(Array.from({ length: 40 }, () => chat(server)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    expect(upstream.dispatches).toBe(30);
    expect(await metric(server, 'calls_total')).toBe(30);
    expect(await metric(server, 'refusals_total')).toBe(10);
    await expect.poll(recordsStored, { timeout: 20_000 }).toBe(30);
  });

  it('replaces one that is killed, whose calls are no longer under way', async () => {
    const server = await startServer('{ concurrentRequests: 4 }');
    upstream.always(stream(role, text('a'), forever));
    const clients = Array.from({ length: 4 }, () => new ChatClient(server, STREAM_REQUEST));
    await Promise.all(clients.map((client) => client.waitFor(({ content }) => content !== '')));
    upstream.always(chatAnswer('Hi'));
    expect((await chat(server)).status).toBe(429);

    const [victim = 0, survivor = 0] = await workersOf(server.pid);
    process.kill(victim, 'SIGKILL');
    const isCut = (): number => clients.filter(({ isOver }) => isOver).length;
    await expect.poll(isCut, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect
      .poll(async () => (await workersOf(server.pid)).filter((pid) => pid !== victim).length, { timeout: 50_000 })
      .toBe(WORKERS);
    expect(await workersOf(server.pid)).toContain(survivor);
    expect(isCut()).toBeLessThan(4);
    for (let call = 0; call < 4; call++) expect((await chat(server)).status).toBe(200);
    // The administration is there again, whichever of them it was.
    await expect
      .poll(() => fetch(`${server.adminUrl}/metrics`).then(({ status }) => status, String), { timeout: 50_000 })
      .toBe(200);
  });

  it('lets streams end when it is asked to stop, and then ends well', async () => {
    const server = await startServer('{}');
    const { passed, open } = gate();
    upstream.always(stream(role, text('a'), passed, text('b'), finish, DONE));
    const clients = Array.from({ length: 4 }, () => new ChatClient(server, STREAM_REQUEST));
    await Promise.all(clients.map((client) => client.waitFor(({ content }) => content !== '')));
    server.child.kill('SIGTERM');
    const ready = `http://127.0.0.1:${server.port}/readyz`;
    await expect.poll(() => fetch(ready).then(({ status }) => status), { timeout: 20_000 }).toBe(503);
    open();
    for (const client of clients) {
      await client.waitFor(({ isOver }) => isOver);
      expect(client.text).toContain('[DONE]');
    }
    expect(await server.ended).toBe(0);
    expect(await recordsStored()).toBeGreaterThanOrEqual(4);
  });

  it('does not start where a worker cannot, and says why once', async () => {
    const first = await startServer('{}');
    const started = runScript(script.path, [], {
      env: {
        HOST: '127.0.0.1',
        PORT: String(first.port),
        ADMIN_PORT: '0',
        DATABASE_URL: database.url,
        NESTGATE_DATA_DIR: join(folder, 'other'),
        NESTGATE_MASTER_KEY: 'ab'.repeat(32),
        NESTGATE_WORKERS: '2',
        LOG_LEVEL: 'fatal',
      },
    });
    running.push(started);
    expect(await started.ended).toBe(1);
    await expect(started.firstLine).rejects.toThrow(/^Nestgate cannot start.\nThe port is taken by another program/);
  });
});
