import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import {
  type AdministrationUnderTest,
  type AdminRequestOptions,
  startAdministration,
} from '../support/administration.js';
import { anUpstream } from '../support/administered-providers.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { chatAnswer, type FakeUpstream, hang } from '../support/fake-upstream.js';
import { cutNotifications, type TestDatabase } from '../support/postgres.js';
import { oneProvider, type Scene } from '../support/scene.js';
import { freshDatabase } from '../support/storages.js';

const NEVER_MS = 3_600_000;
const OFTEN_MS = 100;
/** For a machine that is busy; what is waited for comes within a second where it is not. */

interface Replicas {
  readonly database: TestDatabase;
  readonly admin: AdministrationUnderTest;
  /** Of each replica: the status that a chat with this key gets. */
  use(secret: unknown, model?: string): Promise<readonly number[]>;
}

/** Two gateways on one Postgres, the first of which is administered. */
async function replicas(pollInterval: number): Promise<Replicas> {
  const database = await freshDatabase();
  const masterKey = randomBytes(32);
  const start = (): Promise<Scene> =>
    oneProvider({
      gateway: {
        masterKey,
        privateHosts: ['127.0.0.1'],
        storage: PersistenceModule.forRoot({ url: database.url, poolSize: 3, pollInterval }),
      },
    });
  const scenes = [await start(), await start()] as const;
  return {
    database,
    admin: await startAdministration(scenes[0].gateway.app),
    use: async (secret, model = 'model') => {
      const headers = { authorization: `Bearer ${String(secret)}` };
      const answers = await Promise.all(
        scenes.map(({ gateway }) => chat(gateway, { ...CHAT_REQUEST, model }, { headers })),
      );
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
    await expect.poll(() => started.use(secret)).toEqual([401, 401]);
  });

  it('of what a key may holds everywhere, and a key is let in again', async () => {
    const started = await scene();
    const { path, secret } = await made(started);
    await started.admin.ask(path, { method: 'PATCH', headers: ANY, body: { models: ['other'] } });
    await expect.poll(() => started.use(secret)).toEqual([404, 404]);
    await started.admin.ask(`${path}/disable`, { method: 'POST' });
    await expect.poll(() => started.use(secret)).toEqual([401, 401]);
    await started.admin.ask(path, { method: 'PATCH', headers: ANY, body: { models: null } });
    await started.admin.ask(`${path}/enable`, { method: 'POST' });
    await expect.poll(() => started.use(secret)).toEqual([200, 200]);
  });

  it('of what a team may holds everywhere', async () => {
    const started = await scene();
    const { path, secret } = await made(started);
    await started.admin.ask(path, { method: 'PATCH', headers: ANY, body: { team: 'search' } });
    expect((await started.admin.ask('/admin/teams', { body: { name: 'search', models: ['other'] } })).status).toBe(201);
    await expect.poll(() => started.use(secret)).toEqual([404, 404]);
    await started.admin.ask('/admin/teams/search', { method: 'PATCH', headers: ANY, body: { models: null } });
    await expect.poll(() => started.use(secret)).toEqual([200, 200]);
  });

  it('of a provider holds everywhere, and what is under way ends where it began', async () => {
    const started = await scene();
    const [one, other] = [await anUpstream(), await anUpstream()];
    const { secret } = await made(started);
    const ask = async (path: string, options: AdminRequestOptions): Promise<void> => {
      const { status, json } = await started.admin.ask(path, options);
      expect([status < 300, json['detail']]).toEqual([true, undefined]);
    };
    const at = ({ baseUrl }: FakeUpstream): object => ({
      baseUrl,
      apiKey: `sk-of-${baseUrl.slice(-8, -3)}-0123456789`,
    });
    await ask('/admin/providers', { body: { name: 'made', kind: 'openai-compatible', ...at(one) } });
    await ask('/admin/deployments', { body: { provider: 'made', model: 'large' } });
    await expect.poll(() => started.use(secret, 'large')).toEqual([200, 200]);
    const hasSeen = one.dispatches;
    one.next(hang, hang);
    const underWay = started.use(secret, 'large');
    await one.waitFor(({ dispatches }) => dispatches === hasSeen + 2);
    await ask('/admin/providers/made', { method: 'PATCH', headers: ANY, body: at(other) });
    await expect
      .poll(async () => {
        const before = other.dispatches;
        await started.use(secret, 'large');
        return other.dispatches - before;
      })
      .toBe(2);
    expect(other.requests.every(({ headers }) => headers.authorization?.includes(other.baseUrl.slice(-8, -3)))).toBe(
      true,
    );
    for (const held of one.requests.slice(hasSeen, hasSeen + 2)) await chatAnswer('Hello')(held);
    expect(await underWay).toEqual([200, 200]);
    await ask('/admin/deployments/made%2Flarge', { method: 'DELETE', headers: ANY });
    await expect.poll(() => started.use(secret, 'large')).toEqual([404, 404]);
    expect(await started.use(secret)).toEqual([200, 200]);
  });

  it('by hand holds everywhere too', async () => {
    const started = await scene();
    const { secret } = await made(started);
    await started.database.sql('UPDATE nestgate.api_key SET disabled_at = now()');
    await expect.poll(() => started.use(secret)).toEqual([401, 401]);
  });
});
