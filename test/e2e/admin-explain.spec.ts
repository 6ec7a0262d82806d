import { describe, expect, it } from 'vitest';
import { type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { openAiError } from '../support/fake-upstream.js';
import { type Scene, type SceneOptions, twoProviders } from '../support/scene.js';

const SECRET = 'sk-of-team-a-0123456789';
const PRICES = [
  { provider: 'first', input: 1, output: 2 },
  { provider: 'second', input: 10, output: 20 },
];

interface Explained {
  readonly scene: Scene;
  readonly admin: AdministrationUnderTest;
  explain(body: object): Promise<Record<string, unknown>>;
}

async function explained(key: object = {}, options: SceneOptions = {}): Promise<Explained> {
  const scene = await twoProviders({
    provider: { maxRetries: 0 },
    ...options,
    gateway: {
      prices: PRICES,
      aliases: { fast: 'model' },
      keys: [{ name: 'key-a', secret: SECRET, ...key }],
      ...options.gateway,
    },
  });
  const admin = await startAdministration(scene.gateway.app);
  return {
    scene,
    admin,
    explain: async (body) => {
      const { status, json } = await admin.ask('/admin/explain', { body });
      expect(status).toBe(200);
      return json;
    },
  };
}

const REQUEST = { ...CHAT_REQUEST, max_tokens: 1_000 };
const ASKED = { key: 'key-a', request: REQUEST };

describe('POST /admin/explain', () => {
  it('tells where a request would go, and what it may cost, without any provider hearing of it', async () => {
    const { explain, scene } = await explained({}, { first: { weight: 3 } });
    const json = await explain({ request: { ...REQUEST, model: 'fast' } });
    expect(json).toMatchObject({
      operation: 'chat',
      requestModel: 'fast',
      model: 'model',
      key: null,
      refusedWith: null,
      limits: [],
      budgets: [],
      deployments: [
        { deployment: 'first/model', chance: 0.75, passedOver: null, circuit: 'closed' },
        { deployment: 'second/model', chance: 0.25, passedOver: null, circuit: 'closed' },
      ],
    });
    const [cheap, dear] = (json['deployments'] as { ceiling: string }[]).map(({ ceiling }) => Number(ceiling));
    expect(cheap).toBeGreaterThan(0.002);
    expect(dear).toBeCloseTo(Number(cheap) * 10);
    expect(Number(json['ceiling'])).toBe(dear);
    expect(scene.upstreams.flatMap(({ requests }) => requests)).toEqual([]);
    expect(await scene.records()).toEqual([]);
  });

  it('tells why a deployment is passed over', async () => {
    const facts = { tools: false };
    const { explain } = await explained({}, { first: { weight: 3, models: [{ name: 'model', facts }] } });
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    const { deployments } = await explain({ request: { ...REQUEST, tools } });
    expect(deployments).toMatchObject([
      { deployment: 'second/model', chance: 1, passedOver: null },
      { deployment: 'first/model', chance: 0, passedOver: 'lacks_tools' },
    ]);
  });

  it('tells what is not well', async () => {
    const { explain, scene } = await explained();
    scene.upstreams[0]?.always(openAiError(500, 'broken'));
    const headers = { authorization: `Bearer ${SECRET}` };
    for (let count = 0; count < 20; count++) await chat(scene.gateway, CHAT_REQUEST, { headers });
    const { deployments } = await explain({ request: REQUEST });
    expect(deployments).toMatchObject([
      { deployment: 'second/model', chance: 1, circuit: 'closed' },
      { deployment: 'first/model', chance: 0, circuit: 'open' },
    ]);
  });

  it('tells what limits would say, and charges none of them', async () => {
    const { explain } = await explained({ rateLimits: { requestsPerMinute: 1, tokensPerDay: 100_000 } });
    for (let count = 0; count < 3; count++) {
      const { limits, refusedWith } = await explain(ASKED);
      expect(refusedWith).toBeNull();
      expect(limits).toMatchObject([
        { limit: 'key:key-a:requestsPerMinute', counts: 'requests', allowed: 1, windowSeconds: 60, remaining: 0 },
        { limit: 'key:key-a:tokensPerDay', counts: 'tokens', allowed: 100_000, windowSeconds: 86_400, refuses: false },
      ]);
    }
    const { limits, refusedWith } = await explain({ ...ASKED, request: { ...REQUEST, max_tokens: 200_000 } });
    expect(refusedWith).toBe('rate_limit_exceeded');
    expect(limits).toMatchObject([{ refuses: false }, { refuses: true }]);
  });

  it('tells what budgets would say', async () => {
    const budgets = [
      { name: 'large', usd: 5, per: 'month' },
      { name: 'small', usd: '0.02', per: 'day' },
      { name: 'told', usd: 0, per: 'day', hard: false },
    ];
    const { explain } = await explained({ budgets });
    const { refusedWith, budgets: verdicts } = await explain(ASKED);
    expect(refusedWith).toBe('insufficient_quota');
    expect(verdicts).toMatchObject([
      { budget: 'key/large', limit: '5', spent: '0', left: '5', hard: true, refuses: false },
      { budget: 'key/small', limit: '0.02', left: '0.02', refuses: true },
      { budget: 'key/told', hard: false, refuses: false },
    ]);
    const cheap = await explain({ ...ASKED, request: { ...REQUEST, max_tokens: 10 } });
    expect(cheap['refusedWith']).toBeNull();
  });

  it('tells where a budget cannot know a price', async () => {
    const budgets = [{ name: 'large', usd: 5, per: 'month' }];
    const { explain } = await explained(
      { budgets },
      {
        gateway: {
          prices: PRICES.slice(0, 1),
          keys: [{ name: 'key-a', secret: SECRET, budgets: [{ name: 'large', usd: 5, per: 'month' }] }],
        },
      },
    );
    const { refusedWith, ceiling } = await explain(ASKED);
    expect([refusedWith, ceiling]).toEqual(['price_unknown', null]);
  });

  it('tells of a model that is not there, and of one that the key may not use, the same', async () => {
    const { explain, admin } = await explained({ models: ['second/model'] });
    expect(await explain({ ...ASKED, request: { ...REQUEST, model: 'none' } })).toMatchObject({
      refusedWith: 'model_not_found',
      deployments: [],
    });
    const { refusedWith, deployments } = await explain(ASKED);
    expect(refusedWith).toBe('model_not_found');
    expect(deployments).toHaveLength(2);
    const { json } = await admin.ask('/admin/keys', { body: { name: 'web', models: ['fast'] } });
    const stored = { key: String(json['id']), request: { ...REQUEST, model: 'fast' } };
    expect(await explain(stored)).toMatchObject({ refusedWith: null, key: { id: json['id'], name: 'web' } });
  });

  it('knows other endpoints', async () => {
    const { explain } = await explained();
    const json = await explain({ endpoint: '/v1/embeddings', request: { model: 'model', input: 'Hi' } });
    expect(json).toMatchObject({ operation: 'embeddings', refusedWith: null });
  });

  it.each([
    [{ request: {} }, 400, 'model'],
    [{ request: { model: 'model' } }, 400, 'messages'],
    [{}, 400, 'request'],
    [{ request: 'Hi' }, 400, 'request'],
    [{ request: REQUEST, endpoint: '/v1/files' }, 400, 'endpoint'],
    [{ request: REQUEST, dryRun: true }, 400, 'dryRun'],
    [{ request: REQUEST, key: 'nobody' }, 404, 'key'],
  ])('refuses %j', async (body, status, param) => {
    const { admin } = await explained();
    const answer = await admin.ask('/admin/explain', { body });
    expect([answer.status, answer.json['param']]).toEqual([status, param]);
  });
});
