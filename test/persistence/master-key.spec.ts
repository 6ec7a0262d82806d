import { beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  type AdminAnswer,
  type AdminRequestOptions,
  askAdministration,
} from '../support/administration.js';
import { type TestDatabase } from '../support/postgres.js';
import { startedServers } from '../support/started-servers.js';

const [OLD, NOW] = ['1'.repeat(64), '2'.repeat(64)];
const KEYS = '/admin/keys';
const TOKENS = '/admin/tokens';
const ANY = { 'if-match': '*' };
const REKEY = '/admin/providers/rekey';

const servers = startedServers('master-key');
let database: TestDatabase;

beforeEach(() => ({ database } = servers()));

interface Replica {
  admin(path: string, options?: AdminRequestOptions): Promise<AdminAnswer>;
  /** The status that a chat with this key gets. */
  use(secret: string, headers?: Record<string, string>): Promise<number>;
  /** The status that a list of keys gets with this token. */
  administer(token: string): Promise<number>;
  /** Ids of what is stored under another master key. */
  waiting(): Promise<{ keys: string[]; tokens: string[] }>;
}

/** A server with this master key. */
async function replica(masterKey: string, others: { previous?: string; next?: string } = {}): Promise<Replica> {
  const server = await servers().start({
    NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN,
    NESTGATE_MASTER_KEY: masterKey,
    NESTGATE_MASTER_KEY_PREVIOUS: others.previous,
    NESTGATE_MASTER_KEY_NEXT: others.next,
  });
  // The one that is made where there is none.
  await database.sql(`DELETE FROM nestgate.api_key WHERE name = 'first'`);
  const admin: Replica['admin'] = (path, options) => askAdministration(`${server.adminUrl}${path}`, options);
  return {
    admin,
    use: async (secret, headers) => {
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: 'simulator/echo', messages: [{ role: 'user', content: 'Hello!' }] }),
      });
      await response.text();
      return response.status;
    },
    administer: async (token) => (await admin(KEYS, { token })).status,
    waiting: async () => {
      const { json } = await admin(REKEY, { method: 'POST' });
      expect(json).toMatchObject({ rekeyed: [], unreadable: [] });
      return json['waiting'] as { keys: string[]; tokens: string[] };
    },
  };
}

interface Made {
  readonly id: string;
  readonly secret: string;
}

async function made({ admin }: Replica, path: string, body: object): Promise<Made> {
  const { status, json } = await admin(path, { body, headers: ANY });
  expect(status).toBeLessThan(300);
  return { id: String(json['id']), secret: String(json['secret']) };
}

const GRACE = { graceSeconds: 3_600 };

describe('another master key', () => {
  it('ends no key and no token, and each is stored under it when it is used', async () => {
    const before = await replica(OLD);
    const [used, idle, rotated] = [
      await made(before, KEYS, { name: 'used' }),
      await made(before, KEYS, { name: 'idle' }),
      await made(before, KEYS, { name: 'rotated' }),
    ];
    const revoked = await made(before, KEYS, { name: 'revoked' });
    await before.admin(`${KEYS}/${revoked.id}/revoke`, { method: 'POST', headers: ANY });
    const next = await made(before, `${KEYS}/${rotated.id}/rotate`, GRACE);
    const [busy, spare] = [
      await made(before, TOKENS, { name: 'busy', role: 'viewer' }),
      await made(before, TOKENS, { name: 'spare', role: 'viewer' }),
    ];
    const once = { 'idempotency-key': 'the-answer-before' };
    expect(await before.use(used.secret, once)).toBe(200);
    expect(await before.waiting()).toEqual({ keys: [], tokens: [] });

    // First everybody knows both, so that none refuses what another has stored anew.
    const prepared = await replica(OLD, { next: NOW });
    const changed = await replica(NOW, { previous: OLD });
    expect(await changed.waiting()).toEqual({
      keys: [used.id, idle.id, rotated.id],
      tokens: [busy.id, spare.id],
    });
    for (const { secret } of [used, rotated, next]) expect(await changed.use(secret)).toBe(200);
    // What was answered under the one is replayed under the other.
    expect(await changed.use(used.secret, once)).toBe(200);
    expect(await changed.administer(busy.secret)).toBe(200);
    await expect.poll(() => changed.waiting()).toEqual({ keys: [idle.id], tokens: [spare.id] });
    for (const { secret } of [used, idle, rotated, next]) expect(await prepared.use(secret)).toBe(200);
    expect([await prepared.administer(busy.secret), await prepared.administer(spare.secret)]).toEqual([200, 200]);
    expect(await changed.waiting()).toEqual({ keys: [idle.id], tokens: [spare.id] });

    const after = await replica(NOW);
    for (const { secret } of [used, rotated, next]) expect(await after.use(secret)).toBe(200);
    expect([await after.use(idle.secret), await after.administer(spare.secret)]).toEqual([401, 401]);
    expect([await after.administer(busy.secret), await after.administer(ADMIN_TOKEN)]).toEqual([200, 200]);
    // It is the same key as ever to those who administer it.
    expect((await after.admin(`${KEYS}/${used.id}`)).headers.get('etag')).toBe('"1"');
  });

  it('ends what is stored under an unknown one', async () => {
    const before = await replica(OLD);
    const key = await made(before, KEYS, { name: 'web' });
    const token = await made(before, TOKENS, { name: 'ops', role: 'viewer' });
    const after = await replica(NOW);
    expect([await after.use(key.secret), await after.administer(token.secret)]).toEqual([401, 401]);
    expect(await after.waiting()).toEqual({ keys: [key.id], tokens: [token.id] });
    const rotated = await made(after, `${KEYS}/${key.id}/rotate`, { graceSeconds: 0 });
    expect(await after.use(rotated.secret)).toBe(200);
    expect((await after.waiting()).keys).toEqual([]);
  });

  it('has no part in keys that were stored before digests named it', async () => {
    const before = await replica(OLD);
    const key = await made(before, KEYS, { name: 'web' });
    await database.sql('UPDATE nestgate.api_key SET digest = substring(digest FROM 9)');
    expect(await before.use(key.secret)).toBe(200);
    await expect
      .poll(() => database.sql('SELECT octet_length(digest) AS bytes FROM nestgate.api_key'))
      .toEqual([{ bytes: 40 }]);
    expect(await before.use(key.secret)).toBe(200);
  });
});
