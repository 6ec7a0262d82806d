import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateApiKey } from '../../src/auth/api-key.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { type GatewayProcess, gatewayProcesses, providerAt } from '../support/gateway-processes.js';
import { type Oracle, ORACLE_PRICES, pause } from '../support/oracle.js';
import { oracleBed, type OracleBed } from '../support/oracle-bed.js';
import { type TestDatabase } from '../support/postgres.js';
import { proxyTo, type TcpProxy } from '../support/tcp-proxy.js';

const IS_FULL = process.env['FAULTS'] === 'full';
/**
 * R1 is 20 kills under 500 requests a second, half of them streams; with all the tests it is fewer. A life is so many
 * milliseconds long, more or less: one that has only just begun is still slow.
 */
const [KILLS, PER_SECOND, LIFE] = IS_FULL ? [20, 500, 3_000] : [3, 150, 700];
/** R5: connections are cut each second for half a minute; with all the tests faster, and for a shorter time. */
const [CUTS, CUT_MS] = IS_FULL ? [30, 1_000] : [10, 200];
const canLimitFiles = spawnSync('prlimit', ['--version']).status === 0;

let bed: OracleBed;
let database: TestDatabase;
let upstream: FakeUpstream;
let oracle: Oracle;
let directory: string;

beforeEach(async () => {
  bed = await oracleBed('journal');
  ({ database, upstream, oracle, folder: directory } = bed);
});

afterEach(() => bed.close());

const startGateway = gatewayProcesses();

/** A gateway in a process of its own, with its journal in the folder of the test. */
async function gatewayProcess(url = database.url, options: object = {}): Promise<GatewayProcess> {
  return await startGateway({
    url,
    keys: [{ name: 'test', secret: TEST_KEY }],
    prices: ORACLE_PRICES,
    journal: { directory },
    budgetKeeping: { heartbeatInterval: 200, lostAfter: 1_000 },
    providers: [providerAt(upstream, { maxRetries: 0 })],
    ...options,
  });
}

/** Milliseconds that each of so many takes, one after the other. */
async function timesOf(ask: () => Promise<unknown>, count = IS_FULL ? 200 : 20): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) {
    const start = performance.now();
    await ask();
    times.push(performance.now() - start);
  }
  return times;
}

/** What the slowest hundredth took at least. */
const slowest = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? 0;

/** At no moment in particular, when there has been some work. */
const soon = (): Promise<void> => oracle.answered(20 + Math.floor(Math.random() * 60));

/** Waits until the journals hold no file that is still needed. */
async function expectNothingLeft(gateways: number): Promise<void> {
  await expect.poll(async () => (await readdir(directory)).length, { timeout: 30_000 }).toBe(gateways);
}

// R1.
it(
  `${KILLS} kills under ${PER_SECOND} requests a second: loses no record, writes none twice, and what was under way is aborted`,
  { timeout: 60_000 + KILLS * 15_000 },
  async () => {
    const budgets = { budgets: [{ name: 'house', for: 'everyone', usd: 1_000, per: 'total', hard: false }] };
    let gateway: GatewayProcess | undefined = await gatewayProcess(database.url, budgets);
    const stop = oracle.loadAt(PER_SECOND, () => gateway?.port);
    let livedMs = 0;
    for (let kills = 0; kills < KILLS; kills++) {
      const began = performance.now();
      await pause(LIFE * (0.2 + Math.random()));
      const killed = gateway;
      gateway = undefined;
      await killed.kill();
      livedMs += performance.now() - began;
      gateway = await gatewayProcess(database.url, budgets);
    }
    await soon();
    await stop();
    // It was asked so often indeed, though clients and provider share this process.
    expect(oracle.outcomes.length / (livedMs / 1_000)).toBeGreaterThan(PER_SECOND / 2);

    await bed.holds({ answersMayBreak: true });
    const rows = await oracle.ledger();
    const interrupted = rows.filter(({ errorCode }) => errorCode === 'gateway_interrupted');
    expect(interrupted.length).toBeGreaterThan(0);
    for (const row of interrupted) {
      expect(row).toMatchObject({ status: 'aborted', grade: 'estimated' });
      expect(row.cost).toBeGreaterThan(0n);
    }
    await expectNothingLeft(1);
  },
);

