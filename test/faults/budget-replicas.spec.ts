import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { generateApiKey, keyDigests } from '../../src/auth/api-key.js';
import { EmbeddedPostgres } from '../../src/server/embedded-postgres.js';
import { chat, CHAT_REQUEST, ChatClient, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, FakeUpstream, forever, hang, role, stream, text } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { type GatewayProcess, gatewayProcesses, providerAt } from '../support/gateway-processes.js';
import { pause } from '../support/oracle.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { runSql, urlOf } from '../support/postgres-url.js';
import { type Clock } from '../support/run-script.js';
import { proxyTo } from '../support/tcp-proxy.js';

const USD = 1_000_000_000_000n;

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

/** A gateway in a process of its own, with a budget of so many calls: each costs a dollar, whatever it uses. */
async function gatewayProcess(
  calls: number,
  url = database.url,
  others: object = {},
  clock?: Clock,
): Promise<GatewayProcess> {
  const options = {
    url,
    keys: [{ name: 'test', secret: TEST_KEY }],
    prices: [{ model: 'model', request: '1' }],
    budgets: [{ name: 'house', for: 'everyone', usd: calls, per: 'total' }],
    budgetKeeping: { heartbeatInterval: 200, lostAfter: 1_000 },
    ...others,
    providers: [providerAt(upstream, { maxConcurrency: 10_000 })],
  };
  return await startGateway(options, clock === undefined ? {} : { clock });
}

interface Account {
  readonly spent: bigint;
  readonly reserved: bigint;
}

async function account(url = database.url): Promise<Account> {
  // One, or none as long as nobody has asked.
  const [row] = await runSql(
    url,
    `SELECT coalesce(sum(spent), 0)::text AS spent, coalesce(sum(reserved), 0)::text AS reserved
       FROM nestgate.budget_account`,
  );
  return { spent: BigInt(String(row?.['spent'])), reserved: BigInt(String(row?.['reserved'])) };
}

/** Waits until nothing is set aside any more, and sees that what is spent is what the records say. */
async function expectSettled(spent: bigint, url = database.url): Promise<void> {
  await expect.poll(() => account(url)).toEqual({ spent, reserved: 0n });
  const open = await runSql(url, `SELECT FROM nestgate.budget_reservation WHERE state = 'open'`);
  expect(open).toEqual([]);
}

/** Grows for longer than what is spent, where one gateway has taken the other for dead. */
async function sumOfRecords(url = database.url): Promise<bigint> {
  const [row] = await runSql(url, 'SELECT coalesce(sum(cost), 0) AS cost FROM nestgate.usage_record');
  return BigInt(String(row?.['cost']));
}

/** Asks as clients do: again, as long as nobody knows. */
function askUntilKnown(gateway: GatewayProcess): Promise<ClientAnswer> {
  return vi.waitFor(
    async () => {
      const answer = await chat(gateway);
      if (answer.status === 503) throw new Error(`Nobody knows: ${answer.text}`);
      return answer;
    },
    { interval: 500, timeout: 100_000 },
  );
}

/**
 * A network that cuts their connections all the time: less and less often, so that a slow machine gets through too.
 * @returns the way to end it, and how many it has cut.
 */
function cutConnections(): () => Promise<number> {
  let isOver = false;
  const cutting = (async () => {
    let cut = 0;
    for (let gap = 50; !isOver; gap += 10) {
      cut += await database.cutConnections();
      await pause(gap);
    }
    return cut;
  })();
  return () => {
    isOver = true;
    return cutting;
  };
}

