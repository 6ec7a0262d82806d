import { describe, expect, it } from 'vitest';
import { AdminAuditRepository } from '../../src/admin/admin-audit.repository.js';
import { MemoryAdminAuditRepository } from '../../src/admin/memory-admin-audit.repository.js';
import { usd } from '../../src/admin/usd.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { openAiError } from '../support/fake-upstream.js';
import { oneProvider, type Scene, type SceneOptions } from '../support/scene.js';

const SECRETS = { a: 'sk-of-team-a-0123456789', b: 'sk-of-team-b-0123456789' };
const KEYS = [
  { name: 'key-a', secret: SECRETS.a, team: 'a', organization: 'acme' },
  { name: 'key-b', secret: SECRETS.b, team: 'b', organization: 'acme' },
];

async function administered(options: SceneOptions = {}): Promise<
  Scene<[UpstreamOf]> & {
    admin: AdministrationUnderTest;
    ask(secret: string, request?: object, tag?: string): Promise<number>;
  }
> {
  const scene = await oneProvider({
    provider: { maxRetries: 0 },
    ...options,
    gateway: { keys: KEYS, metrics: { enabled: true }, ...options.gateway },
  });
  return {
    ...scene,
    admin: await startAdministration(scene.gateway.app),
    ask: async (secret, request = {}, tag) => {
      const headers = {
        authorization: `Bearer ${secret}`,
        ...(tag === undefined ? {} : { 'x-nestgate-tag': tag }),
      };
      return (await chat(scene.gateway, { ...CHAT_REQUEST, ...request }, { headers })).status;
    },
  };
}

type UpstreamOf = Awaited<ReturnType<typeof oneProvider>>['upstreams'][0];

function audited({ gateway }: Pick<Scene, 'gateway'>): readonly object[] {
  const repository = gateway.app.get(AdminAuditRepository, { strict: false });
  return repository instanceof MemoryAdminAuditRepository ? repository.all() : [];
}

describe('GET /admin/usage/records', () => {
  it('tells the records, the newest first, page by page', async () => {
    const { admin, ask, records } = await administered();
    for (let count = 0; count < 5; count++) await ask(count % 2 === 0 ? SECRETS.a : SECRETS.b);
    const ids = (await records()).map(({ requestId }) => requestId).toReversed();

    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/admin/usage/records?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { status, json } = await admin.ask(path);
      expect(status).toBe(200);
      const page = json as { records: UsageRecord[]; next: string | null };
      expect(page.records.length).toBeLessThanOrEqual(2);
      seen.push(...page.records.map(({ requestId }) => requestId));
      cursor = page.next;
    }
    expect(seen).toEqual(ids);
  });

  it('tells what is on a record, and costs as decimal text', async () => {
    const { admin, ask, record } = await administered({
      gateway: { prices: [{ model: 'model', input: 1, output: 2 }] },
    });
    await ask(SECRETS.a, { user: 'somebody' });
    const { cost, failedAttemptsCost: _none, charges: _stored, ...stored } = await record();
    expect(cost).toBeGreaterThan(0n);
    const { json } = await admin.ask('/admin/usage/records');
    const [shown] = json['records'] as Record<string, unknown>[];
    expect(shown).toEqual({
      ...(JSON.parse(JSON.stringify(stored)) as object),
      failedAttemptsCost: '0',
      cost: expect.stringMatching(/^0\.0000\d+$/) as string,
    });
  });

  it.each([
    ['key=key-a', 2],
    ['team=b', 1],
    ['organization=acme', 3],
    ['endUser=u1', 1],
    ['tag=nightly/eval', 1],
    ['model=model', 3],
    ['provider=first', 3],
    ['status=failed', 1],
    ['status=completed&team=a', 1],
    ['grade=none', 1],
    ['from=2000-01-01', 3],
    ['to=2000-01-01T00:00:00%2B02:00', 0],
    ['model=none', 0],
  ])('those with %s', async (query, count) => {
    const { admin, ask, upstreams, records } = await administered();
    await ask(SECRETS.b, { user: 'u1' });
    await ask(SECRETS.a, {}, 'nightly/eval');
    upstreams[0].always(openAiError(500, 'broken'));
    await ask(SECRETS.a);
    await records();
    const { json } = await admin.ask(`/admin/usage/records?${query}`);
    expect(json['records']).toHaveLength(count);
  });
});

describe('GET /admin/usage/totals', () => {
  it('adds up over everything, or by what is asked for', async () => {
    const { admin, ask, upstreams, records } = await administered();
    await ask(SECRETS.a);
    await ask(SECRETS.b);
    upstreams[0].always(openAiError(500, 'broken'));
    await ask(SECRETS.b);
    const all = await records();
    const day = all[0]?.startedAt.toISOString().slice(0, 10);

    const { json: whole } = await admin.ask('/admin/usage/totals');
    expect(whole).toMatchObject({ truncated: false, totals: [{ calls: 3, completed: 2, failed: 1, aborted: 0 }] });

    const { json } = await admin.ask('/admin/usage/totals?by=day,key,team');
    const output = all.filter(({ team }) => team === 'a').reduce((sum, { tokens }) => sum + tokens.output, 0);
    expect(json['totals']).toMatchObject([
      { day, key: { id: null, name: 'key-a' }, team: 'a', calls: 1, failed: 0, tokens: { output } },
      { day, key: { id: null, name: 'key-b' }, team: 'b', calls: 2, failed: 1 },
    ]);
  });
});