describe('two gateways on one folder', { timeout: 120_000 }, () => {
  it('take over what the other leaves when it is killed, once, and leave alone what lives', async () => {
    const [dying, living] = [await gatewayProcess(), await gatewayProcess()];
    const stops = [oracle.load(4, () => dying.port), oracle.load(4, () => living.port)];
    await soon();
    await dying.kill();
    // Several find it at once.
    await Promise.all([gatewayProcess(), gatewayProcess()]);
    await soon();
    await Promise.all(stops.map((stop) => stop()));
    await bed.holds({ answersMayBreak: true });
    await expectNothingLeft(3);
  });

  it('read what others have damaged as far as it says something', async () => {
    const dying = await gatewayProcess();
    const stop = oracle.load(4, () => dying.port);
    await soon();
    await dying.kill();
    await stop();
    const [owner = ''] = await readdir(directory);
    const [segment = ''] = (await readdir(join(directory, owner))).filter((name) => name.endsWith('.journal'));
    const path = join(directory, owner, segment);
    await appendFile(path, 'no line of ours\n{"requestId":\n{"torn":"li');
    await writeFile(join(directory, owner, '999999999.journal'), Buffer.from([0, 255, 10, 123, 10]));
    await gatewayProcess();
    await bed.holds({ answersMayBreak: true });
    await expect.poll(() => readdir(directory), { timeout: 30_000 }).toHaveLength(2);
    expect(await readdir(directory)).toContain('damaged-lines');
  });
});

// R3 and R5.
describe('a gateway whose Postgres', { timeout: 120_000 }, () => {
  let proxy: TcpProxy & { readonly url: string };
  let gateway: GatewayProcess;

  beforeEach(async () => {
    proxy = await proxyTo(database.url);
    gateway = await gatewayProcess(proxy.url);
    await bed.watch(gateway);
  });

  afterEach(async () => {
    await gateway.kill();
    await proxy.refuse();
  });

  it.each([
    ['hangs', 'Postgres is back'],
    ['is gone', 'Postgres is back'],
    ['hangs', 'it was killed meanwhile, and starts again'],
  ])('%s serves the keys it knows, refuses others, and catches up when %s', async (fault, end) => {
    const stop = oracle.load(8, () => gateway.port);
    await soon();
    if (fault === 'hangs') proxy.hang();
    else await proxy.refuse();
    await soon();
    const strangers = { authorization: `Bearer ${generateApiKey().key}` };
    const refused = await chat(gateway, CHAT_REQUEST, { headers: strangers });
    expect([refused.status, refused.json]).toMatchObject([503, { error: { code: 'auth_unavailable' } }]);
    expect((await oracle.ask(gateway.port)).isWhole).toBe(true);
    if (end.includes('killed')) await gateway.kill();
    await stop();
    await proxy.restore();
    if (end.includes('killed')) gateway = await gatewayProcess(proxy.url);
    else expect(oracle.outcomes.filter(({ isWhole }) => !isWhole)).toEqual([]);
    await bed.holds({ answersMayBreak: end.includes('killed') });
  });

  // R6; what becomes of hard budgets is in budget-replicas.spec.ts.
  it('is two seconds late slows nobody, and fails nobody', async () => {
    const normal = await timesOf(() => oracle.ask(gateway.port));
    proxy.slow(1_000);
    const late = await timesOf(() => oracle.ask(gateway.port));
    if (IS_FULL) expect(slowest(late) / slowest(normal)).toBeLessThan(2);
    await proxy.restore();
    expect(oracle.outcomes.filter(({ isWhole }) => !isWhole)).toEqual([]);
    await bed.holds();
  });

  it('cuts its connections all the time fails nobody', async () => {
    const stop = oracle.load(8, () => gateway.port);
    for (let cuts = 0; cuts < CUTS; cuts++) {
      await database.cutConnections();
      await pause(CUT_MS);
    }
    await stop();
    expect(oracle.outcomes.filter(({ isWhole }) => !isWhole)).toEqual([]);
    await bed.holds();
  });
});

// R9.
describe.skipIf(!canLimitFiles)('a gateway whose disk is full (needs prlimit)', { timeout: 120_000 }, () => {
  const limitFiles = (pid: number, bytes: string): void => {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  };

  it('stores records before their answers, and refuses calls when that fails too', async () => {
    const proxy = await proxyTo(database.url);
    const gateway = await gatewayProcess(proxy.url);
    await bed.watch(gateway);
    const before = oracle.outcomes.length;

    limitFiles(gateway.pid, '0');
    for (let calls = 0; calls < 6; calls++) {
      const { tag, isWhole } = await oracle.ask(gateway.port);
      expect(isWhole).toBe(true);
      // At once, not by and by.
      expect((await oracle.ledger()).map((row) => row.tag)).toContain(tag);
    }

    await proxy.refuse();
    const stop = oracle.load(6, () => gateway.port);
    await expect
      .poll(() => oracle.outcomes.filter(({ code }) => code === 'usage_store_unavailable').length)
      .toBeGreaterThan(20);
    await stop();
    const since = oracle.outcomes.slice(before + 6);
    expect(since.filter(({ isWhole }) => isWhole)).toEqual([]);
    const refused = await oracle.ask(gateway.port);
    expect(refused).toMatchObject({ status: 503, code: 'usage_store_unavailable' });

    await proxy.restore();
    limitFiles(gateway.pid, 'unlimited');
    await expect.poll(async () => (await oracle.ask(gateway.port)).status, { timeout: 30_000 }).toBe(200);
    await bed.holds();
    await gateway.kill();
    await proxy.refuse();
  });
});
