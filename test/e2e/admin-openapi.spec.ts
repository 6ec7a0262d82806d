import { fileURLToPath } from 'node:url';
import createClient from 'openapi-fetch';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { type paths } from '../support/admin-api.js';
import { ADMIN_ROUTES } from '../support/admin-routes.js';
import {
  ADMIN_TOKEN,
  type AdminAnswer,
  type AdminRequestOptions,
  startAdministration,
} from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { type FakeUpstream } from '../support/fake-upstream.js';
import { oneProvider } from '../support/scene.js';
import { faults, referred } from '../support/schema-check.js';

type Content = Record<string, { schema: unknown }>;

interface Operation {
  readonly operationId: string;
  readonly security: object[];
  readonly parameters: { name: string; in: string; required: boolean; schema: unknown }[];
  readonly requestBody?: { required: boolean; content: Content };
  readonly responses: Record<string, { content?: Content }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

const ANY = { 'if-match': '*' };
/** The document is told by itself alone, and the page that shows it is no call. */
const DESCRIBED = ADMIN_ROUTES.filter(({ path }) => path !== '/openapi.json' && !path.startsWith('/docs'));

interface Described {
  readonly document: Document;
  /** Asks, and compares what was asked and answered with what the document says. */
  ask(path: string, options?: AdminRequestOptions): Promise<AdminAnswer>;
  readonly upstream: FakeUpstream;
  readonly port: number;
  /** The operations that were asked for. */
  readonly asked: Set<string>;
}

async function described(): Promise<Described> {
  const scene = await oneProvider({
    gateway: {
      prices: [{ model: 'model', input: 1, output: 2 }],
      budgets: [{ name: 'house', for: 'everyone', usd: 10, per: 'day' }],
      rateLimits: { requestsPerMinute: 100 },
      metrics: { enabled: true },
      aliases: { fast: 'model' },
      masterKey: Buffer.alloc(32, 7),
      privateHosts: ['127.0.0.1'],
    },
  });
  const admin = await startAdministration(scene.gateway.app);
  expect((await chat(scene.gateway, CHAT_REQUEST)).status).toBe(200);
  await scene.records();
  const document = (await admin.ask('/openapi.json', { token: null })).json as unknown as Document;
  const asked = new Set<string>();
  return {
    document,
    asked,
    upstream: scene.upstreams[0],
    port: admin.port,
    ask: async (path, options = {}) => {
      const answer = await admin.ask(path, options);
      const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
      const operation = operationAt(document, method.toLowerCase(), path.split('?')[0] ?? '');
      asked.add(operation.operationId);
      expect([path, answer.status, complaints(operation, path, options, answer, document)]).toEqual([
        path,
        answer.status,
        [],
      ]);
      return answer;
    },
  };
}

function operationAt({ paths }: Document, method: string, path: string): Operation {
  const known = Object.keys(paths)
    // What is said in so many letters before what may be anything.
    .sort((a, b) => a.split('{').length - b.split('{').length)
    .find((one) => new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`, 'u').test(path) && paths[one]?.[method]);
  const operation = paths[known ?? '']?.[method];
  if (operation === undefined) throw new Error(`Nothing is said of ${method} ${path}`);
  return operation;
}

function complaints(
  { parameters, requestBody, responses }: Operation,
  path: string,
  { body, headers = {} }: AdminRequestOptions,
  { status, json, headers: answered }: AdminAnswer,
  document: Document,
): string[] {
  const query = [...new URL(path, 'http://localhost').searchParams.keys()];
  const inQuery = new Set(parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name));
  const isAccepted = status < 400;
  const missing = parameters.filter(
    ({ name, required, ...parameter }) =>
      parameter.in === 'header' && required && headers[name.toLowerCase()] === undefined,
  );
  const type = answered.get('content-type')?.split(';')[0] ?? '';
  const response = responses[String(status)] ?? responses['default'];
  const schema = response?.content?.[type]?.schema;
  const asked = requestBody?.content['application/json']?.schema;
  return [
    ...(isAccepted ? query.filter((name) => !inQuery.has(name)).map((name) => `${name} is not said`) : []),
    ...(isAccepted ? missing.map(({ name }) => `${name} was not needed`) : []),
    ...(isAccepted && body !== undefined
      ? asked === undefined
        ? ['no body is said']
        : faults(body, asked, document)
      : []),
    ...(response?.content === undefined ? (type === '' ? [] : [`${type} is not said`]) : []),
    ...(response?.content !== undefined && schema === undefined ? [`${type} is not said`] : []),
    ...(schema !== undefined && /[/+]json$/.test(type) ? faults(json, schema, document) : []),
  ];
}

const GENERATED = new URL('../support/admin-api.ts', import.meta.url);

describe('GET /openapi.json', () => {
  it('tells every route, with the scope that it needs', async () => {
    const { document } = await described();
    expect(document.openapi).toBe('3.1.0');
    const told = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security }]) => JSON.stringify([method, path, security])),
    );
    const served = DESCRIBED.map(({ method, path, scope }) => {
      const security = scope === undefined ? [] : [{ adminToken: [scope] }];
      return JSON.stringify([method.toLowerCase(), path.replaceAll(/:(\w+)/g, '{$1}'), security]);
    });
    expect(told.sort()).toEqual(served.sort());
  });

  it('names each operation once, each parameter of its path, and nothing that is not there', async () => {
    const { document } = await described();
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, parameters } of operations) {
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(named).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, found = '']) => found);
    expect(references.length).toBeGreaterThan(40);
    for (const reference of references) expect(referred(reference, document)).toBeTypeOf('object');
  });

  it('has examples that are as it says', async () => {
    const { document } = await described();
    let examples = 0;
    const look = (within: unknown): void => {
      if (typeof within !== 'object' || within === null) return;
      if ('examples' in within && Array.isArray(within.examples)) {
        examples++;
        for (const example of within.examples)
          expect([example, faults(example, within, document)]).toEqual([example, []]);
      }
      for (const member of Object.values(within)) look(member);
    };
    look(document);
    expect(examples).toBeGreaterThan(30);
  });

  it('says what is asked and answered, on every route', async () => {
    const { ask, asked, document, upstream } = await described();
    const key = {
      name: 'web',
      team: 'search',
      models: ['model'],
      budgets: [{ name: 'b', usd: '2.50', per: 'day', alerts: [80] }],
      rateLimits: { requestsPerMinute: 60, models: [{ model: 'model', tokensPerDay: 1_000_000 }] },
      extensions: [{ name: 'office-hours', settings: { opensAt: 6 } }],
      parameters: 'strict',
      ipRanges: ['127.0.0.0/8'],
      metadata: { contact: 'a' },
      expiresAt: '2100-01-01T00:00:00Z',
    };
    const id = String((await ask('/admin/keys', { body: key, headers: { 'idempotency-key': 'a' } })).json['id']);
    const path = `/admin/keys/${id}`;
    await ask('/admin/keys', { body: { name: 'plain' } });
    await ask('/admin/keys?status=active&sort=name&limit=1');
    await ask('/admin/keys?source=configuration');
    await ask(path);
    await ask(path, {
      method: 'PATCH',
      headers: ANY,
      body: { team: null, models: null, rateLimits: { tokensPerDay: 5 } },
    });
    await ask(`${path}/rotate`, { method: 'POST', headers: ANY });
    await ask(`${path}/rotate`, { body: { graceSeconds: 5 }, headers: ANY });
    for (const verb of ['disable', 'enable', 'revoke']) await ask(`${path}/${verb}`, { method: 'POST' });
    expect((await ask(path, { method: 'DELETE', headers: ANY })).status).toBe(204);

    for (const [owners, body] of [
      ['organizations', { name: 'acme', models: ['model'], disabled: false }],
      ['teams', { name: 'search', organization: 'acme', budgets: [{ name: 'b', usd: 5, per: 'total', hard: false }] }],
    ] as const) {
      const owner = `/admin/${owners}/${body.name}`;
      expect((await ask(`/admin/${owners}`, { body })).status).toBe(201);
      await ask(`/admin/${owners}?limit=1`);
      await ask(owner);
      expect(
        (await ask(owner, { method: 'PATCH', headers: ANY, body: { metadata: { a: 'b' }, models: null } })).status,
      ).toBe(200);
    }
    await ask('/admin/teams?organization=acme');
    for (const owner of ['teams/search', 'organizations/acme']) {
      expect((await ask(`/admin/${owner}`, { method: 'DELETE', headers: ANY })).status).toBe(204);
    }

    const token = await ask('/admin/tokens', { body: { name: 'a', scopes: ['usage:read'], expiresAt: '2100-01-01' } });
    await ask('/admin/tokens', { body: { name: 'b', role: 'viewer' } });
    await ask('/admin/tokens?limit=1');
    await ask(`/admin/tokens/${String(token.json['id'])}`);
    await ask('/admin/keys', { token: String(token.json['secret']) });
    expect((await ask(`/admin/tokens/${String(token.json['id'])}`, { method: 'DELETE' })).status).toBe(204);

    const records = await ask('/admin/usage/records?status=completed&limit=1');
    expect(records.json['records']).toHaveLength(1);
    await ask('/admin/usage/totals');
    await ask('/admin/usage/totals?by=day,hour,key,team,organization,endUser,tag,model,provider,operation');
    for (const form of ['csv', 'ndjson']) await ask(`/admin/usage/export?format=${form}`);
    expect((await ask('/admin/budgets?kind=everyone')).json['budgets']).toHaveLength(1);
    await ask('/admin/circuits');
    const explained = await ask('/admin/explain', { body: { request: CHAT_REQUEST } });
    expect(explained.json).toMatchObject({ refusedWith: null, budgets: [{}], limits: [{}] });
    await ask('/admin/explain', { body: { endpoint: '/v1/embeddings', request: { model: 'none', input: 'a' } } });
    upstream.models = ['model'];
    const provider = {
      name: 'made',
      kind: 'openai-compatible',
      baseUrl: upstream.baseUrl,
      apiKey: 'sk-0123456789',
      rateLimits: { requestsPerMinute: 60 },
      headers: { 'x-a': 'b' },
    };
    expect((await ask('/admin/providers', { body: provider })).status).toBe(201);
    const deployment = { provider: 'made', model: 'large', facts: { tools: true }, upstreamModel: 'vendor-large' };
    expect((await ask('/admin/deployments', { body: deployment })).status).toBe(201);
    expect((await ask('/admin/aliases', { body: { name: 'big', model: 'large' } })).status).toBe(201);
    const price = { provider: 'made', input: '1.5', output: 2, longContext: [{ above: 5, input: 3 }] };
    const priced = await ask('/admin/prices', { body: price, headers: { 'idempotency-key': 'b' } });
    const priceId = String(priced.json['id']);
    await ask(`/admin/prices/${priceId}/versions`);
    await ask('/admin/providers/made/test', { method: 'POST' });
    await ask('/admin/providers/made/test', { body: { model: 'nothing' } });
    expect((await ask('/admin/providers/made/models')).json['models']).toEqual(['model']);
    expect((await ask('/admin/providers/rekey', { method: 'POST' })).status).toBe(200);
    for (const [things, name, patch] of [
      ['prices', priceId, { input: 2, longContext: null }],
      ['aliases', 'big', { model: 'model' }],
      ['deployments', 'made%2Flarge', { facts: null }],
      ['providers', 'made', { weight: 2, rateLimits: null }],
    ] as const) {
      await ask(`/admin/${things}?source=stored&limit=1`);
      await ask(`/admin/${things}?source=configuration`);
      const thing = `/admin/${things}/${name}`;
      expect((await ask(thing)).status).toBe(200);
      expect((await ask(thing, { method: 'PATCH', headers: ANY, body: patch })).status).toBe(200);
      expect((await ask(thing, { method: 'DELETE', headers: ANY })).status).toBe(204);
    }
    const span = { from: '2000-01-01', to: '2100-01-01' };
    for (const dryRun of [true, false]) await ask('/admin/prices/rerate', { body: { ...span, dryRun } });
    expect((await ask('/admin/cache/clear', { body: { model: 'model' } })).status).toBe(204);
    await ask('/admin/audit?limit=2');
    await ask('/admin/audit?action=keys.create');
    await ask('/admin/audit/verify');
    await ask('/metrics', { token: null });

    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(operations.map(({ operationId }) => operationId).filter((name) => !asked.has(name))).toEqual([]);
  });

  it('is what the generated types of the tests say: vitest -u writes them anew', { timeout: 60_000 }, async () => {
    const { document } = await described();
    const generated = astToString(await openapiTS(document as unknown as OpenAPI3));
    const options = await resolveConfig(fileURLToPath(GENERATED));
    const written = await format(`/* What the document of the administration says, as types. */\n${generated}`, {
      ...options,
      parser: 'typescript',
    });
    await expect(written).toMatchFileSnapshot(fileURLToPath(GENERATED));
  });

  it('leads a client that is made of it through the life of a key and of a provider', async () => {
    const { upstream, port } = await described();
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const client = createClient<paths>({ baseUrl: `http://127.0.0.1:${port}`, headers });
    const anyVersion = { 'If-Match': '*' };

    const key = await client.POST('/admin/keys', { body: { name: 'web', models: ['model'] } });
    const id = key.data?.id ?? '';
    expect([key.response.status, key.data?.status, key.data?.secret.slice(0, 12)]).toEqual([
      201,
      'active',
      'sk-nestgate_',
    ]);
    const ofKey = { params: { path: { id }, header: anyVersion } };
    const patched = await client.PATCH('/admin/keys/{id}', { ...ofKey, body: { team: 'search', models: null } });
    expect([patched.data?.team, patched.data?.models, patched.data?.version]).toEqual(['search', null, 2]);
    const rotated = await client.POST('/admin/keys/{id}/rotate', { ...ofKey, body: { graceSeconds: 0 } });
    expect(rotated.data?.secret).not.toBe(key.data?.secret);
    expect((await client.POST('/admin/keys/{id}/revoke', ofKey)).data?.status).toBe('revoked');
    expect((await client.DELETE('/admin/keys/{id}', ofKey)).response.status).toBe(204);
    const gone = await client.GET('/admin/keys/{id}', { params: { path: { id } } });
    expect([gone.data, gone.error?.code]).toEqual([undefined, 'not_found']);

    const { baseUrl } = upstream;
    const provider = await client.POST('/admin/providers', {
      body: { name: 'made', kind: 'openai-compatible', baseUrl, apiKey: 'sk-0123456789abcdef' },
    });
    expect(provider.data?.secrets).toEqual([{ setting: 'apiKey', masked: '…cdef' }]);
    const made = { params: { path: { name: 'made' }, header: anyVersion } };
    const deployment = await client.POST('/admin/deployments', { body: { provider: 'made', model: 'org/large' } });
    const deployed = { params: { path: { name: deployment.data?.name ?? '' }, header: anyVersion } };
    const alias = await client.POST('/admin/aliases', { body: { name: 'big', model: 'org/large' } });
    expect([deployment.data?.name, alias.data?.model]).toEqual(['made/org/large', 'org/large']);
    const tried = await client.POST('/admin/providers/{name}/test', { params: { path: { name: 'made' } } });
    expect([tried.data?.ok, tried.data?.results[0]?.error]).toEqual([true, null]);
    const weighed = await client.PATCH('/admin/providers/{name}', { ...made, body: { weight: 5 } });
    expect(weighed.data?.weight).toBe(5);
    expect((await client.DELETE('/admin/providers/{name}', made)).error?.code).toBe('in_use');
    const big = { params: { path: { name: 'big' }, header: anyVersion } };
    for (const { response } of [
      await client.DELETE('/admin/aliases/{name}', big),
      await client.DELETE('/admin/deployments/{name}', deployed),
      await client.DELETE('/admin/providers/{name}', made),
    ]) {
      expect(response.status).toBe(204);
    }
    const left = await client.GET('/admin/providers', { params: { query: { source: 'stored' } } });
    expect(left.data).toEqual({ providers: [], next: null });
  });

  it('says what is refused', async () => {
    const { ask } = await described();
    expect((await ask('/admin/keys', { token: null })).status).toBe(401);
    expect((await ask('/admin/keys', { body: { nothing: 1 } })).status).toBe(400);
    expect((await ask('/admin/keys/nobody')).status).toBe(404);
    expect((await ask('/admin/keys/nobody', { method: 'DELETE' })).status).toBe(428);
  });
});
