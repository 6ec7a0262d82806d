import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BudgetService } from '../../src/extensions/budget/budget.service.js';
import { BudgetThresholdReached } from '../../src/extensions/budget-threshold-reached.event.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { type BudgetOptions } from '../../src/budget.options.js';
import { type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { type KeySettings } from '../../src/key.options.js';
import { chat, ChatClient, CHAT_REQUEST } from '../support/chat-client.js';
import { extension } from '../support/extensions.js';
import { chatAnswer, FakeUpstream, hang, openAiError, status } from '../support/fake-upstream.js';
import { type GatewayUnderTest, TEST_KEY } from '../support/gateway.js';
import { oneProvider, twoProviders } from '../support/scene.js';

/** Each call costs a dollar, whatever it uses. */
const PRICES = [{ model: 'model', request: '1' }];
const USD = 1_000_000_000_000n;

const OTHER_KEY = 'sk-other-0123456789abcdef';

const house: BudgetOptions = { name: 'house', for: 'everyone', usd: 2, per: 'total' };

function gatewayWith(budgets: BudgetOptions[], key: KeySettings = {}, other: KeySettings = {}): GatewayModuleOptions {
  return {
    budgets,
    prices: PRICES,
    keys: [
      { name: 'test', secret: TEST_KEY, ...key },
      { name: 'other', secret: OTHER_KEY, ...other },
    ],
  };
}

const asOther = { headers: { authorization: `Bearer ${OTHER_KEY}` } };

async function states({ app }: GatewayUnderTest) {
  const found = await app.get(BudgetService, { strict: false }).states();
  return found.map(({ budget, subject, spent, reserved, left }) => ({ budget, subject, spent, reserved, left }));
}

describe('a hard budget', () => {
  it('lets through what it pays for, and refuses the next', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: gatewayWith([{ ...house, per: 'month' }]) });
    const statuses = [await chat(gateway), await chat(gateway)].map((answer) => answer.status);
    await records();
    const refused = await chat(gateway);

    expect(statuses).toEqual([200, 200]);
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({
      error: {
        message: expect.stringMatching(
          /^The budget 'house' has not enough left .* anew at \d{4}-\d\d-01T00:00:00.000Z\.$/,
        ),
        type: 'insufficient_quota',
        param: null,
        code: 'insufficient_quota',
      },
    });
    expect(refused.headers['x-should-retry']).toBe('false');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(31 * 86_400);
    expect(upstreams[0].dispatches).toBe(2);
    expect(await states(gateway)).toEqual([{ budget: 'house', subject: '*', spent: 2n * USD, reserved: 0n, left: 0n }]);
  });

  it('sets aside what is under way', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: gatewayWith([house]) });
    const [upstream] = upstreams;
    upstream.next(hang, hang);
    const clients = [new ChatClient(gateway, CHAT_REQUEST), new ChatClient(gateway, CHAT_REQUEST)];
    await upstream.request(1);
    expect((await chat(gateway)).status).toBe(429);
    expect(await states(gateway)).toMatchObject([{ spent: 0n, reserved: 2n * USD }]);
    for (const client of clients) client.leave();
    await records();
    expect(await states(gateway)).toMatchObject([{ reserved: 0n, spent: 2n * USD }]);
  });

  it('charges nothing for a call that every provider refused', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: gatewayWith([house]) });
    upstreams[0].next(openAiError(400, 'no'));
    expect((await chat(gateway)).status).toBe(400);
    await records();
    expect(await states(gateway)).toMatchObject([{ reserved: 0n, spent: 0n }]);
  });

  it('charges a call once, however often it was tried', async () => {
    const { gateway, upstreams, records } = await twoProviders({ gateway: gatewayWith([house]) });
    const [first, second] = upstreams;
    first.always(status(500));
    second.always(chatAnswer('Hi'));
    expect((await chat(gateway)).status).toBe(200);
    await records();
    expect(first.dispatches).toBeGreaterThan(1);
    expect(await states(gateway)).toMatchObject([{ reserved: 0n, spent: USD }]);
  });

  it('frees at once what another extension refuses after it', async () => {
    const strict = extension(2_000, {
      onRequest: () => {
        throw new GatewayError('request_refused');
      },
    });
    const { gateway } = await oneProvider({ gateway: gatewayWith([house]), extras: { providers: [strict] } });
    for (let call = 0; call < 4; call++) expect((await chat(gateway)).status).toBe(403);
    expect(await states(gateway)).toMatchObject([{ reserved: 0n, spent: 0n }]);
  });

  it('refuses a model without a price, and names it', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { ...gatewayWith([house]), prices: [] } });
    const refused = await chat(gateway);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      error: { code: 'price_unknown', param: 'model', message: expect.stringContaining("'model'") },
    });
    expect(upstreams[0].dispatches).toBe(0);
  });

  it('reserves the price of the tier of service that is asked for, and refuses one without a price', async () => {
    const prices = [{ model: 'model', output: '5000', serviceTiers: [{ tier: 'priority', output: '10000' }] }];
    const { gateway } = await oneProvider({ gateway: { ...gatewayWith([{ ...house, usd: 1 }]), prices } });
    const asking = (tier: string) => chat(gateway, { ...CHAT_REQUEST, max_tokens: 150, service_tier: tier });
    expect((await asking('priority')).status).toBe(429);
    expect((await asking('scale')).json).toMatchObject({ error: { code: 'price_unknown' } });
    expect((await asking('flex')).status).toBe(200);
  });

  it('reserves no more than max_tokens may cost', async () => {
    const gateway = gatewayWith([{ ...house, usd: 1 }]);
    const scene = await oneProvider({ gateway: { ...gateway, prices: [{ model: 'model', output: '10000' }] } });
    expect((await chat(scene.gateway, { ...CHAT_REQUEST, max_tokens: 101 })).status).toBe(429);
    expect((await chat(scene.gateway, { ...CHAT_REQUEST, max_tokens: 100 })).status).toBe(200);
  });
});

