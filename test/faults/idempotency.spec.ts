import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chat, CHAT_REQUEST, ChatClient, type ClientAnswer, type ClientOptions } from '../support/chat-client.js';
import {
  chatAnswer,
  FakeUpstream,
  forever,
  hang,
  role,
  type SeenRequest,
  stream,
  text,
} from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { type GatewayProcess, gatewayProcesses, providerAt } from '../support/gateway-processes.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let upstream: FakeUpstream;

beforeEach(async () => {
  database = await testDatabase();
  upstream = await FakeUpstream.start();
});

afterEach(async () => {
  await upstream.close();
  await database.drop();
});

const startGateway = gatewayProcesses();

/** A gateway in a process of its own. */
async function gatewayProcess(): Promise<GatewayProcess> {
  const options = {
    url: database.url,
    keys: [{ name: 'test', secret: TEST_KEY }],
    providers: [providerAt(upstream, { maxRetries: 0 })],
  };
  return await startGateway(options);
}

const withKey = (key: string): ClientOptions => ({ headers: { 'idempotency-key': key } });

/** A request that says its key, so that the provider can tell how often it came. */
const bodyOf = (key: string, isStream = false) => ({ ...CHAT_REQUEST, user: key, stream: isStream });

const codeOf = ({ json }: ClientAnswer): unknown => (json['error'] as { code?: unknown } | undefined)?.code;

const userOf = ({ json }: SeenRequest): string => String(json['user']);

/** How often the provider has got the request of each key. */
function dispatches(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const seen of upstream.requests) counts[userOf(seen)] = (counts[userOf(seen)] ?? 0) + 1;
  return counts;
}

/** Less than the time has passed after which a process that gives no sign of life counts as dead. */
const leasesLast = (): Promise<unknown> =>
  database.sql(`UPDATE nestgate.idempotency_key SET leased_until = now() + interval '1 h'`);

/** That time has passed. */
const leasesEnd = (): Promise<unknown> =>
  database.sql(`UPDATE nestgate.idempotency_key SET leased_until = now() - interval '1 s'`);

const statesOf = async (): Promise<unknown[]> =>
  (await database.sql('SELECT state FROM nestgate.idempotency_key')).map(({ state }) => state);

// Processes take their time to start on a busy machine.
describe('a request with an Idempotency-Key', { timeout: 120_000 }, () => {
  it.each([
    ['while a provider is at work', hang, false],
    ['within a stream', stream(role, text('Hi'), forever), true],
  ])('is not sent again where the gateway was killed %s', async (_what, behaviour, isStream) => {
    const [first, second] = await Promise.all([gatewayProcess(), gatewayProcess()]);
    upstream.next(behaviour);
    const cut = new ChatClient(first, bodyOf('a', isStream), withKey('a'));
    await upstream.request(0);
    if (isStream) await cut.waitFor(({ content }) => content === 'Hi');
    expect(codeOf(await chat(second, bodyOf('a', isStream), withKey('a')))).toBe('idempotency_in_progress');

    await first.kill();
    await cut.waitFor(({ isOver }) => isOver);
    expect(cut.isWhole).toBe(false);
    await leasesLast();
    expect(codeOf(await chat(second, bodyOf('a', isStream), withKey('a')))).toBe('idempotency_in_progress');
    await leasesEnd();
    const restarted = await gatewayProcess();
    for (const gateway of [second, restarted]) {
      const answer = await chat(gateway, bodyOf('a', isStream), withKey('a'));
      expect([answer.status, codeOf(answer)]).toEqual([409, 'idempotency_outcome_unknown']);
      expect(answer.headers['x-should-retry']).toBe('false');
    }
    expect(dispatches()).toEqual({ a: 1 });
  });

  it('gets the answer that a gateway gave before it was killed from another', async () => {
    const [first, second] = await Promise.all([gatewayProcess(), gatewayProcess()]);
    upstream.next(chatAnswer('Hello'));
    const answer = await chat(first, bodyOf('a'), withKey('a'));
    await expect.poll(statesOf).toEqual(['finished']);
    await first.kill();
    const again = await chat(second, bodyOf('a'), withKey('a'));
    expect(again.bytes).toEqual(answer.bytes);
    expect(again.headers['idempotent-replayed']).toBe('true');
    const [row] = await database.sql(`SELECT encode(answer, 'escape') AS answer FROM nestgate.idempotency_key`);
    expect(String(row?.['answer'])).not.toContain('Hello');
    expect(dispatches()).toEqual({ a: 1 });
  });

  it('is sent once of 50 at two gateways at the same time', async () => {
    const gateways = await Promise.all([gatewayProcess(), gatewayProcess()]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => chat(gateways[at % 2] ?? { port: 0 }, bodyOf('a'), withKey('a'))),
    );
    expect(dispatches()).toEqual({ a: 1 });
    for (const answer of answers) {
      const isRefused = answer.status === 409 && codeOf(answer) === 'idempotency_in_progress';
      expect(isRefused || answer.status === 200).toBe(true);
    }
    const answered = answers.filter(({ status }) => status === 200);
    expect(answered.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
  });

  it('is sent once whenever the gateway is killed: 20 keys, sent again and again to whoever is there', async () => {
    // Ten never come back; what becomes of the others is chance.
    upstream.next(...Array<typeof hang>(10).fill(hang)).always(chatAnswer('Hello'));
    const keys = Array.from({ length: 20 }, (_, at) => `key-${at}`);
    for (let round = 0; round < 2; round++) {
      const gateway = await gatewayProcess();
      const clients = keys.map((key) => new ChatClient(gateway, bodyOf(key), withKey(key)));
      if (round === 0) await upstream.waitFor(({ requests }) => requests.length >= 10);
      else await clients[0]?.waitFor(({ status }) => status > 0);
      await gateway.kill();
      for (const client of clients) await client.waitFor(({ isOver }) => isOver);
      await leasesEnd();
    }
    const last = await gatewayProcess();
    const codes: unknown[] = [];
    for (const key of keys) codes.push(codeOf(await chat(last, bodyOf(key), withKey(key))));
    expect(codes.filter((code) => code === 'idempotency_outcome_unknown').length).toBeGreaterThanOrEqual(10);
    expect(new Set(codes)).toEqual(
      new Set(['idempotency_outcome_unknown', ...codes.filter((code) => code === undefined)]),
    );
    expect(Object.values(dispatches()).filter((count) => count > 1)).toEqual([]);
  });
});
