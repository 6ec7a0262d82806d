import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { askAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { chatAnswer, type FakeUpstream } from '../support/fake-upstream.js';
import { providerAt } from '../support/gateway-processes.js';
import { oracleBed, type OracleBed } from '../support/oracle-bed.js';
import { cutNotifications, type TestDatabase } from '../support/postgres.js';
import { type ServerProcess, serverProcesses } from '../support/server-processes.js';
import { proxyTo } from '../support/tcp-proxy.js';

const IS_FULL = process.env['FAULTS'] === 'full';
const TOKEN = 'an-admin-token-of-the-test-4f1b2c';
/** Without notifications there is a look every ten seconds; the machine may be busy besides. */
const PATIENCE = { timeout: 60_000, interval: 10 };

let bed: OracleBed;
let database: TestDatabase;
let upstream: FakeUpstream;
let folder: string;

beforeEach(async () => {
  bed = await oracleBed('revocation');
  ({ database, upstream, folder } = bed);
  upstream.always(chatAnswer('Hi'));
});

afterEach(() => bed.close());

const servers = serverProcesses();

function replica(databaseUrl = database.url): Promise<ServerProcess> {
  return servers.start({
    folder,
    databaseUrl,
    environment: { NESTGATE_ADMIN_TOKEN: TOKEN },
    configuration: JSON.stringify({ providers: [providerAt(upstream)] }),
  });
}

interface Key {
  readonly id: string;
  readonly secret: string;
}

async function makeKey({ adminUrl }: ServerProcess): Promise<Key> {
  const { json } = await askAdministration(`${adminUrl}/admin/keys`, { token: TOKEN, body: { name: 'web' } });
  return { id: String(json['id']), secret: String(json['secret']) };
}

async function revoke({ adminUrl }: ServerProcess, { id }: Key): Promise<void> {
  const options = { method: 'POST', token: TOKEN, headers: { 'if-match': '*' } };
  expect((await askAdministration(`${adminUrl}/admin/keys/${id}/revoke`, options)).status).toBe(200);
}

async function use(server: ServerProcess, { secret }: Key): Promise<number> {
  const { status } = await chat(server, CHAT_REQUEST, { headers: { authorization: `Bearer ${secret}` } });
  return status;
}

/** Somebody who asks all the time with a key, one request after the other, until it is refused. */
class Caller {
  /** Requests that were begun after the key was revoked, and answered. */
  late = 0;
  /** Milliseconds from the revocation to the first refusal. */
  tookMs = 0;
  private revokedAt = Number.POSITIVE_INFINITY;
  readonly refused: Promise<void>;

  constructor(server: ServerProcess, key: Key) {
    this.refused = this.ask(server, key);
  }

  /** To be called when the answer to the revocation is there. */
  isRevoked(): void {
    this.revokedAt = performance.now();
  }

  private async ask(server: ServerProcess, key: Key): Promise<void> {
    for (;;) {
      const begunAt = performance.now();
      const status = await use(server, key);
      if (status !== 200) {
        this.tookMs = Math.max(0, performance.now() - this.revokedAt);
        expect(status).toBe(401);
        return;
      }
      if (begunAt > this.revokedAt) this.late++;
    }
  }
}

// R29.
describe('a key that is revoked at one of two gateways', { timeout: 120_000 }, () => {
  it.each([
    ['told of by Postgres', false, IS_FULL ? 20 : 2],
    ['found although notifications are cut', true, IS_FULL ? 5 : 1],
  ])('is refused by both: %s', async (how, isCut, rounds) => {
    const [near, far] = [await replica(), await replica()];
    if (isCut) await cutNotifications(database);
    const figures: { late: number; tookMs: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const key = await makeKey(near);
      // Both remember it from here on.
      expect([await use(near, key), await use(far, key)]).toEqual([200, 200]);
      const callers = [new Caller(near, key), new Caller(far, key)] as const;
      await revoke(near, key);
      for (const caller of callers) caller.isRevoked();
      await Promise.all(callers.map(({ refused }) => refused));
      // Whoever has the answer to a revocation is not met by the key at that gateway any more.
      expect(callers[0].late).toBe(0);
      // And it stays so.
      expect([await use(near, key), await use(far, key)]).toEqual([401, 401]);
      figures.push(callers[1]);
    }
    if (!IS_FULL) return;
    const slowest = Math.max(...figures.map(({ tookMs }) => tookMs));
    const most = Math.max(...figures.map(({ late }) => late));
    process.stdout.write(
      `R29, a revoked key, ${how}: refused by the other gateway after ${slowest.toFixed(0)} ms at most, and ${most} requests (${rounds} revocations)\n`,
    );
  });

  it('is refused by one that was cut off from Postgres as soon as it is there again', async () => {
    const proxy = await proxyTo(database.url);
    onTestFinished(() => proxy.refuse());
    const [near, far] = [await replica(), await replica(proxy.url)];
    const key = await makeKey(near);
    expect([await use(near, key), await use(far, key)]).toEqual([200, 200]);
    await proxy.refuse();
    await revoke(near, key);
    // It cannot know.
    expect([await use(near, key), await use(far, key)]).toEqual([401, 200]);
    await proxy.restore();
    await expect.poll(() => use(far, key), PATIENCE).toBe(401);
  });
});