describe('whose a budget is', () => {
  it('each key has its own', async () => {
    const { gateway } = await oneProvider({
      gateway: gatewayWith([{ name: 'keys', for: 'key', usd: 1, per: 'total' }]),
    });
    expect([(await chat(gateway)).status, (await chat(gateway)).status]).toEqual([200, 429]);
    expect((await chat(gateway, CHAT_REQUEST, asOther)).status).toBe(200);
  });

  it('a certain key alone', async () => {
    const budget: BudgetOptions = { name: 'one', for: 'key', subject: 'other', usd: 0, per: 'total' };
    const { gateway } = await oneProvider({ gateway: gatewayWith([budget]) });
    expect((await chat(gateway)).status).toBe(200);
    expect((await chat(gateway, CHAT_REQUEST, asOther)).status).toBe(429);
  });

  it.each(['team', 'organization'] as const)('the keys of a %s share one', async (kind) => {
    const budget: BudgetOptions = { name: 'shared', for: kind, usd: 1, per: 'total' };
    const { gateway } = await oneProvider({ gateway: gatewayWith([budget], { [kind]: 'a' }, { [kind]: 'a' }) });
    expect((await chat(gateway)).status).toBe(200);
    expect((await chat(gateway, CHAT_REQUEST, asOther)).status).toBe(429);
  });

  it('a key without a team is of no team', async () => {
    const budget: BudgetOptions = { name: 'shared', for: 'team', usd: 0, per: 'total' };
    const { gateway } = await oneProvider({ gateway: gatewayWith([budget]) });
    expect((await chat(gateway)).status).toBe(200);
  });

  it('each end user has its own, and is another one under another key', async () => {
    const budget: BudgetOptions = { name: 'users', for: 'end_user', usd: 1, per: 'total' };
    const { gateway } = await oneProvider({ gateway: gatewayWith([budget]) });
    const ask = async (user: string, options = {}) => (await chat(gateway, { ...CHAT_REQUEST, user }, options)).status;
    expect([await ask('ann'), await ask('ann'), await ask('bob'), await ask('ann', asOther)]).toEqual([
      200, 429, 200, 200,
    ]);
    expect((await states(gateway)).map(({ subject }) => subject)).toEqual(['other/ann', 'test/ann', 'test/bob']);
  });

  it('a key brings its own, which a budget of the same name does not touch', async () => {
    const own = { name: 'house', usd: 1, per: 'total' } as const;
    const { gateway } = await oneProvider({ gateway: gatewayWith([{ ...house, usd: 100 }], { budgets: [own] }) });
    expect([(await chat(gateway)).status, (await chat(gateway)).status]).toEqual([200, 429]);
    expect((await chat(gateway, CHAT_REQUEST, asOther)).status).toBe(200);
    expect((await states(gateway)).map(({ budget }) => budget)).toEqual(['house', 'key/house']);
  });
});

describe('a soft budget', () => {
  it('counts, and refuses nothing', async () => {
    const { gateway, records } = await oneProvider({ gateway: gatewayWith([{ ...house, hard: false }]) });
    for (let call = 0; call < 3; call++) expect((await chat(gateway)).status).toBe(200);
    await records();
    expect(await states(gateway)).toMatchObject([{ spent: 3n * USD, reserved: 0n, left: -USD }]);
  });

  it('lets models through that have no price', async () => {
    const { gateway, record } = await oneProvider({
      gateway: { ...gatewayWith([{ ...house, hard: false }]), prices: [] },
    });
    expect((await chat(gateway)).status).toBe(200);
    expect(await record()).toMatchObject({ cost: null });
    expect(await states(gateway)).toMatchObject([{ spent: 0n }]);
  });
});

describe('the alerts of a budget', () => {
  it('are told once each, to the event bus and to webhooks, signed', async () => {
    const hook = await FakeUpstream.start();
    onTestFinished(() => hook.close());
    // The first is not taken at once.
    hook.next(status(503));
    hook.always(status(204, ''));
    const secret = 'a-secret-of-the-webhook';
    const { gateway, records } = await oneProvider({
      gateway: {
        ...gatewayWith([{ ...house, alerts: [50, 100], webhooks: [{ url: `${hook.baseUrl}/own`, secret }] }]),
        budgetKeeping: { heartbeatInterval: 100 },
      },
    });
    const told: number[] = [];
    gateway.app
      .get(GatewayEventBus, { strict: false })
      .on(BudgetThresholdReached, ({ alert }) => told.push(alert.threshold));
    await chat(gateway);
    await chat(gateway);
    await records();
    await hook.waitFor(({ requests }) => requests.length === 3);

    expect(told).toEqual([50, 100]);
    const taken = hook.requests.slice(1);
    const thresholds = taken.map(({ json }) => (json['data'] as { threshold: number }).threshold);
    expect(thresholds.sort((a, b) => a - b)).toEqual([50, 100]);
    expect(taken[0]?.json).toMatchObject({
      type: 'budget.threshold_reached',
      data: { budget: 'house', for: 'everyone', subject: '*', limit_usd: '2', window_end: null },
    });
    for (const { headers, text } of hook.requests) {
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
    }
  });
});
