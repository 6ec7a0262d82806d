import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AdminAuditRepository } from '../../src/admin/admin-audit.repository.js';
import { type AdminAnswer } from '../support/administration.js';
import { anUpstream, MADE_KEY, providersOn, type ProvidersUnderTest } from '../support/administered-providers.js';
import { chat, CHAT_REQUEST, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, chatCompletion, chatStream, json as jsonAnswer, openAiError } from '../support/fake-upstream.js';
import { PROVIDER_KEY } from '../support/scene.js';
import { freshDatabase, STORAGES, storageOn } from '../support/storages.js';

const PROVIDERS = '/admin/providers';
const DEPLOYMENTS = '/admin/deployments';
const ALIASES = '/admin/aliases';
const MADE = `${PROVIDERS}/made`;
const DEPLOYMENT = `${DEPLOYMENTS}/${encodeURIComponent('made/org/large')}`;

/** What there is, as it is told. */
async function everything({ admin }: ProvidersUnderTest): Promise<string[]> {
  const paths = [PROVIDERS, DEPLOYMENTS, ALIASES, '/admin/prices'];
  return Promise.all(paths.map(async (path) => (await admin.ask(path)).text));
}

function codeOf({ status, json }: AdminAnswer): unknown[] {
  return [status, json['code']];
}

