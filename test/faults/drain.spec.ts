import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chat, CHAT_REQUEST, ChatClient, dataOf } from '../support/chat-client.js';
import {
  chatAnswer,
  DONE,
  FakeUpstream,
  finish,
  forever,
  gate,
  hang,
  role,
  stream,
  text,
  usage,
} from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { providerAt } from '../support/gateway-processes.js';
import { type Oracle, ORACLE_PRICES } from '../support/oracle.js';
import { oracleBed, type OracleBed } from '../support/oracle-bed.js';
import { type TestDatabase } from '../support/postgres.js';
import { type ServerProcess, serverProcesses } from '../support/server-processes.js';

/*
 * R2. The promise has two replicas that stop ten times each, under 200 requests a second; here each stops once, three times
 * in the long form, under twelve requests at once.
 */
const ROUNDS = process.env['FAULTS'] === 'full' ? 3 : 1;

/** What the oracle takes for a whole answer. */
const TOKENS = { input: 7, output: 5 };

let bed: OracleBed;
let database: TestDatabase;
let upstream: FakeUpstream;
let oracle: Oracle;
let folder: string;

beforeEach(async () => {
  bed = await oracleBed('drain');
  ({ database, upstream, oracle, folder } = bed);
});

afterEach(() => bed.close());

const servers = serverProcesses();

function startServer(shutdown: object = {}): Promise<ServerProcess> {
  const configuration = {
    keys: [{ name: 'test', secret: TEST_KEY }],
    prices: ORACLE_PRICES,
    shutdown,
    providers: [providerAt(upstream, { maxRetries: 0 })],
  };
  return servers.start({ folder, databaseUrl: database.url, configuration: JSON.stringify(configuration) });
}

/** What `/readyz` says; 0 where nobody listens. */
async function readiness({ port }: ServerProcess): Promise<number> {
  return await fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ status }) => status,
    () => 0,
  );
}

/** Requests of which the provider has begun to answer the streams, and has the others. */
async function openCalls(
  server: ServerProcess,
  count: number,
): Promise<{ streams: ChatClient[]; wholes: ChatClient[] }> {
  const asking = (isStream: boolean) => (_: unknown, index: number) =>
    new ChatClient(server, { ...CHAT_REQUEST, stream: isStream, user: `${isStream ? 'stream' : 'whole'}-${index}` });
  const streams = Array.from({ length: count }, asking(true));
  for (const client of streams) await client.waitFor(({ content }) => content === 'one');
  const wholes = Array.from({ length: count }, asking(false));
  await upstream.request(2 * count - 1);
  return { streams, wholes };
}

