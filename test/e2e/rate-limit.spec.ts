import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { type KeyOptions } from '../../src/key.options.js';
import { type DefaultRateLimitOptions } from '../../src/rate-limit.options.js';
import { chat, CHAT_REQUEST, ChatClient, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { extension } from '../support/extensions.js';
import { chatCompletion, chatStream, forever, json, role, status, stream, text } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { hasRedis, NEEDS_REDIS, redisOptions } from '../support/redis.js';
import { oneProvider } from '../support/scene.js';

const OTHER_KEY = 'sk-other-0123456789abcdef';
const asOther = { headers: { authorization: `Bearer ${OTHER_KEY}` } };

const keys = (own: Partial<KeyOptions> = {}): KeyOptions[] => [
  { name: 'test', secret: TEST_KEY, ...own },
  { name: 'other', secret: OTHER_KEY },
];

const limitHeaders = ({ headers }: ClientAnswer): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-ratelimit')));

/** Both ways to keep limits behave alike. */
function keepsLimits(shared: () => Promise<Pick<GatewayModuleOptions, 'redis'>>): void {
  const limited = async (rateLimits: DefaultRateLimitOptions, options: GatewayModuleOptions = {}) =>
    oneProvider({ gateway: { keys: keys(), ...(await shared()), rateLimits, ...options } });

  it('admits twenty at once no more than two', async () => {
    const { gateway, upstreams } = await limited({ requestsPerMinute: 2 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(gateway)));
    const refused = answers.filter((answer) => answer.status === 429);
    expect([refused.length, upstreams[0].requests.length]).toEqual([18, 2]);
    for (const answer of refused) {
      expect(answer.json).toEqual({
        error: {
          message: expect.stringMatching(
            /^The limit of 2 requests per minute is reached\. Please try again in \S+s\.$/,
          ),
          type: 'requests',
          param: null,
          code: 'rate_limit_exceeded',
        },
      });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(50);
      expect(answer.headers).toMatchObject({
        'x-ratelimit-limit-requests': '2',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': expect.stringMatching(/^(1m0s|5\d(\.\d+)?s)$/),
        'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      });
    }
  });

  it('tells on every answer how the limits stand', async () => {
    const { gateway, upstreams } = await limited({ requestsPerMinute: 5, requestsPerDay: 100, tokensPerMinute: 1_000 });
    const whole = await chat(gateway);
    expect(limitHeaders(whole)).toEqual({
      'x-ratelimit-limit-requests': '5',
      'x-ratelimit-remaining-requests': '4',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': expect.stringMatching(/^9\d\d$/),
      'x-ratelimit-reset-tokens': '1m0s',
    });
    upstreams[0].next(chatStream(['Hi']));
    expect(limitHeaders(await chat(gateway, STREAM_REQUEST))).toMatchObject({ 'x-ratelimit-remaining-requests': '3' });
    upstreams[0].next(status(400, 'no'));
    const failed = await chat(gateway);
    expect(failed.status).toBe(400);
    expect(limitHeaders(failed)).toMatchObject({ 'x-ratelimit-remaining-requests': '2' });
  });

  it('counts each key by itself, and goes by its own limits', async () => {
    const { gateway } = await limited(
      { requestsPerMinute: 1 },
      { keys: keys({ rateLimits: { requestsPerMinute: 2 } }) },
    );
    const statuses = async (options = {}) =>
      [await chat(gateway, CHAT_REQUEST, options), await chat(gateway, CHAT_REQUEST, options)].map((one) => one.status);
    expect(await statuses()).toEqual([200, 200]);
    expect(await statuses(asOther)).toEqual([200, 429]);
    expect((await chat(gateway)).status).toBe(429);
  });

  it('counts a model with limits of its own apart, by whatever name it is asked for', async () => {
    const { gateway } = await limited(
      { requestsPerMinute: 10, models: [{ model: 'model', requestsPerMinute: 2 }] },
      { aliases: { alias: 'model' } },
    );
    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'alias' })).status).toBe(200);
    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'first/model' })).status).toBe(200);
    expect((await chat(gateway)).status).toBe(429);
  });

  it('counts what all keys ask of a model together', async () => {
    const { gateway } = await limited({
      models: [{ model: 'model', requestsPerMinute: 2, allKeys: true }],
    });
    expect((await chat(gateway)).status).toBe(200);
    expect((await chat(gateway, CHAT_REQUEST, asOther)).status).toBe(200);
    expect((await chat(gateway)).status).toBe(429);
  });

  it('charges the tokens that are expected, and then those that were used', async () => {
    const { gateway, upstreams, records } = await limited({ tokensPerMinute: 1_000 });
    const usage = { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 };
    upstreams[0].next(json({ ...chatCompletion('Hello'), usage }));
    const first = await chat(gateway, { ...CHAT_REQUEST, max_tokens: 900 });
    expect(first.status).toBe(200);
    expect(Number(first.headers['x-ratelimit-remaining-tokens'])).toBeLessThan(100);
    await records();

    upstreams[0].next(json({ ...chatCompletion('Hello'), usage: { ...usage, completion_tokens: 650 } }));
    const second = await chat(gateway);
    const left = Number(second.headers['x-ratelimit-remaining-tokens']);
    expect(left).toBeGreaterThan(650);
    expect(left).toBeLessThanOrEqual(700);
    await records();

    const refused = await chat(gateway);
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ error: { type: 'tokens', code: 'rate_limit_exceeded' } });
    expect(refused.headers).toMatchObject({ 'x-ratelimit-remaining-tokens': '0' });
  });

  it('refuses for good what can never be admitted', async () => {
    const { gateway } = await limited({ tokensPerMinute: 1_000 });
    const refused = await chat(gateway, { ...CHAT_REQUEST, max_tokens: 2_000 });
    expect([refused.status, refused.headers['retry-after'], refused.headers['x-should-retry']]).toEqual([
      429,
      undefined,
      'false',
    ]);
    expect((await chat(gateway, { ...CHAT_REQUEST, max_tokens: 500 })).status).toBe(200);
  });

  it('gives a place back once, however a call ends', async () => {
    const { gateway, upstreams, watch } = await limited({ concurrentRequests: 1 });
    const busy = async (): Promise<ChatClient> => {
      upstreams[0].next(stream(role, text('Hi'), forever));
      const client = new ChatClient(gateway);
      await client.waitFor(() => client.content === 'Hi');
      return client;
    };
    for (let round = 0; round < 3; round++) {
      const client = await busy();
      const refused = await chat(gateway);
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
      expect(refused.text).toContain('The limit of 1 requests at once is reached');
      client.leave();
      await watch.allOver();
      upstreams[0].next(status(400, 'no'));
      expect((await chat(gateway)).status).toBe(400);
      upstreams[0].next(chatStream(['Hi']));
      expect((await chat(gateway, STREAM_REQUEST)).status).toBe(200);
    }
    const last = await busy();
    expect((await chat(gateway)).status).toBe(429);
    last.leave();
    await watch.allOver();
  });

  it('takes back what a call was charged that another extension refuses', async () => {
    let isClosed = true;
    const curfew = extension(0, {
      onRequest: () => {
        if (isClosed) throw new GatewayError('request_refused');
      },
    });
    const { gateway } = await oneProvider({
      gateway: {
        keys: keys(),
        ...(await shared()),
        rateLimits: { requestsPerMinute: 1, tokensPerMinute: 50, concurrentRequests: 1 },
      },
      extras: { providers: [curfew] },
    });
    for (let round = 0; round < 3; round++) expect((await chat(gateway)).status).toBe(403);
    isClosed = false;
    expect((await chat(gateway)).status).toBe(200);
    isClosed = true;
    expect((await chat(gateway)).status).toBe(429);
  });
}

describe('limits in one process', () => {
  keepsLimits(() => Promise.resolve({}));
});

describe.skipIf(!hasRedis)(`limits in Redis (${NEEDS_REDIS})`, () => {
  keepsLimits(async () => ({ redis: await redisOptions() }));
});

describe('limits that nobody has set', () => {
  it('stand in no header', async () => {
    const { gateway } = await oneProvider();
    expect(limitHeaders(await chat(gateway))).toEqual({});
  });
});