describe.each(STORAGES)('providers %s', (_where, storage) => {
  it('live from the first day to the last', async () => {
    const scene = await providersOn(storage);
    const { admin, upstream, make, makeProvider, change, use } = scene;
    const { json, headers } = await makeProvider({ headers: { 'x-team': 'search' }, weight: 3 });
    expect(json).toMatchObject({
      name: 'made',
      kind: 'openai-compatible',
      baseUrl: upstream.baseUrl,
      weight: 3,
      source: 'stored',
      readOnly: false,
      secretsReadable: true,
      secrets: [
        { setting: 'apiKey', masked: '…6789' },
        { setting: 'headers.x-team', masked: '…' },
      ],
      version: 1,
    });
    expect([headers.get('etag'), headers.get('location')]).toEqual(['"1"', MADE]);
    expect(codeOf(await admin.ask(PROVIDERS, { body: { name: 'made', kind: 'openai' } }))).toEqual([
      409,
      'already_exists',
    ]);

    const made = await make(DEPLOYMENTS, { provider: 'made', model: 'org/large', upstreamModel: 'vendor-large' });
    expect(made.headers.get('location')).toBe(DEPLOYMENT);
    await make(ALIASES, { name: 'big', model: 'org/large' });
    for (const model of ['org/large', 'made/org/large', 'big']) expect(await use(model)).toBe(200);
    expect(upstream.requests.map(({ json: asked }) => asked['model'])).toEqual(Array(3).fill('vendor-large'));
    expect(upstream.last.headers).toMatchObject({ authorization: `Bearer ${MADE_KEY}`, 'x-team': 'search' });

    const first = await admin.ask(`${PROVIDERS}?limit=1`);
    expect(first.json).toMatchObject({ providers: [{ name: 'first', source: 'configuration' }], next: 'first' });
    const second = await admin.ask(`${PROVIDERS}?limit=1&cursor=first`);
    expect(second.json).toMatchObject({ providers: [{ name: 'made' }], next: null });
    expect((await admin.ask(`${PROVIDERS}?source=stored`)).json['providers']).toHaveLength(1);
    expect((await admin.ask(`${DEPLOYMENTS}?provider=made`)).json['deployments']).toHaveLength(1);
    expect((await admin.ask(`${ALIASES}?model=org/large`)).json).toMatchObject({ aliases: [{ name: 'big' }] });

    expect((await admin.ask(MADE, { method: 'PATCH', body: { weight: 1 } })).status).toBe(428);
    const stale = { method: 'PATCH', body: { weight: 1 }, headers: { 'if-match': '"7"' } };
    expect((await admin.ask(MADE, stale)).status).toBe(412);
    const patched = await change('PATCH', MADE, { apiKey: null, apiKeys: ['sk-one-of-two-01', 'sk-two-of-two-02'] });
    expect(patched.json).toMatchObject({ version: 2, weight: 3 });
    for (let time = 0; time < 2; time++) expect(await use('big')).toBe(200);
    const keys = upstream.requests.slice(-2).map(({ headers: sent }) => sent.authorization);
    expect(keys).toEqual(['Bearer sk-one-of-two-01', 'Bearer sk-two-of-two-02']);
    await change('PATCH', DEPLOYMENT, { upstreamModel: null });
    expect(await use('big')).toBe(200);
    expect(upstream.last.json['model']).toBe('org/large');
    await change('PATCH', `${ALIASES}/big`, { model: 'model' });
    expect(await use('big')).toBe(200);
    expect(scene.scene.upstreams[0].dispatches).toBe(1);

    expect(codeOf(await change('DELETE', MADE))).toEqual([409, 'in_use']);
    expect((await change('DELETE', DEPLOYMENT)).status).toBe(204);
    expect((await change('DELETE', `${ALIASES}/big`)).status).toBe(204);
    expect((await change('DELETE', MADE)).status).toBe(204);
    expect((await admin.ask(MADE)).status).toBe(404);
    for (const model of ['org/large', 'made/org/large', 'big']) expect(await use(model)).toBe(404);
    const actions = ((await admin.ask('/admin/audit')).json['entries'] ?? []) as { action: string }[];
    expect(actions.map(({ action }) => action).toReversed()).toEqual([
      'providers.create',
      'deployments.create',
      'aliases.create',
      'providers.update',
      'deployments.update',
      'aliases.update',
      'deployments.delete',
      'aliases.delete',
      'providers.delete',
    ]);
  });

  it('are tried, and asked for their models', async () => {
    const { admin, upstream, makeProvider, make } = await providersOn(storage);
    upstream.models = ['vendor-large', 'vendor-small'];
    await makeProvider({ apiKey: undefined, apiKeys: ['sk-good-key-0123456789', 'sk-wrong-key-0123456789'] });
    expect((await admin.ask(`${MADE}/models`)).json).toEqual({ models: ['vendor-large', 'vendor-small'] });
    expect((await admin.ask(`${MADE}/test`, { method: 'POST' })).json).toMatchObject({ ok: true, model: null });
    await make(DEPLOYMENTS, { provider: 'made', model: 'large', upstreamModel: 'vendor-large' });
    upstream.always((seen) =>
      seen.headers.authorization === 'Bearer sk-good-key-0123456789'
        ? chatAnswer('Hello')(seen)
        : openAiError(401, 'Incorrect API key sk-wrong-key-0123456789')(seen),
    );
    const { status, json, text } = await admin.ask(`${MADE}/test`, { body: { model: 'large' } });
    expect([status, json]).toEqual([
      200,
      {
        ok: false,
        model: 'vendor-large',
        results: [
          { key: 0, ok: true, milliseconds: expect.any(Number) as number, error: null },
          {
            key: 1,
            ok: false,
            milliseconds: expect.any(Number) as number,
            error: { code: 'provider_code', status: 401, message: 'Incorrect API key [redacted]' },
          },
        ],
      },
    ]);
    expect(text).not.toContain('sk-wrong');
    expect(codeOf(await admin.ask(`${PROVIDERS}/nobody/test`, { method: 'POST' }))).toEqual([404, 'not_found']);
  });

  it('that list their models are routed to by them', async () => {
    const { admin, upstream, makeProvider, use, change } = await providersOn(storage);
    upstream.models = ['listed'];
    await makeProvider({ discover: true });
    await expect.poll(() => use('listed')).toBe(200);
    const refused = await admin.ask(DEPLOYMENTS, { body: { provider: 'made', model: 'other' } });
    expect([...codeOf(refused), refused.json['param']]).toEqual([409, 'routing_conflict', 'provider']);
    expect((await change('DELETE', MADE)).status).toBe(204);
    expect(await use('listed')).toBe(404);
  });

  it('leave all as it was where a change does not fit', async () => {
    const scene = await providersOn(storage, { aliases: { fast: 'model' }, prices: [{ model: 'model', input: 1 }] });
    const { admin, make, makeProvider, change, use } = scene;
    await makeProvider();
    await make(DEPLOYMENTS, { provider: 'made', model: 'large' });
    await make(ALIASES, { name: 'big', model: 'large' });
    await make('/admin/prices', { provider: 'made', input: 1, output: 1 });
    const before = await everything(scene);
    const lines = scene.scene.gateway.app.get(AdminAuditRepository, { strict: false });
    const count = (await lines.list({}, 100)).length;
    const url = scene.upstream.baseUrl;
    const at = { name: 'b', kind: 'openai-compatible' };
    const deployment = `${DEPLOYMENTS}/made%2Flarge`;
    const ANY = { 'if-match': '*' };
    for (const [method, path, body, code, param] of [
      // Not of the configuration.
      ['POST', PROVIDERS, { ...at, name: 'first' }, 'already_exists', 'name'],
      ['PATCH', `${PROVIDERS}/first`, { weight: 1 }, 'read_only'],
      ['DELETE', `${PROVIDERS}/first`, undefined, 'read_only'],
      ['DELETE', `${DEPLOYMENTS}/first%2Fmodel`, undefined, 'read_only'],
      ['PATCH', `${ALIASES}/fast`, { model: 'large' }, 'read_only'],
      ['DELETE', '/admin/prices/configured:0', undefined, 'read_only'],
      ['POST', ALIASES, { name: 'fast', model: 'large' }, 'already_exists', 'name'],
      ['POST', DEPLOYMENTS, { provider: 'first', model: 'model' }, 'already_exists', 'model'],
      // Where they lead.
      ['POST', PROVIDERS, { ...at, kind: 'nobody' }, 'invalid_value', 'kind'],
      ['POST', PROVIDERS, at, 'invalid_value', 'baseUrl'],
      ['POST', PROVIDERS, { ...at, baseUrl: 'http://10.0.0.1/v1' }, 'blocked_host', 'baseUrl'],
      ['POST', PROVIDERS, { ...at, baseUrl: 'https://10.0.0.1/v1' }, 'blocked_host', 'baseUrl'],
      ['POST', PROVIDERS, { ...at, baseUrl: 'https://ollama.internal/v1' }, 'blocked_host', 'baseUrl'],
      ['POST', PROVIDERS, { ...at, baseUrl: 'https://169.254.169.254/v1' }, 'blocked_host', 'baseUrl'],
      ['POST', PROVIDERS, { ...at, baseUrl: 'https://a:b@example.com/v1' }, 'invalid_value', 'baseUrl'],
      ['POST', PROVIDERS, { ...at, kind: 'ollama' }, 'blocked_host', 'baseUrl'],
      [
        'POST',
        PROVIDERS,
        { ...at, baseUrl: url, allowPrivateNetwork: true },
        'unknown_parameter',
        'allowPrivateNetwork',
      ],
      // What they are let in by.
      [
        'POST',
        PROVIDERS,
        { ...at, kind: 'vertex', credentialsFile: '/etc/passwd' },
        'unknown_parameter',
        'credentialsFile',
      ],
      ['POST', PROVIDERS, { ...at, kind: 'vertex', region: 'eu' }, 'invalid_value', 'apiKey'],
      ['POST', PROVIDERS, { ...at, kind: 'bedrock', region: 'eu-central-1' }, 'invalid_value', 'accessKeyId'],
      [
        'POST',
        PROVIDERS,
        { ...at, kind: 'azure-openai', baseUrl: 'https://a.openai.azure.com' },
        'invalid_value',
        'apiKey',
      ],
      ['POST', PROVIDERS, { ...at, baseUrl: url, apiKey: 'a', apiKeys: ['b'] }, 'invalid_value', 'apiKeys'],
      ['POST', PROVIDERS, { ...at, baseUrl: url, headers: { host: 'a' } }, 'invalid_value', 'headers.host'],
      ['PATCH', MADE, { baseUrl: 'https://example.com/v1' }, 'secret_reentry_required', 'apiKey'],
      ['PATCH', MADE, { kind: 'openai' }, 'secret_reentry_required', 'apiKey'],
      ['PATCH', MADE, { name: 'other' }, 'unknown_parameter', 'name'],
      ['PATCH', MADE, { discover: true }, 'routing_conflict', 'discover'],
      // What they are to one another.
      ['POST', DEPLOYMENTS, { provider: 'nobody', model: 'a' }, 'invalid_value', 'provider'],
      ['POST', DEPLOYMENTS, { provider: 'made', model: 'large' }, 'already_exists', 'model'],
      ['POST', DEPLOYMENTS, { provider: 'made', model: 'big' }, 'routing_conflict'],
      ['DELETE', deployment, undefined, 'routing_conflict'],
      ['DELETE', MADE, undefined, 'in_use'],
      ['POST', ALIASES, { name: 'a', model: 'nothing' }, 'invalid_value', 'model'],
      ['POST', ALIASES, { name: 'large', model: 'model' }, 'invalid_value', 'model'],
      ['POST', ALIASES, { name: 'a', model: 'big' }, 'invalid_value', 'model'],
      ['POST', '/admin/prices', { provider: 'nobody', input: 1 }, 'invalid_value', 'provider'],
      ['POST', '/admin/prices', { model: 'large' }, 'invalid_value'],
      ['POST', '/admin/prices', { model: 'large', input: -1 }, 'invalid_value', 'input'],
    ] as const) {
      const { json, text } = await admin.ask(path, { method, body, headers: ANY });
      expect([method, path, body, json['code'], json['param']]).toEqual([method, path, body, code, param]);
      expect(text).not.toContain('passwd');
    }
    expect(await everything(scene)).toEqual(before);
    expect((await lines.list({}, 100)).length).toBe(count);
    for (const model of ['model', 'fast', 'large', 'big']) expect(await use(model)).toBe(200);
    expect((await change('DELETE', `${ALIASES}/big`)).status).toBe(204);
  });

  it('take their secrets to no other place, unless they are given again', async () => {
    const { upstream, make, makeProvider, change, use } = await providersOn(storage);
    await makeProvider({ headers: { 'x-secret': 'header-secret-0123456789' } });
    await make(DEPLOYMENTS, { provider: 'made', model: 'large' });
    const other = await anUpstream();
    const refused = await change('PATCH', MADE, {
      baseUrl: other.baseUrl,
      apiKey: 'sk-another-0123456789',
      headers: { 'x-new': 'a' },
    });
    expect([refused.json['code'], refused.json['param']]).toEqual(['secret_reentry_required', 'headers.x-secret']);
    const path = await change('PATCH', MADE, { baseUrl: `${upstream.baseUrl}/deeper` });
    expect(path.status).toBe(200);
    const given = await change('PATCH', MADE, {
      baseUrl: other.baseUrl,
      apiKey: 'sk-another-0123456789',
      headers: null,
    });
    expect(given.status).toBe(200);
    expect(await use('large')).toBe(200);
    expect(upstream.dispatches).toBe(0);
    expect(other.last.headers).toMatchObject({ authorization: 'Bearer sk-another-0123456789' });
    expect(other.last.headers).not.toHaveProperty('x-secret');
  });

  it('are changed under load, and no call fails', async () => {
    const { scene, upstream, make, makeProvider, change } = await providersOn(storage);
    const other = await anUpstream();
    for (const one of [upstream, other])
      one.always((seen) => (seen.json['stream'] === true ? chatStream(['a', 'b']) : chatAnswer('Hello'))(seen));
    await makeProvider({ maxRetries: 0 });
    await make(DEPLOYMENTS, { provider: 'made', model: 'large' });
    let isOver = false;
    const statuses = new Map<number, number>();
    const clients = Array.from({ length: 8 }, async (_, index) => {
      while (!isOver) {
        const request = { ...(index % 2 === 0 ? CHAT_REQUEST : STREAM_REQUEST), model: 'large' };
        const { status, text } = await chat(scene.gateway, request);
        const said = text.includes('error') ? 0 : status;
        statuses.set(said, (statuses.get(said) ?? 0) + 1);
      }
    });
    for (let time = 0; time < 12; time++) {
      const { baseUrl } = time % 2 === 0 ? other : upstream;
      const { status } = await change('PATCH', MADE, { baseUrl, apiKey: `sk-key-number-${time}-0123456789` });
      expect(status).toBe(200);
      const seen = (time % 2 === 0 ? other : upstream).dispatches;
      await (time % 2 === 0 ? other : upstream).waitFor(({ dispatches }) => dispatches > seen + 8);
    }
    isOver = true;
    await Promise.all(clients);
    const [calls, ...others] = [...statuses];
    expect([calls?.[0], others]).toEqual([200, []]);
    expect(upstream.dispatches + other.dispatches).toBe(calls?.[1]);
    // Connections are not cut: they end by themselves once nothing is under way there.
    await upstream.waitFor(({ connections }) => connections === 0);
  });

  it('rate anew what was served in a tier of service whose price has come later', async () => {
    const { scene, admin, upstream, make, makeProvider, change, use } = await providersOn(storage);
    await makeProvider();
    await make(DEPLOYMENTS, { provider: 'made', model: 'large' });
    const { json: price } = await make('/admin/prices', { provider: 'made', output: 10 });
    const usage = { prompt_tokens: 0, completion_tokens: 1_000_000, total_tokens: 1_000_000 };
    upstream.next(jsonAnswer({ ...chatCompletion('Hello'), usage, service_tier: 'flex' }));
    expect(await use('large')).toBe(200);
    await scene.gateway.records();
    const cost = async (): Promise<unknown> => {
      const { json: found } = await admin.ask('/admin/usage/records');
      const [record] = found['records'] as { cost: string; priceVersion: string }[];
      return [record?.cost, record?.priceVersion.endsWith(';flex=standard')];
    };
    expect(await cost()).toEqual(['10', true]);
    const path = `/admin/prices/${String(price['id'])}`;
    const twice = await change('PATCH', path, { serviceTiers: [{ tier: 'flex' }, { tier: 'flex' }] });
    expect([...codeOf(twice), twice.json['param']]).toEqual([400, 'invalid_value', 'serviceTiers[1].tier']);
    const priced = await change('PATCH', path, { serviceTiers: [{ tier: 'flex', output: '5' }] });
    expect(priced.json).toMatchObject({ version: 2, serviceTiers: [{ tier: 'flex', output: '5' }] });
    const body = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
    expect((await admin.ask('/admin/prices/rerate', { body })).json).toMatchObject({ changed: 1 });
    expect(await cost()).toEqual(['5', false]);
  });

  it('rate calls by their prices, each by the one of its time', async () => {
    const { scene, admin, make, makeProvider, change, use } = await providersOn(storage);
    await makeProvider();
    await make(DEPLOYMENTS, { provider: 'made', model: 'large' });
    const { json } = await make('/admin/prices', { provider: 'made', request: '0.25' });
    const path = `/admin/prices/${String(json['id'])}`;
    expect(await use('large')).toBe(200);
    await scene.watch.allOver();
    const patched = await change('PATCH', path, { request: '0.50' });
    expect(patched.json).toMatchObject({ version: 2, request: '0.50' });
    expect(patched.json['priceVersion']).not.toBe(json['priceVersion']);
    expect(await use('large')).toBe(200);
    expect((await change('DELETE', path)).status).toBe(204);
    await scene.watch.allOver();
    expect((await admin.ask(path)).status).toBe(404);
    const { prices } = (await admin.ask(`${path}/versions`)).json as { prices: object[] };
    expect(prices).toMatchObject([
      { version: 1, request: '0.25', removed: false },
      { version: 2, request: '0.50', removed: false },
      { version: 3, request: '0.50', removed: true },
    ]);
    await scene.gateway.records();
    const totals = await admin.ask('/admin/usage/totals');
    expect(totals.json['totals']).toMatchObject([{ calls: 2, cost: '0.75', unpriced: 0 }]);
  });
});