function statusesOf(answers: readonly ClientAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, json } of answers) {
    const code = (json['error'] as { code?: string } | undefined)?.code;
    const name = code === undefined ? String(status) : `${status} ${code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const TEN_OF_200 = { '200': 10, '429 insufficient_quota': 190 };

describe('a budget of ten calls, two gateways, and 200 calls at once', { timeout: 120_000 }, () => {
  it('pays for ten, and nobody is asked an eleventh time', async () => {
    const gateways = [await gatewayProcess(10), await gatewayProcess(10)] as const;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => askUntilKnown(gateways[index % 2 === 0 ? 0 : 1])),
    );
    expect(statusesOf(answers)).toEqual(TEN_OF_200);
    expect(upstream.dispatches).toBe(10);
    await expect.poll(() => sumOfRecords()).toBe(10n * USD);
    await expectSettled(10n * USD);
  });

  it('the same while their connections are cut all the time', async () => {
    const gateways = [await gatewayProcess(10), await gatewayProcess(10)] as const;
    const endCutting = cutConnections();
    const asking = Array.from({ length: 200 }, (_, index) => askUntilKnown(gateways[index % 2 === 0 ? 0 : 1]));
    const answers = await Promise.all(asking).finally(endCutting);
    expect(await endCutting()).toBeGreaterThan(0);
    expect(statusesOf(answers)).toEqual(TEN_OF_200);
    expect(upstream.dispatches).toBe(10);
    await expectSettled(10n * USD);
  });

  it('the same while Postgres is started anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestgate-faults-'));
    await chmod(folder, 0o711);
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const first = await EmbeddedPostgres.start(join(folder, 'data'));
    const url = urlOf(first.connection);
    const gateways = [await gatewayProcess(10, url), await gatewayProcess(10, url)] as const;
    const ask = (_: unknown, index: number) => askUntilKnown(gateways[index % 2 === 0 ? 0 : 1]);
    // Some before, some while it is away, some after.
    const some = await Promise.all(Array.from({ length: 5 }, ask));
    const during = Array.from({ length: 100 }, ask);
    await first.stop();
    during.push(...Array.from({ length: 95 }, ask));
    const second = await EmbeddedPostgres.start(join(folder, 'data'));
    // Before the folder is removed.
    onTestFinished(async () => {
      for (const gateway of gateways) await gateway.kill();
      await second.stop();
    });
    const answers = [...some, ...(await Promise.all(during))];
    expect(statusesOf(answers)).toEqual(TEN_OF_200);
    expect(upstream.dispatches).toBe(10);
    await expect.poll(() => sumOfRecords(url)).toBe(10n * USD);
    await expectSettled(10n * USD, url);
  });
});

describe('a budget of many calls, and two busy gateways that lease parts of it', { timeout: 120_000 }, () => {
  it('pays for all of them, and not for one more', async () => {
    const CALLS = 600;
    const gateways = [await gatewayProcess(CALLS), await gatewayProcess(CALLS)] as const;
    const leased = async () =>
      await runSql(database.url, `SELECT FROM nestgate.budget_reservation WHERE state = 'open' AND amount > ${USD}`);
    let hadLeases = false;
    let left = CALLS + 100;
    const lane = async (gateway: GatewayProcess): Promise<void> => {
      while (left-- > 0) {
        await chat(gateway);
        if (left % 50 === 0) hadLeases ||= (await leased()).length > 0;
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, index) => lane(gateways[index % 2 === 0 ? 0 : 1])));
    expect(hadLeases).toBe(true);
    expect(upstream.dispatches).toBeLessThanOrEqual(CALLS);
    // What one of them had leased and did not use is there for the other.
    await expect
      .poll(async () => [(await chat(gateways[0])).status, upstream.dispatches], { timeout: 30_000 })
      .toEqual([429, CALLS]);
    expect((await chat(gateways[1])).status).toBe(429);
    expect(upstream.dispatches).toBe(CALLS);
    await expect.poll(() => sumOfRecords()).toBe(BigInt(CALLS) * USD);
    await expectSettled(BigInt(CALLS) * USD);
  });
});

describe('a gateway that is killed', { timeout: 120_000 }, () => {
  it('leaves 500 reservations, which another one charges', async () => {
    upstream.always(hang);
    const [dying, other] = [await gatewayProcess(501), await gatewayProcess(501)];
    const clients = Array.from({ length: 500 }, () => new ChatClient(dying, CHAT_REQUEST));
    await upstream.request(499);
    // What was leased for calls that did not come is lost with it, as nobody knows that.
    const { spent, reserved } = await account();
    expect([spent, reserved >= 500n * USD]).toEqual([0n, true]);
    await dying.kill();
    await Promise.all(clients.map((client) => client.waitFor(({ isOver }) => isOver)));

    await expectSettled(reserved);
    // What is left can be spent.
    upstream.always(chatAnswer('Hi'));
    for (let left = 501n * USD - reserved; left > 0n; left -= USD) expect((await chat(other)).status).toBe(200);
    expect((await chat(other)).status).toBe(429);
    await expectSettled(501n * USD);
  });
});

describe('a gateway that is killed in the middle of its work, and starts again with its journal', () => {
  it('has spent what its records say, and not what it had leased', { timeout: 120_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'nestgate-faults-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const journal = { directory, maxBytes: 64 * 1024 * 1024 };
    const dying = await gatewayProcess(10_000, database.url, { journal });
    // Busy, so that it leases.
    for (let wave = 0; wave < 5; wave++) await Promise.all(Array.from({ length: 10 }, () => chat(dying)));
    upstream.always(stream(role, text('a'), forever));
    const clients = Array.from({ length: 7 }, () => new ChatClient(dying, STREAM_REQUEST));
    await Promise.all(clients.map((client) => client.waitFor(({ content }) => content !== '')));
    expect((await account()).reserved).toBeGreaterThan(7n * USD);
    await dying.kill();

    upstream.always(chatAnswer('Hi'));
    await gatewayProcess(10_000, database.url, { journal });
    await expect.poll(() => sumOfRecords()).toBe(57n * USD);
    await expectSettled(57n * USD);
  });
});

describe('clients that leave', () => {
  it('a thousand of them leave no reservation', { timeout: 120_000 }, async () => {
    upstream.always(stream(role, text('a'), forever));
    const gateway = await gatewayProcess(10_000);
    for (let wave = 0; wave < 10; wave++) {
      const clients = Array.from({ length: 100 }, (_, index) => ({
        client: new ChatClient(gateway, STREAM_REQUEST),
        // Some at once, some within the stream.
        isEarly: index % 4 === 0,
      }));
      await Promise.all(
        clients.map(async ({ client, isEarly }) => {
          if (!isEarly) await client.waitFor(({ content }) => content !== '');
          client.leave();
        }),
      );
    }
    await expect.poll(async () => (await account()).reserved).toBe(0n);
    await expect.poll(async () => (await account()).spent === (await sumOfRecords())).toBe(true);
    await expectSettled(await sumOfRecords());
  });
});

// R6; what it does to others is in usage-journal.spec.ts.
describe('a gateway whose Postgres answers two seconds late', () => {
  it('lets nobody with a hard budget in whom it cannot check, and checks again when it can', async () => {
    const proxy = await proxyTo(database.url);
    onTestFinished(() => proxy.refuse());
    const gateway = await gatewayProcess(100, proxy.url);
    expect((await chat(gateway)).status).toBe(200);
    proxy.slow(1_000);
    const answers = await Promise.all(Array.from({ length: 10 }, () => chat(gateway)));
    expect(statusesOf(answers)).toEqual({ '503 budget_unverifiable': 10 });
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual(answers.map(() => '1'));
    expect(upstream.dispatches).toBe(1);
    await proxy.restore();
    expect((await askUntilKnown(gateway)).status).toBe(200);
    // What came late has set nothing aside.
    await expectSettled(2n * USD);
  });
});

// R17; what it does to rate limits is in rate-limit-replicas.spec.ts.
describe('gateways whose own clocks are two days apart', { timeout: 120_000 }, () => {
  const masterKey = 'ab'.repeat(32);
  const keyOf = async (hours: number): Promise<{ headers: Record<string, string> }> => {
    const { key, id } = generateApiKey();
    const digest = keyDigests(Buffer.from(masterKey, 'hex')).of(key).toString('hex');
    await database.sql(
      `INSERT INTO nestgate.api_key (id, name, digest, masked, settings, created_at, expires_at)
       VALUES ('${id}', 'stored', '\\x${digest}', 'sk-…', '{}', now(), now() + interval '${hours} hours')`,
    );
    return { headers: { authorization: `Bearer ${key}` } };
  };

  it('agree on the day of a budget, and on when a key ends', async () => {
    const daily = { masterKey, budgets: [{ name: 'house', for: 'everyone', usd: 10, per: 'day' }] };
    const gateways = await Promise.all(
      [24, -24].map((aheadHours) => gatewayProcess(0, database.url, daily, { aheadHours })),
    );
    const inTurn = (index: number): GatewayProcess => {
      const gateway = gateways[index % 2];
      if (gateway === undefined) throw new Error('There are no gateways.');
      return gateway;
    };
    const answers: ClientAnswer[] = [];
    for (let asked = 0; asked < 12; asked++) answers.push(await chat(inTurn(asked)));
    expect(statusesOf(answers)).toEqual({ '200': 10, '429 insufficient_quota': 2 });
    await expectSettled(10n * USD);

    const [lasting, ended] = [await keyOf(1), await keyOf(-1)];
    for (const gateway of gateways) {
      // Good keys that have nothing to spend, and one that is no key any more.
      expect((await chat(gateway, CHAT_REQUEST, lasting)).status).toBe(429);
      expect((await chat(gateway, CHAT_REQUEST, ended)).status).toBe(401);
    }
  });

  it('one whose clock is set back all the time measures what calls take all the same', async () => {
    const gateway = await gatewayProcess(10, database.url, {}, 'set back all the time');
    for (let asked = 0; asked < 5; asked++) expect((await chat(gateway)).status).toBe(200);
    await expectSettled(5n * USD);
    const [row] = await database.sql(
      'SELECT min(duration_ms) >= 0 AS "isPositive", max(duration_ms) < 60000 AS "isShort", count(*)::int AS count FROM nestgate.usage_record',
    );
    expect(row).toEqual({ isPositive: true, isShort: true, count: 5 });
  });
});
