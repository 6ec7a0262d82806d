import { describe, expect, it } from 'vitest';
import { type AdminAnswer, type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { oneProvider } from '../support/scene.js';
import { STORAGES } from '../support/storages.js';

interface OwnersUnderTest {
  readonly admin: AdministrationUnderTest;
  make(path: string, body: object): Promise<AdminAnswer>;
  /** The secret of a new key. */
  key(body: object): Promise<string>;
  change(method: string, path: string, body?: object): Promise<AdminAnswer>;
  /** The code of the answer that a chat with this key gets; `200` where it is answered. */
  use(secret: string, request?: object): Promise<unknown>;
}

const PRICES = [{ model: 'model', input: 1, output: 2 }];

describe.each(STORAGES)('teams and organisations %s', (_where, storage) => {
  async function owners(): Promise<OwnersUnderTest> {
    const gateway = { ...(await storage()), aliases: { fast: 'model' }, prices: PRICES };
    const scene = await oneProvider({ gateway });
    const admin = await startAdministration(scene.gateway.app);
    const make = async (path: string, body: object): Promise<AdminAnswer> => {
      const answer = await admin.ask(path, { body });
      expect(answer.status).toBe(201);
      return answer;
    };
    return {
      admin,
      make,
      key: async (body) => String((await make('/admin/keys', { name: 'web', ...body })).json['secret']),
      change: (method, path, body) => admin.ask(path, { method, body, headers: { 'if-match': '*' } }),
      use: async (secret, request = {}) => {
        const headers = { authorization: `Bearer ${secret}` };
        const { status, json } = await chat(scene.gateway, { ...CHAT_REQUEST, ...request }, { headers });
        return status === 200 ? 200 : (json['error'] as { code: string }).code;
      },
    };
  }

  it('live from the first day to the last', async () => {
    const { admin, make, change } = await owners();
    const said = { name: 'search', organization: 'acme', models: ['model'], metadata: { floor: '3' } };
    const { json, headers } = await make('/admin/teams', said);
    expect(json).toMatchObject({ ...said, version: 1 });
    expect([headers.get('etag'), headers.get('location')]).toEqual(['"1"', '/admin/teams/search']);
    await make('/admin/teams', { name: 'ads' });
    await make('/admin/organizations', { name: 'search' });
    const again = await admin.ask('/admin/teams', { body: { name: 'search' } });
    expect([again.status, again.json['code']]).toEqual([409, 'already_exists']);

    const first = await admin.ask('/admin/teams?limit=1');
    expect(first.json).toMatchObject({ teams: [{ name: 'ads' }], next: 'ads' });
    const second = await admin.ask('/admin/teams?limit=1&cursor=ads');
    expect(second.json).toMatchObject({ teams: [{ name: 'search' }], next: null });
    expect((await admin.ask('/admin/teams?organization=acme')).json['teams']).toHaveLength(1);
    expect((await admin.ask('/admin/organizations')).json).toMatchObject({ organizations: [{ name: 'search' }] });

    const path = '/admin/teams/search';
    expect((await admin.ask(path, { method: 'PATCH', body: { models: null } })).status).toBe(428);
    const stale = { method: 'PATCH', body: { models: null }, headers: { 'if-match': '"7"' } };
    expect((await admin.ask(path, stale)).status).toBe(412);
    expect((await change('PATCH', path, { models: null })).json).not.toHaveProperty('models');
    const found = await admin.ask(path);
    expect([found.json['version'], found.headers.get('etag')]).toEqual([2, '"2"']);
    expect((await change('DELETE', path)).status).toBe(204);
    expect((await admin.ask(path)).json['code']).toBe('not_found');
  });

  it('keep their names', async () => {
    const { make, change } = await owners();
    await make('/admin/teams', { name: 'search' });
    const { json } = await change('PATCH', '/admin/teams/search', { name: 'other' });
    expect([json['code'], json['param']]).toEqual(['unknown_parameter', 'name']);
  });

  it('stay while something is of them', async () => {
    const { make, key, change } = await owners();
    await make('/admin/organizations', { name: 'acme' });
    await make('/admin/teams', { name: 'search', organization: 'acme' });
    await key({ team: 'search' });
    for (const path of ['/admin/organizations/acme', '/admin/teams/search']) {
      expect((await change('DELETE', path)).json['code']).toBe('in_use');
    }
  });

  it('let no key use a model that they do not', async () => {
    const { make, key, use, change } = await owners();
    const secret = await key({ team: 'search', models: ['fast'] });
    expect(await use(secret, { model: 'fast' })).toBe(200);
    // By the model's own name, which the key does not say: each of them is asked by itself.
    await make('/admin/teams', { name: 'search', models: ['model'], organization: 'acme' });
    expect(await use(secret, { model: 'fast' })).toBe(200);
    await make('/admin/organizations', { name: 'acme', models: ['other'] });
    expect(await use(secret, { model: 'fast' })).toBe('model_not_found');
    await change('PATCH', '/admin/organizations/acme', { models: ['*'] });
    expect(await use(secret, { model: 'fast' })).toBe(200);
    await change('PATCH', '/admin/teams/search', { models: ['other'] });
    expect(await use(secret, { model: 'fast' })).toBe('model_not_found');
  });

  it('count what all their keys ask together, beside what each may', async () => {
    const { make, key, use } = await owners();
    await make('/admin/teams', { name: 'search', rateLimits: { requestsPerMinute: 2 } });
    const secrets = [
      await key({ team: 'search' }),
      await key({ team: 'search', rateLimits: { requestsPerMinute: 1 } }),
    ];
    const other = await key({});
    expect(await use(secrets[1] ?? '')).toBe(200);
    expect(await use(secrets[1] ?? '')).toBe('rate_limit_exceeded');
    expect(await use(secrets[0] ?? '')).toBe(200);
    expect(await use(secrets[0] ?? '')).toBe('rate_limit_exceeded');
    expect(await use(other)).toBe(200);
  });

  it('pay for all their keys from one account', async () => {
    const { admin, make, key, use } = await owners();
    await make('/admin/organizations', { name: 'acme', budgets: [{ name: 'monthly', usd: '0', per: 'month' }] });
    await make('/admin/teams', { name: 'search', organization: 'acme' });
    const secrets = [await key({ team: 'search' }), await key({ organization: 'acme' }), await key({})];
    const answers = [];
    for (const secret of secrets) answers.push(await use(secret));
    expect(answers).toEqual(['insufficient_quota', 'insufficient_quota', 200]);
    await make('/admin/organizations', { name: 'rich', budgets: [{ name: 'monthly', usd: 5, per: 'month' }] });
    expect(await use(await key({ organization: 'rich' }))).toBe(200);
    const { json } = await admin.ask('/admin/budgets?kind=organization&subject=rich');
    expect(json['budgets']).toMatchObject([{ budget: 'organization/monthly', subject: 'rich', limit: '5' }]);
  });

  it('are refused with all their keys, and let in again', async () => {
    const { make, key, use, change } = await owners();
    await make('/admin/teams', { name: 'search' });
    const secret = await key({ team: 'search' });
    expect(await use(secret)).toBe(200);
    await change('PATCH', '/admin/teams/search', { disabled: true });
    expect(await use(secret)).toBe('invalid_api_key');
    await change('PATCH', '/admin/teams/search', { disabled: null });
    expect(await use(secret)).toBe(200);
  });
});