describe('the secrets of providers', () => {
  it('are kept by nobody who has no master key', async () => {
    const { admin } = await providersOn(undefined, { masterKey: undefined });
    const refused = await admin.ask(PROVIDERS, { body: { name: 'a', kind: 'openai', apiKey: 'sk' } });
    expect(codeOf(refused)).toEqual([409, 'master_key_missing']);
    expect(refused.json['detail']).toContain('NESTGATE_MASTER_KEY');
  });

  it('of the configuration are not shown either', async () => {
    const { admin } = await providersOn();
    const { json, text } = await admin.ask(`${PROVIDERS}/first`);
    expect(json).toMatchObject({ source: 'configuration', readOnly: true, secrets: [{ setting: 'apiKey' }] });
    expect(text).not.toContain(PROVIDER_KEY);
  });

  it('are lost with the master key, read with the one of before, and sealed anew', async () => {
    const database = await freshDatabase();
    const start = (masterKey: Buffer, ...previousMasterKeys: Buffer[]): Promise<ProvidersUnderTest> =>
      providersOn(() => Promise.resolve({ storage: storageOn(database) }), { masterKey, previousMasterKeys });
    const [old, now] = [randomBytes(32), randomBytes(32)];
    const first = await start(old);
    await first.makeProvider();
    await first.make(DEPLOYMENTS, { provider: 'made', model: 'large' });

    const without = await start(now);
    expect((await without.admin.ask(MADE)).json).toMatchObject({ secretsReadable: false, secrets: [] });
    expect([await without.use('large'), await without.use('model')]).toEqual([404, 200]);
    const failed = await without.admin.ask(`${PROVIDERS}/rekey`, { method: 'POST' });
    expect(failed.json).toMatchObject({ rekeyed: [], unreadable: ['made'] });

    const between = await start(now, old);
    expect(await between.use('large')).toBe(200);
    const rekeyed = await between.admin.ask(`${PROVIDERS}/rekey`, { method: 'POST' });
    expect(rekeyed.json).toMatchObject({ rekeyed: ['made'], unreadable: [] });
    expect((await between.admin.ask(`${PROVIDERS}/rekey`, { method: 'POST' })).json['rekeyed']).toEqual([]);

    const after = await start(now);
    expect([await after.use('large'), first.upstream.last.headers.authorization]).toEqual([200, `Bearer ${MADE_KEY}`]);
    // What an envelope is put elsewhere for does not open.
    await database.sql(`UPDATE nestgate.routing_entry SET settings = settings || '{"baseUrl": "https://evil.example"}'
      WHERE kind = 'provider'`);
    await expect.poll(() => after.use('large')).toBe(404);
    await after.change('PATCH', MADE, { baseUrl: first.upstream.baseUrl, apiKey: 'sk-given-again-0123456789' });
    expect(await after.use('large')).toBe(200);
  });
});
