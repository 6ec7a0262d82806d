import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { json } from '../support/fake-upstream.js';
import { audio, noise, postForm } from '../support/forms.js';
import { TEST_KEY } from '../support/gateway.js';
import { type GatewayProcess, gatewayProcesses, providerAt } from '../support/gateway-processes.js';
import { canHaveNameServer, NameServer } from '../support/name-server.js';
import { ORACLE_PRICES } from '../support/oracle.js';
import { oracleBed, type OracleBed } from '../support/oracle-bed.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/*
 * R28, end to end: the name server of the gateway's process is one of the test's, that says nothing where it should hang, so
 * it is the system's own `getaddrinfo` that hangs, ten seconds each time. What is remembered of names for how long is tried
 * with a clock of the test's in src/upstream/known-names.spec.ts.
 */
const FOUND = 'found.names.test';
const NEVER_ASKED = 'also-found.names.test';
const HANGING = ['first-hanging.names.test', 'second-hanging.names.test'];
const MEBIBYTE = 1_048_576;

describe.skipIf(!canHaveNameServer)('a name server that hangs (needs root and unshare)', { timeout: 120_000 }, () => {
  let bed: OracleBed;
  let nameServer: NameServer;
  let upstream: TcpProxy;
  let gateway: GatewayProcess;

  const startGateway = gatewayProcesses();

  beforeEach(async () => {
    bed = await oracleBed('names');
    nameServer = await NameServer.start();
    for (const name of [FOUND, NEVER_ASKED]) nameServer.known.add(name);
    upstream = await TcpProxy.start({ host: '127.0.0.1', port: Number(new URL(bed.upstream.baseUrl).port) });
    gateway = await start();
    await bed.watch(gateway);
  });

  afterEach(async () => {
    await gateway.kill();
    await upstream.refuse();
    await nameServer.close();
    await bed.close();
  });

  function start(env: NodeJS.ProcessEnv = {}): Promise<GatewayProcess> {
    const provider = (name: string, host: string, model: string): object =>
      providerAt(
        { baseUrl: `http://${host}:${upstream.port}/v1` },
        { name, models: [model], connectTimeout: 1_000, maxRetries: 0 },
      );
    const options = {
      url: bed.database.url,
      keys: [{ name: 'test', secret: TEST_KEY }],
      prices: [...ORACLE_PRICES, ...HANGING.map((model) => ({ ...ORACLE_PRICES[0], model }))],
      journal: { directory: bed.folder },
      metrics: { enabled: true },
      providers: [
        provider('found', FOUND, 'model'),
        provider('never-asked', NEVER_ASKED, 'other'),
        ...HANGING.map((host, index) => provider(`hanging-${index}`, host, host)),
        provider('by-address', '127.0.0.1', 'transcriber'),
      ],
    };
    return startGateway(options, { nameServers: nameServer.configuration, env });
  }

  let asked = 0;
  const askHanging = async (model: string, at = gateway): Promise<unknown[]> => {
    const { status, json: answer } = await chat(at, { ...CHAT_REQUEST, model, user: `hanging-${asked++}` });
    return [status, (answer['error'] as { code?: string }).code];
  };

  /** What the metrics say of a name, without its prefix. */
  const metric = async (name: string, at = gateway): Promise<number> => {
    const line = (await at.metrics()).split('\n').find((one) => one.startsWith(`nestgate_${name} `));
    return Number(line?.split(' ')[1]);
  };

  it('costs its provider’s clients the time to connect, and nobody else anything', async () => {
    const stop = bed.oracle.load(6, () => gateway.port);
    const before = bed.oracle.outcomes.length;
    const [hanging = ''] = HANGING;
    // Not when the system gives up: that is `upstream_unreachable`, and later.
    const answers = await Promise.all(Array.from({ length: 12 }, () => askHanging(hanging)));
    expect(answers).toEqual(answers.map(() => [504, 'upstream_timeout']));
    // All of them together have asked once, and it hangs yet.
    expect(await metric('name_lookups_under_way')).toBe(1);
    await stop();
    expect(bed.oracle.outcomes.length).toBeGreaterThan(before + 12);
    expect(bed.oracle.outcomes.filter(({ isWhole }) => !isWhole)).toEqual([]);
    await expect.poll(() => metric('name_lookups_total{result="failed"}'), { timeout: 30_000 }).toBe(1);
    expect(await metric('name_lookup_seconds_total{result="failed"}')).toBeGreaterThan(1);
    expect(await metric('name_lookups_total{result="found"}')).toBeGreaterThan(0);
    await bed.holds();
  });

  it('has those asked where they were that were found before', async () => {
    nameServer.known.clear();
    // Nobody is reached where they were: they are looked up anew.
    await upstream.refuse();
    expect(await bed.oracle.ask(gateway.port)).toMatchObject({ status: 502, code: 'upstream_unreachable' });
    await upstream.restore();
    expect((await bed.oracle.ask(gateway.port)).isWhole).toBe(true);
    expect(await metric('name_stand_ins_total')).toBeGreaterThan(0);
    expect(gateway.log()).toContain(`The addresses of ${FOUND} cannot be found (no answer yet)`);
    await bed.holds();
  });

  it('keeps no more threads than half of those that also read and write files', async () => {
    await Promise.all(HANGING.map((model) => askHanging(model)));
    expect(await metric('name_lookups_under_way')).toBe(2);
    bed.upstream.next(json({ text: 'Hello' }));
    // More than is kept in memory: it goes to a file and comes from it.
    const entries = [
      ['model', 'transcriber'],
      ['user', 'uploads'],
      ['file', audio(noise(3 * MEBIBYTE))],
    ] as const;
    const answer = await postForm({ url: `http://127.0.0.1:${gateway.port}` }, '/v1/audio/transcriptions', entries);
    expect([answer.status, await answer.json()]).toEqual([200, { text: 'Hello' }]);
    // What it costs: a name that nobody knows yet waits for the two.
    expect(await askHanging('other')).toEqual([504, 'upstream_timeout']);
    expect(await metric('name_lookups_under_way')).toBe(3);
  });

  it('leaves more threads to others where there are more', async () => {
    const roomy = await start({ UV_THREADPOOL_SIZE: '16' });
    await Promise.all(HANGING.map((model) => askHanging(model, roomy)));
    const { status } = await chat(roomy, { ...CHAT_REQUEST, model: 'other' });
    expect([status, await metric('name_lookups_under_way', roomy)]).toEqual([200, 2]);
  });
});