describe('the tag of a request', () => {
  it('is what its calls are added up by, whichever their keys', async () => {
    const { admin, ask, records } = await administered();
    for (const secret of [SECRETS.a, SECRETS.b]) await ask(secret, {}, 'nightly:1.2');
    await ask(SECRETS.a);
    await records();
    expect((await admin.ask('/admin/usage/totals?by=tag')).json['totals']).toMatchObject([
      { tag: 'nightly:1.2', calls: 2 },
      { tag: null, calls: 1 },
    ]);
  });

  it.each([[''], ['two words'], ['a,b'], ['x'.repeat(65)]])('is not %j', async (tag) => {
    const { gateway, upstreams } = await administered();
    const headers = { authorization: `Bearer ${SECRETS.a}`, 'x-nestgate-tag': tag };
    expect(await chat(gateway, CHAT_REQUEST, { headers })).toMatchObject({
      status: 400,
      json: { error: { code: 'invalid_value', param: 'x-nestgate-tag' } },
    });
    expect(upstreams[0].dispatches).toBe(0);
  });
});

describe('POST /admin/cache/clear', () => {
  async function cached(): Promise<Awaited<ReturnType<typeof administered>>> {
    const scene = await administered({ gateway: { keys: KEYS, cache: {} } });
    for (const secret of [SECRETS.a, SECRETS.b]) {
      await scene.ask(secret);
      await scene.ask(secret);
    }
    expect(scene.upstreams[0].requests).toHaveLength(2);
    return scene;
  }

  it.each([
    ['all', {}, 4],
    ['those of a key', { key: 'key-a' }, 3],
    ['those of a model', { model: 'model' }, 4],
    ['those of another model: none', { model: 'other' }, 2],
    ['those of a key and another model: none', { key: 'key-a', model: 'other' }, 2],
  ])('has forgotten %s', async (_what, body, requests) => {
    const scene = await cached();
    expect((await scene.admin.ask('/admin/cache/clear', { body })).status).toBe(204);
    await scene.ask(SECRETS.a);
    await scene.ask(SECRETS.b);
    expect(scene.upstreams[0].requests).toHaveLength(requests);
  });

  it('is noted, with who asked for it', async () => {
    const { admin, ...scene } = await administered();
    const { headers } = await admin.ask('/admin/cache/clear', { body: { key: 'key-a', model: 'model' } });
    expect(audited(scene)).toMatchObject([
      {
        requestId: headers.get('x-request-id'),
        administrator: { tokenId: null, name: 'environment' },
        action: 'cache.clear',
        target: 'key-a',
        details: { model: 'model' },
      },
    ]);
  });

  it('does nothing that cannot be noted', async () => {
    const scene = await cached();
    scene.gateway.app.get(AdminAuditRepository, { strict: false }).append = () => Promise.reject(new Error('full'));
    expect((await scene.admin.ask('/admin/cache/clear', { body: {} })).status).toBe(500);
    await scene.ask(SECRETS.a);
    expect(scene.upstreams[0].requests).toHaveLength(2);
  });
});

describe('GET /admin/budgets', () => {
  it('tells what is spent and what is left', async () => {
    const { admin, ask, records } = await administered({
      gateway: {
        prices: [{ model: 'model', input: 1, output: 2 }],
        keys: [{ name: 'key-a', secret: SECRETS.a, budgets: [{ name: 'own', usd: '0.5', per: 'month' }] }],
      },
    });
    await ask(SECRETS.a);
    const [record] = await records();
    const { json } = await admin.ask('/admin/budgets?kind=key');
    const spent = usd(record?.cost ?? 0n);
    const left = usd(500_000_000_000n - (record?.cost ?? 0n));
    expect(json['budgets']).toMatchObject([
      { kind: 'key', period: 'month', hard: true, limit: '0.5', spent, reserved: '0', left },
    ]);
    expect((await admin.ask('/admin/budgets?kind=team')).json).toEqual({ budgets: [] });
  });
});

describe('POST /admin/prices/rerate', () => {
  const SPAN = { from: '2000-01-01', to: '2100-01-01T00:00:00Z' };

  it('says what would change, and changes nothing', async () => {
    const { admin, ask, records, ...scene } = await administered();
    await ask(SECRETS.a);
    await records();
    const { status, json } = await admin.ask('/admin/prices/rerate', { body: { ...SPAN, dryRun: true } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ dryRun: true, records: 1, changed: 0, unpriced: 1, oldCost: '0', newCost: '0' });
    expect(audited(scene)).toEqual([]);
  });

  it('is noted, with who asked for it', async () => {
    const { admin, ...scene } = await administered();
    const { status, headers } = await admin.ask('/admin/prices/rerate', { body: { ...SPAN, model: 'model' } });
    expect(status).toBe(200);
    expect(audited(scene)).toMatchObject([
      { requestId: headers.get('x-request-id'), action: 'prices.rerate', target: 'model' },
    ]);
  });
});

describe('GET /metrics', () => {
  it('tells Prometheus without a token', async () => {
    const { admin, ask, records } = await administered();
    await ask(SECRETS.a);
    await records();
    const { status, headers, text } = await admin.ask('/metrics', { token: null });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('# TYPE nestgate_');
  });

  it('is not there for clients', async () => {
    const { gateway } = await administered();
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
  });
});

describe('GET /admin/circuits', () => {
  it('tells where something has gone wrong', async () => {
    const { admin, ask, upstreams } = await administered();
    expect((await admin.ask('/admin/circuits')).json).toEqual({ circuits: [] });
    upstreams[0].always(openAiError(500, 'broken'));
    await ask(SECRETS.a);
    expect((await admin.ask('/admin/circuits')).json).toEqual({
      circuits: [{ deployment: 'first/model', state: 'closed' }],
    });
  });
});