describe('a server that is told to stop', { timeout: 120_000 }, () => {
  it('is not ready at once, takes requests for the grace yet, and lets what is under way come to its end', async () => {
    const server = await startServer({ grace: 4_000 });
    const { passed, open } = gate();
    upstream.always(async (seen) => {
      if (seen.json['stream'] === true) {
        await stream(role, text('one'), passed, text('two'), finish, usage(TOKENS), DONE)(seen);
      } else {
        await passed;
        await chatAnswer('whole', TOKENS)(seen);
      }
    });
    const { streams, wholes } = await openCalls(server, 4);

    server.child.kill('SIGTERM');
    await expect.poll(() => readiness(server)).toBe(503);
    upstream.next(chatAnswer('late', TOKENS));
    const late = await chat(server, { ...CHAT_REQUEST, user: 'late' }, { headers: { connection: 'keep-alive' } });
    expect([late.status, late.headers.connection]).toEqual([200, 'close']);
    await expect.poll(() => readiness(server)).toBe(0);
    expect([...streams, ...wholes].some(({ isOver }) => isOver)).toBe(false);

    open();
    for (const client of [...streams, ...wholes]) {
      await client.waitFor(({ isOver }) => isOver);
      expect([client.status, client.isWhole]).toEqual([200, true]);
    }
    for (const { content, text: all } of streams) expect([content, all.endsWith(DONE)]).toEqual(['onetwo', true]);
    expect(await server.ended).toBe(0);
    await bed.holds();
    const rows = await oracle.ledger();
    expect(rows).toHaveLength(9);
    for (const row of rows) expect(row).toMatchObject({ status: 'completed', grade: 'exact', output: TOKENS.output });
  });

  it('ends at the deadline what has not, tells so, and has it on record', async () => {
    const server = await startServer({ grace: 0, drain: 1_000 });
    upstream.always((seen) => (seen.json['stream'] === true ? stream(role, text('one'), forever)(seen) : hang(seen)));
    const { streams, wholes } = await openCalls(server, 4);

    server.child.kill('SIGTERM');
    const error = { code: 'server_shutting_down', type: 'server_error' };
    for (const client of streams) {
      await client.waitFor(({ isOver }) => isOver);
      expect([client.status, client.isWhole, dataOf(client.text).at(-1)]).toMatchObject([200, true, { error }]);
    }
    for (const client of wholes) {
      await client.waitFor(({ isOver }) => isOver);
      expect([client.status, client.json]).toMatchObject([503, { error }]);
      expect(client.headers['x-should-retry']).toBe('true');
    }
    expect(await server.ended).toBe(0);
    await bed.holds();
    const rows = await oracle.ledger();
    expect(rows).toHaveLength(8);
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'failed', grade: 'estimated', errorCode: 'server_shutting_down' });
    }
  });

  it('is not kept open by clients that say nothing, or never come to an end', async () => {
    const server = await startServer({ grace: 0, drain: 500 });
    const silent = connect(server.port, '127.0.0.1');
    const half = connect(server.port, '127.0.0.1');
    const upload = connect(server.port, '127.0.0.1');
    const heard = { half: '', upload: '' };
    half.on('data', (bytes: Buffer) => (heard.half += bytes.toString()));
    upload.on('data', (bytes: Buffer) => (heard.upload += bytes.toString()));
    half.write('POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n');
    upload.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TEST_KEY}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"model":',
    );
    for (const socket of [silent, half, upload]) socket.on('error', () => undefined);
    await once(silent, 'connect');
    // What was sent before has been read by now.
    expect((await fetch(`http://127.0.0.1:${server.port}/livez`)).status).toBe(200);

    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await expect.poll(() => heard.half).toMatch(/^HTTP\/1.1 503 [^]*server_shutting_down/);
    await expect.poll(() => heard.upload).toMatch(/^HTTP\/1.1 503 [^]*server_shutting_down/);
  });

  it('ends at once where it is told twice; its journal has what was under way', async () => {
    const server = await startServer({ grace: 60_000 });
    upstream.always((seen) => (seen.json['stream'] === true ? stream(role, text('one'), forever)(seen) : hang(seen)));
    const { streams, wholes } = await openCalls(server, 4);
    server.child.kill('SIGTERM');
    await expect.poll(() => readiness(server)).toBe(503);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(1);
    for (const client of [...streams, ...wholes]) await client.waitFor(({ isOver }) => isOver);

    await startServer();
    await bed.holds({ answersMayBreak: true });
    const rows = await oracle.ledger();
    expect(rows).toHaveLength(8);
    for (const row of rows) expect(row).toMatchObject({ status: 'aborted', grade: 'estimated' });
  });
});

describe('two replicas that are restarted in turn under load', { timeout: 120_000 + ROUNDS * 60_000 }, () => {
  it('answer every request whole', async () => {
    const replicas = [await startServer(), await startServer()];
    // As a load balancer does: asks who is ready, and sends to nobody else.
    const ready = new Set(replicas);
    let turn = 0;
    const stop = oracle.load(12, () => {
      const choice = [...ready];
      return choice[turn++ % choice.length]?.port ?? 0;
    });
    for (let round = 0; round < ROUNDS * 2; round++) {
      const [server] = replicas.splice(0, 1);
      if (server === undefined) throw new Error('There are two.');
      await oracle.answered(25);
      server.child.kill('SIGTERM');
      await expect.poll(() => readiness(server), { timeout: 20_000, interval: 20 }).toBe(503);
      ready.delete(server);
      expect(await server.ended).toBe(0);
      const next = await startServer();
      replicas.push(next);
      ready.add(next);
    }
    // The last one, too, is asked.
    await oracle.answered(25);
    await stop();
    expect(oracle.outcomes.filter(({ isWhole }) => !isWhole)).toEqual([]);
    await bed.holds();
    const rows = await oracle.ledger();
    expect(rows).toHaveLength(oracle.outcomes.length);
  });
});
