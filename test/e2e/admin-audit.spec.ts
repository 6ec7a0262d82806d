import { describe, expect, it } from 'vitest';
import { type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { oneProvider } from '../support/scene.js';
import { freshDatabase, storageOn, STORAGES } from '../support/storages.js';

interface ShownEntry {
  readonly number: number;
  readonly action: string;
  readonly target: string;
  readonly details: Record<string, Record<string, unknown>>;
  readonly hash: string;
  readonly previousHash: string;
}

async function administered(gateway: object): Promise<AdministrationUnderTest> {
  const scene = await oneProvider({ gateway });
  return startAdministration(scene.gateway.app);
}

const ANY = { 'if-match': '*' };

/** A key's life, of six changes. @returns its secrets. */
async function keyLife({ ask }: AdministrationUnderTest): Promise<{ id: string; secrets: string[] }> {
  const { json } = await ask('/admin/keys', { body: { name: 'web', team: 'search' } });
  const id = String(json['id']);
  const path = `/admin/keys/${id}`;
  await ask(path, { method: 'PATCH', headers: ANY, body: { team: 'ads', rateLimits: { requestsPerDay: 100_000 } } });
  const rotated = await ask(`${path}/rotate`, { method: 'POST', headers: ANY });
  await ask(`${path}/disable`, { method: 'POST' });
  await ask(`${path}/revoke`, { method: 'POST' });
  expect((await ask(path, { method: 'DELETE', headers: ANY })).status).toBe(204);
  return { id, secrets: [String(json['secret']), String(rotated.json['secret'])] };
}

/** What a database may write in another way than it was given. */
const BODY = {
  name: 'web',
  team: 'search',
  extensions: [{ name: 'x', settings: { z: 1e21, a: -0, ü: '\ud800\u0000', 10: 1 } }],
};

describe.each(STORAGES)('the audit log %s', (_where, storage) => {
  it('has every change, with what was before and after, and no secret', async () => {
    const admin = await administered(await storage());
    const { secrets, id } = await keyLife(admin);
    const { status, json, text } = await admin.ask('/admin/audit');
    expect(status).toBe(200);
    const entries = (json['entries'] as ShownEntry[]).toReversed();
    expect(entries.map(({ number, action, target }) => [number, action, target])).toEqual([
      [1, 'keys.create', id],
      [2, 'keys.update', id],
      [3, 'keys.rotate', id],
      [4, 'keys.disable', id],
      [5, 'keys.revoke', id],
      [6, 'keys.delete', id],
    ]);
    expect(entries[1]?.details).toMatchObject({ before: { team: 'search' }, after: { team: 'ads' } });
    const digests = entries.map(({ details }) => details['after']?.['secretDigest']);
    expect(digests[0]).toMatch(/^[\da-f]{80}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
    for (const secret of secrets) expect(text).not.toContain(secret.slice(-40));
    for (const [index, { previousHash }] of entries.entries()) {
      expect(previousHash).toBe(entries[index - 1]?.hash ?? '0'.repeat(64));
    }
  });

  it('is whole, whatever is in it', async () => {
    const admin = await administered(await storage());
    expect((await admin.ask('/admin/keys', { body: BODY })).status).toBe(201);
    await admin.ask('/admin/cache/clear', { body: {} });
    await admin.ask('/admin/teams', { body: { name: 'search' } });
    const { json } = await admin.ask('/admin/audit/verify');
    expect(json).toMatchObject({ entries: 3, isWhole: true, brokenAt: null, head: { number: 3 } });
    const { hash } = json['head'] as { hash: string };
    const verified = async (query: string): Promise<unknown> => (await admin.ask(`/admin/audit/verify?${query}`)).json;
    expect(await verified(`number=3&hash=${hash}`)).toMatchObject({ isWhole: true });
    expect(await verified(`number=3&hash=${'0'.repeat(64)}`)).toMatchObject({ isWhole: false, brokenAt: 3 });
    expect(await verified(`number=4&hash=${hash}`)).toMatchObject({ isWhole: false, brokenAt: 4 });
  });

  it('has no line of what was refused', async () => {
    const admin = await administered(await storage());
    await admin.ask('/admin/keys', { body: { name: 'web', role: 'x' } });
    await admin.ask('/admin/keys/nothing/revoke', { method: 'POST' });
    await admin.ask('/admin/keys', { body: { name: 'web' }, token: 'wrong-token-0123456789' });
    expect((await admin.ask('/admin/audit')).json).toEqual({ entries: [], next: null });
  });

  it('is one chain, however many write to it', async () => {
    const admin = await administered(await storage());
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => admin.ask('/admin/keys', { body: { name: `k${index}` } })),
    );
    expect((await admin.ask('/admin/audit/verify')).json).toMatchObject({ entries: 20, isWhole: true });
  });

  it('is told page by page, and by what was done', async () => {
    const admin = await administered(await storage());
    const { id } = await keyLife(admin);
    const numbers = async (query: string): Promise<unknown> => {
      const { json } = await admin.ask(`/admin/audit?${query}`);
      return [(json['entries'] as ShownEntry[]).map(({ number }) => number), json['next']];
    };
    expect(await numbers('limit=4')).toEqual([[6, 5, 4, 3], 3]);
    expect(await numbers('limit=4&cursor=3')).toEqual([[2, 1], null]);
    expect(await numbers('action=keys.rotate')).toEqual([[3], null]);
    expect(await numbers(`target=${id}&limit=1`)).toEqual([[6], 6]);
    expect(await numbers('target=other')).toEqual([[], null]);
    expect(await numbers('to=2020-01-01')).toEqual([[], null]);
    expect(await numbers('from=2020-01-01&tokenId=nobody')).toEqual([[], null]);
  });
});

