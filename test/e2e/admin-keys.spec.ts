import { describe, expect, it } from 'vitest';
import { apiKeyId, generateApiKey } from '../../src/auth/api-key.js';
import { keysOn, type KeysUnderTest } from '../support/administered-keys.js';
import { TEST_KEY } from '../support/gateway.js';
import { STORAGES } from '../support/storages.js';

type Json = Record<string, unknown>;

const GUARDRAIL = { name: 'customer-data', kind: 'pattern', patterns: ['secret'], appliesTo: 'named' };

describe.each(STORAGES)('keys %s', (_where, storage) => {
  const keys = (gateway: object = {}): Promise<KeysUnderTest> => keysOn(storage, gateway);

  describe('a new one', () => {
    it('works, shows its secret once, and is there with all that was said of it', async () => {
      const { admin, use } = await keys({ cache: {}, guardrails: [GUARDRAIL] });
      const said = {
        name: 'search-web',
        models: ['fast'],
        team: 'search',
        organization: 'acme',
        budgets: [{ name: 'monthly', usd: '25.50', per: 'month', alerts: [80] }],
        rateLimits: { requestsPerMinute: 60, models: [{ model: 'model', tokensPerDay: 1_000_000 }] },
        extensions: [{ name: 'office-hours', settings: { opensAt: 6, days: ['mo'] } }],
        cache: { enabled: false },
        guardrails: ['customer-data'],
        parameters: 'strict',
        ipRanges: ['127.0.0.0/8'],
        metadata: { contact: 'search@example.com' },
        expiresAt: '2100-01-01T00:00:00Z',
      };
      const made = await admin.ask('/admin/keys', { body: said });
      const { secret, ...shown } = made.json;
      expect(made.status).toBe(201);
      expect(apiKeyId(String(secret))).toBe(shown['id']);
      expect(made.headers.get('location')).toBe(`/admin/keys/${String(shown['id'])}`);
      expect(made.headers.get('etag')).toBe('"1"');
      expect(shown).toMatchObject({ ...said, expiresAt: '2100-01-01T00:00:00.000Z', source: 'stored' });
      expect(shown).toMatchObject({ status: 'active', readOnly: false, version: 1, previousSecretUntil: null });

      const found = await admin.ask(`/admin/keys/${String(shown['id'])}`);
      expect(found.json).toEqual(shown);
      expect(found.headers.get('etag')).toBe('"1"');
      expect(found.text).not.toContain(String(secret).slice(-30));
      expect(await use(secret, 'fast')).toBe(200);
      expect(await use(secret, 'model')).toBe(404);
    });

    it('is made once for an Idempotency-Key, and answered the same again', async () => {
      const { admin } = await keys();
      const request = { body: { name: 'web' }, headers: { 'idempotency-key': 'first-of-web' } };
      const first = await admin.ask('/admin/keys', request);
      const again = await admin.ask('/admin/keys', request);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.json).toEqual(first.json);
      expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
      expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
      const other = await admin.ask('/admin/keys', { ...request, body: { name: 'other' } });
      expect([other.status, other.json['code']]).toEqual([422, 'idempotency_key_reused']);
      expect((await admin.ask('/admin/keys?source=stored')).json['keys']).toHaveLength(1);
    });

    it('that was refused leaves its Idempotency-Key free', async () => {
      const { admin } = await keys();
      const headers = { 'idempotency-key': 'once' };
      expect((await admin.ask('/admin/keys', { body: {}, headers })).status).toBe(400);
      expect((await admin.ask('/admin/keys', { body: { name: 'web' }, headers })).status).toBe(201);
    });

    it('is refused with an amount beyond numbers, and with the names of prototypes', async () => {
      const { admin } = await keys();
      const huge = '{"name":"web","budgets":[{"name":"b","usd":1e309,"per":"day"}]}';
      expect((await admin.ask('/admin/keys', { body: huge })).json).toMatchObject({
        code: 'invalid_value',
        param: 'budgets[0].usd',
      });
      expect((await admin.ask('/admin/keys', { body: '{"name":"web","__proto__":{"a":1}}' })).status).toBe(400);
      const within = '{"name":"web","extensions":[{"name":"x","settings":{"__proto__":{"a":1}}}]}';
      expect((await admin.ask('/admin/keys', { body: within })).status).toBe(400);
    });

    it('keeps odd text of its extensions, as far as it can be kept', async () => {
      const { make, admin } = await keys();
      const settings = { 'a\u0000b': `${'x'.repeat(600)}\u0000\ud800`, plain: '𝕏' };
      const { id } = await make({ extensions: [{ name: 'x', settings }] });
      const { json } = await admin.ask(`/admin/keys/${id}`);
      expect(JSON.stringify(json)).toContain('x'.repeat(600));
      expect(JSON.stringify(json)).toContain('𝕏');
    });
  });

  describe('a merge patch', () => {
    it('changes what it names, clears what it has as null, and leaves the rest', async () => {
      const { make, change, use } = await keys();
      const limits = { requestsPerMinute: 60, tokensPerDay: 1_000 };
      const { id, secret } = await make({ models: ['model'], team: 'search', rateLimits: limits });
      const patch = { team: 'ads', models: ['other'], rateLimits: { tokensPerDay: null, requestsPerDay: 9 } };
      const { status, json, headers } = await change('PATCH', `/admin/keys/${id}`, patch);
      expect(status).toBe(200);
      expect(headers.get('etag')).toBe('"2"');
      expect(json).toMatchObject({ name: 'web', team: 'ads', models: ['other'], version: 2 });
      expect(json['rateLimits']).toEqual({ requestsPerMinute: 60, requestsPerDay: 9 });
      expect(await use(secret)).toBe(404);
      const cleared = await change('PATCH', `/admin/keys/${id}`, { team: null, models: null, rateLimits: null });
      expect(cleared.json).toMatchObject({ models: null, version: 3 });
      expect(cleared.json).not.toHaveProperty('team');
      expect(cleared.json).not.toHaveProperty('rateLimits');
      expect(await use(secret)).toBe(200);
    });

    it('is of what was read, or of nothing', async () => {
      const { make, change, admin } = await keys();
      const { id } = await make();
      const path = `/admin/keys/${id}`;
      const asked = async (headers: Record<string, string>): Promise<unknown[]> => {
        const { status, json } = await change('PATCH', path, { team: 'a' }, headers);
        return [status, json['code']];
      };
      expect(await asked({})).toEqual([428, 'precondition_required']);
      expect(await asked({ 'if-match': '"2"' })).toEqual([412, 'precondition_failed']);
      expect(await asked({ 'if-match': 'W/"1"' })).toEqual([412, 'precondition_failed']);
      expect((await admin.ask(path)).json['version']).toBe(1);
      expect(await asked({ 'if-match': '"7", "1"' })).toEqual([200, undefined]);
      expect(await asked({ 'if-match': '"1"' })).toEqual([412, 'precondition_failed']);
      expect(await asked({ 'if-match': '*' })).toEqual([200, undefined]);
    });

    it('of ten at the same time changes for one alone', async () => {
      const { make, change } = await keys();
      const { id } = await make();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          change('PATCH', `/admin/keys/${id}`, { team: `team-${index}` }, { 'if-match': '"1"' }),
        ),
      );
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        200,
        ...Array.from({ length: 9 }, () => 412),
      ]);
    });

    it('is not for the key itself', async () => {
      const { make, change } = await keys();
      const { id, secret } = await make();
      const headers = { 'if-match': '*', authorization: `Bearer ${secret}` };
      const { status, json } = await change('PATCH', `/admin/keys/${id}`, { role: 'admin' }, headers);
      expect([status, json['code']]).toEqual([403, 'forbidden']);
    });
  });

  describe('its secret', () => {
    it('is replaced, and the one before stays good for a while', async () => {
      const { make, change, use } = await keys();
      const { id, secret } = await make();
      const { status, json } = await change('POST', `/admin/keys/${id}/rotate`);
      expect(status).toBe(200);
      expect(json['previousSecretUntil']).not.toBeNull();
      expect(apiKeyId(String(json['secret']))).toBe(id);
      expect([await use(secret), await use(json['secret'])]).toEqual([200, 200]);
      const again = await change('POST', `/admin/keys/${id}/rotate`, { graceSeconds: 60 });
      expect([await use(secret), await use(json['secret']), await use(again.json['secret'])]).toEqual([401, 200, 200]);
      const last = await change('POST', `/admin/keys/${id}/rotate`, { graceSeconds: 0 });
      expect([await use(again.json['secret']), await use(last.json['secret'])]).toEqual([401, 200]);
    });
  });

  describe('its end', () => {
    it('is at once, and the answer is that of a key that never was', async () => {
      const { make, change, admin, use } = await keys();
      const ended = { disabled: await make(), revoked: await make(), deleted: await make() };
      for (const { secret } of Object.values(ended)) expect(await use(secret)).toBe(200);
      expect((await admin.ask(`/admin/keys/${ended.disabled.id}/disable`, { method: 'POST' })).status).toBe(200);
      expect((await admin.ask(`/admin/keys/${ended.revoked.id}/revoke`, { method: 'POST' })).status).toBe(200);
      expect((await change('DELETE', `/admin/keys/${ended.deleted.id}`)).status).toBe(204);
      const expired = await make({ expiresAt: '2020-01-01' });
      const elsewhere = await make({ ipRanges: ['192.0.2.0/24'] });
      const all = [...Object.values(ended), expired, elsewhere, { secret: generateApiKey().key }];
      for (const { secret } of all) expect(await use(secret)).toBe(401);
      expect((await admin.ask(`/admin/keys/${expired.id}`)).json['status']).toBe('expired');
    });

    it('may be for a while, or for good', async () => {
      const { make, change, use, admin } = await keys();
      const { id, secret } = await make();
      const path = `/admin/keys/${id}`;
      expect((await change('POST', `${path}/disable`)).json).toMatchObject({ status: 'disabled', version: 2 });
      expect((await change('POST', `${path}/disable`)).json).toMatchObject({ status: 'disabled', version: 2 });
      expect(await use(secret)).toBe(401);
      expect((await change('POST', `${path}/enable`)).json).toMatchObject({ status: 'active', disabledAt: null });
      expect(await use(secret)).toBe(200);
      expect((await change('POST', `${path}/revoke`)).json).toMatchObject({ status: 'revoked' });
      for (const [method, verb] of [
        ['POST', '/enable'],
        ['POST', '/rotate'],
        ['POST', '/revoke'],
        ['PATCH', ''],
      ] as const) {
        const { status, json } = await change(method, path + verb, {});
        expect([status, json['code']]).toEqual([409, 'key_revoked']);
      }
      expect(await use(secret)).toBe(401);
      expect((await change('DELETE', path, undefined, {})).status).toBe(428);
      expect((await change('DELETE', path)).status).toBe(204);
      expect((await admin.ask(path)).json['code']).toBe('not_found');
      expect((await change('DELETE', path)).status).toBe(404);
    });
  });

  it('is used only from where it may', async () => {
    const { make, use } = await keys();
    const { secret } = await make({ ipRanges: ['::1', '127.0.0.1'] });
    expect(await use(secret)).toBe(200);
  });

  describe('a list', () => {
    it('goes through all of them, page by page, those of the configuration first', async () => {
      const { make, admin } = await keys({
        keys: [
          { name: 'test', secret: TEST_KEY },
          { name: 'second', secret: 'sk-second-0123456789' },
        ],
      });
      for (const name of ['b', 'd', 'a', 'c', 'c']) await make({ name });
      for (const [sort, names] of [
        ['name', ['a', 'b', 'c', 'c', 'd']],
        ['-name', ['d', 'c', 'c', 'b', 'a']],
        ['createdAt', undefined],
        ['-createdAt', undefined],
      ] as const) {
        for (const limit of [1, 2, 3, 100]) {
          const seen: Json[] = [];
          for (let cursor: string | null = ''; cursor !== null;) {
            const { status, json } = await admin.ask(
              `/admin/keys?sort=${sort}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`,
            );
            expect(status).toBe(200);
            const page = json as { keys: Json[]; next: string | null };
            expect(page.keys.length).toBeLessThanOrEqual(limit);
            seen.push(...page.keys);
            cursor = page.next;
          }
          expect(seen.slice(0, 2).map(({ name }) => name)).toEqual(['test', 'second']);
          expect(new Set(seen.map(({ id }) => id)).size).toBe(7);
          const stored = seen.slice(2);
          if (names !== undefined) expect(stored.map(({ name }) => name)).toEqual(names);
          else {
            const times = stored.map(({ createdAt }) => String(createdAt));
            expect(times).toEqual(sort === 'createdAt' ? times.toSorted() : times.toSorted().toReversed());
          }
        }
      }
    });

    it.each([
      ['team=search', ['a', 'b']],
      ['team=search&status=active', ['a']],
      ['organization=acme', ['a']],
      ['name=c', ['c']],
      ['status=disabled', ['b']],
      ['status=revoked', ['c']],
      ['status=expired', ['d']],
      ['status=active', ['a', 'test']],
      ['source=stored', ['a', 'b', 'c', 'd']],
      ['source=configuration', ['test']],
      ['source=configuration&team=search', []],
      [`team=${encodeURIComponent(`'; DROP TABLE api_key; --`)}`, []],
    ])('of those with %s', async (query, names) => {
      const { make, admin } = await keys();
      await make({ name: 'a', team: 'search', organization: 'acme' });
      const { id: disabled } = await make({ name: 'b', team: 'search' });
      const { id: revoked } = await make({ name: 'c' });
      await make({ name: 'd', expiresAt: '2020-01-01' });
      await admin.ask(`/admin/keys/${disabled}/disable`, { method: 'POST' });
      await admin.ask(`/admin/keys/${revoked}/revoke`, { method: 'POST' });
      const { json } = await admin.ask(`/admin/keys?${query}`);
      expect((json['keys'] as Json[]).map(({ name }) => String(name)).sort()).toEqual(names);
    });
  });

  describe('one of the configuration', () => {
    it('is shown without its secret, and is changed there alone', async () => {
      const { admin, change, use } = await keys();
      const path = '/admin/keys/configured:test';
      const { status, json, text } = await admin.ask(path);
      expect(status).toBe(200);
      expect(json).toMatchObject({ id: 'configured:test', name: 'test', source: 'configuration', readOnly: true });
      expect(text).not.toContain(TEST_KEY);
      for (const [method, verb, body] of [
        ['PATCH', '', { team: 'a' }],
        ['POST', '/rotate', {}],
        ['POST', '/disable', {}],
        ['POST', '/enable', {}],
        ['POST', '/revoke', {}],
        ['DELETE', '', undefined],
      ] as const) {
        const answer = await change(method, path + verb, body);
        expect([answer.status, answer.json['code']]).toEqual([409, 'read_only']);
      }
      expect(await use(TEST_KEY)).toBe(200);
    });
  });

  it.each(['nothing', 'configured:nobody', `' OR 1=1 --`, 'x'.repeat(600)])(
    'there is none of the id %j',
    async (id) => {
      const { admin } = await keys();
      const { status, json } = await admin.ask(`/admin/keys/${encodeURIComponent(id)}`);
      expect([status, json['code']]).toEqual([404, 'not_found']);
    },
  );
});
