import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { cutNotifications, type TestDatabase } from '../support/postgres.js';
import { oneProvider, type Scene } from '../support/scene.js';
import { freshDatabase } from '../support/storages.js';

const NEVER_MS = 3_600_000;
const OFTEN_MS = 100;
/** For a machine that is busy; what is waited for comes within a second where it is not. */
const PATIENCE = { timeout: 20_000 };

interface Replicas {
  readonly database: TestDatabase;
  readonly admin: AdministrationUnderTest;
  /** Of each replica: the status that a chat with this key gets. */
  use(secret: unknown): Promise<readonly number[]>;
}

/** Two gateways on one Postgres, the first of which is administered. */
async function replicas(pollInterval: number): Promise<Replicas> {
  const database = await freshDatabase();
  const masterKey = randomBytes(32);
  const start = (): Promise<Scene> =>
    oneProvider({
      gateway: { masterKey, storage: PersistenceModule.forRoot({ url: database.url, poolSize: 3, pollInterval }) },
    });
  const scenes = [await start(), await start()] as const;
  return {
    database,
    admin: await startAdministration(scenes[0].gateway.app),
    use: async (secret) => {
      const headers = { authorization: `Bearer ${String(secret)}` };
      const answers = await Promise.all(scenes.map(({ gateway }) => chat(gateway, CHAT_REQUEST, { headers })));
      return answers.map(({ status }) => status);
    },
  };
}

async function made({ admin, use }: Replicas): Promise<{ path: string; secret: string }> {
  const { json } = await admin.ask('/admin/keys', { body: { name: 'web' } });
  // Remembered by both from here on.
  expect(await use(json['secret'])).toEqual([200, 200]);
  return { path: `/admin/keys/${String(json['id'])}`, secret: String(json['secret']) };
}

const ANY = { 'if-match': '*' };

describe.each([
  ['told by notifications alone', NEVER_MS, false],
  ['found where notifications are cut', OFTEN_MS, true],
])('a change, %s', (_how, pollInterval, isCut) => {
  async function scene(): Promise<Replicas> {
    const started = await replicas(pollInterval);
    if (isCut) await cutNotifications(started.database);
    return started;
  }

  it.each([
    ['revoked', 'POST', '/revoke'],
    ['disabled', 'POST', '/disable'],
    ['deleted', 'DELETE', ''],
  ])('has a key that is %s refused everywhere', async (_what, method, verb) => {
    const started = await scene();
    const { path, secret } = await made(started);
    expect((await started.admin.ask(path + verb, { method, headers: ANY })).status).toBeLessThan(300);
    expect((await started.use(secret))[0]).toBe(401);
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([401, 401]);
  });

  it('of what a key may holds everywhere, and a key is let in again', async () => {
    const started = await scene();
    const { path, secret } = await made(started);
    await started.admin.ask(path, { method: 'PATCH', headers: ANY, body: { models: ['other'] } });
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([404, 404]);
    await started.admin.ask(`${path}/disable`, { method: 'POST' });
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([401, 401]);
    await started.admin.ask(path, { method: 'PATCH', headers: ANY, body: { models: null } });
    await started.admin.ask(`${path}/enable`, { method: 'POST' });
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([200, 200]);
  });

  it('of what a team may holds everywhere', async () => {
    const started = await scene();
    const { path, secret } = await made(started);
    await started.admin.ask(path, { method: 'PATCH', headers: ANY, body: { team: 'search' } });
    expect((await started.admin.ask('/admin/teams', { body: { name: 'search', models: ['other'] } })).status).toBe(201);
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([404, 404]);
    await started.admin.ask('/admin/teams/search', { method: 'PATCH', headers: ANY, body: { models: null } });
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([200, 200]);
  });

  it('by hand holds everywhere too', async () => {
    const started = await scene();
    const { secret } = await made(started);
    await started.database.sql('UPDATE nestgate.api_key SET disabled_at = now()');
    await expect.poll(() => started.use(secret), PATIENCE).toEqual([401, 401]);
  });
});