describe('the audit log in Postgres', () => {
  it.each([
    ['a line that was changed', `UPDATE nestgate.admin_audit SET target = 'other' WHERE number = 2`, 2],
    ['one whose details were', `UPDATE nestgate.admin_audit SET details = '{}' WHERE number = 3`, 3],
    ['one that is gone', 'DELETE FROM nestgate.admin_audit WHERE number = 4', 4],
    ['the first that is gone', 'DELETE FROM nestgate.admin_audit WHERE number = 1', 1],
    [
      'one that was given another name, with its hash',
      `UPDATE nestgate.admin_audit SET token_name = 'other', hash = sha256('') WHERE number = 5`,
      5,
    ],
  ])('shows %s, where somebody has lifted the ban on changes', async (_what, change, brokenAt) => {
    const database = await freshDatabase();
    const admin = await administered({ storage: storageOn(database) });
    await keyLife(admin);
    await expect(database.sql(change)).rejects.toThrow('never changed');
    expect((await admin.ask('/admin/audit/verify')).json).toMatchObject({ isWhole: true, entries: 6 });
    await database.sql('ALTER TABLE nestgate.admin_audit DISABLE TRIGGER admin_audit_append_only', change);
    expect((await admin.ask('/admin/audit/verify')).json).toMatchObject({ isWhole: false, brokenAt });
  });

  it('and a change are stored together, or not at all', async () => {
    const database = await freshDatabase();
    const admin = await administered({ storage: storageOn(database) });
    await database.sql('ALTER TABLE nestgate.admin_audit ADD CONSTRAINT full_up CHECK (number < 2)');
    expect((await admin.ask('/admin/keys', { body: { name: 'a' } })).status).toBe(201);
    expect((await admin.ask('/admin/keys', { body: { name: 'b' } })).status).toBe(500);
    expect((await admin.ask('/admin/teams', { body: { name: 'b' } })).status).toBe(500);
    expect(await database.sql('SELECT name FROM nestgate.api_key')).toEqual([{ name: 'a' }]);
    expect(await database.sql('SELECT name FROM nestgate.key_owner')).toEqual([]);
  });
});
