import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chat, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatAnswer,
  DONE,
  type FakeUpstream,
  finish,
  forever,
  gate,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oracleBed, type OracleBed } from '../support/oracle-bed.js';
import { type TestDatabase } from '../support/postgres.js';
import { type ServerProcess, serverProcesses } from '../support/server-processes.js';

const WORKERS = 2;

let bed: OracleBed;
let database: TestDatabase;
let upstream: FakeUpstream;
let folder: string;

beforeEach(async () => {
  bed = await oracleBed('workers');
  ({ database, upstream, folder } = bed);
  upstream.always(chatAnswer('Hi'));
});

afterEach(() => bed.close());

const servers = serverProcesses();

function startServer(limits: string, environment: Record<string, string> = {}): Promise<ServerProcess> {
  return servers.start({
    folder,
    databaseUrl: database.url,
    environment: { NESTGATE_WORKERS: String(WORKERS), ...environment },
    configuration: `keys: [{ name: test, secret: ${TEST_KEY} }]
providers:
  - { name: first, kind: openai-compatible, baseUrl: '${upstream.baseUrl}', apiKey: k, models: [{ name: model }] }
rateLimits: ${limits}
`,
  });
}

async function workersOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

async function metric(server: ServerProcess, name: string): Promise<number> {
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
    await expect.poll(recordsStored).toBe(30);
  });

  it('admits under load what a limit says, no less and no more', async () => {
    const LIMIT = 900;
    const server = await startServer(`{ requestsPerMinute: ${LIMIT} }`);
    const some = (): Promise<unknown> => Promise.all(Array.from({ length: 100 }, () => chat(server)));
    // A worker may have leased what another one is refused, and gives it back.
    await expect.poll(async () => (await some(), upstream.dispatches), { timeout: 50_000 }).toBe(LIMIT);
    await some();
    expect(upstream.dispatches).toBe(LIMIT);
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
    await expect.poll(isCut).toBeGreaterThan(0);
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

  it('has all of a limit again after load, also what one had leased that was killed', async () => {
    const LIMIT = 240;
    const server = await startServer(`{ concurrentRequests: ${LIMIT} }`);
    const load = (): Promise<unknown> => Promise.allSettled(Array.from({ length: 40 }, () => chat(server)));
    for (let times = 0; times < 10; times++) await load();
    const last = load();
    const [victim = 0] = await workersOf(server.pid);
    process.kill(victim, 'SIGKILL');
    await last;
    await expect
      .poll(async () => (await workersOf(server.pid)).filter((pid) => pid !== victim).length, { timeout: 50_000 })
      .toBe(WORKERS);

    upstream.always(stream(role, text('a'), forever));
    const clients: ChatClient[] = [];
    // For a moment one worker may have leased what another one is refused.
    const admitted = async (): Promise<number> => {
      const more = Array.from({ length: LIMIT - clients.length }, () => new ChatClient(server, STREAM_REQUEST));
      await Promise.all(more.map((client) => client.waitFor(({ content, isOver }) => content !== '' || isOver)));
      return clients.push(...more.filter(({ status }) => status === 200));
    };
    await expect.poll(admitted, { timeout: 50_000 }).toBe(LIMIT);
    expect((await chat(server)).status).toBe(429);
  });

  // Supervisors like systemd signal every process of a service.
  it.each(['the process above', 'every process'])(
    'lets streams end when %s is asked to stop, and then ends well',
    async (who) => {
      const server = await startServer('{}');
      const { passed, open } = gate();
      upstream.always(stream(role, text('a'), passed, text('b'), finish, DONE));
      const clients = Array.from({ length: 4 }, () => new ChatClient(server, STREAM_REQUEST));
      await Promise.all(clients.map((client) => client.waitFor(({ content }) => content !== '')));
      const workers = who === 'every process' ? await workersOf(server.pid) : [];
      for (const pid of [...workers, server.pid]) process.kill(pid, 'SIGTERM');
      const ready = `http://127.0.0.1:${server.port}/readyz`;
      await expect.poll(() => fetch(ready).then(({ status }) => status)).toBe(503);
      open();
      for (const client of clients) {
        await client.waitFor(({ isOver }) => isOver);
        expect(client.text).toContain('[DONE]');
      }
      expect(await server.ended).toBe(0);
      expect(await recordsStored()).toBeGreaterThanOrEqual(4);
    },
  );

  it('does not start where a worker cannot, and says why once', async () => {
    const first = await startServer('{}');
    const started = servers.run({
      PORT: String(first.port),
      ADMIN_PORT: '0',
      DATABASE_URL: database.url,
      NESTGATE_DATA_DIR: join(folder, 'other'),
      NESTGATE_WORKERS: '2',
      LOG_LEVEL: 'fatal',
    });
    expect(await started.ended).toBe(1);
    await expect(started.firstLine).rejects.toThrow(/^Nestgate cannot start.\nThe port is taken by another program/);
  });
});
