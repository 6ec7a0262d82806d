import { describe, expect, it } from 'vitest';
import { type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { chat, ChatClient, CHAT_REQUEST } from '../support/chat-client.js';
import { chatCompletion, forever, json, role, status, stream, text } from '../support/fake-upstream.js';
import { hasRedis, NEEDS_REDIS, redisOptions } from '../support/redis.js';
import { twoProviders } from '../support/scene.js';

const answeredBy = async (gateway: { readonly port: number }, body: unknown = CHAT_REQUEST): Promise<unknown> => {
  const answer = await chat(gateway, body);
  return answer.status === 200 ? answer.headers['x-nestgate-deployment'] : answer.status;
};

describe('a provider at a limit of its own', () => {
  it('is passed over, and the next one gets its turn', async () => {
    const { gateway, upstreams, records } = await twoProviders({ first: { rateLimits: { requestsPerMinute: 1 } } });
    expect([await answeredBy(gateway), await answeredBy(gateway)]).toEqual(['first/model', 'second/model']);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 1]);
    const [, second] = await records();
    expect(second?.attempts.map(({ deployment, error }) => [deployment, error])).toEqual([
      ['first/model', 'rate_limited'],
      ['second/model', null],
    ]);
  });

  it('is told of, with when to come again, where there is no other', async () => {
    const { gateway, upstreams } = await twoProviders({
      first: { rateLimits: { requestsPerMinute: 1 } },
      second: { models: [{ name: 'model', rateLimits: { requestsPerDay: 1 } }] },
    });
    await Promise.all([answeredBy(gateway), answeredBy(gateway)]);
    const refused = await chat(gateway);
    expect([refused.status, refused.json['error']]).toEqual([
      429,
      expect.objectContaining({ type: 'requests', code: 'rate_limit_exceeded' }),
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 1]);
  });

  it('sees no more tries than it takes, those of one call included', async () => {
    const { gateway, upstreams } = await twoProviders({ first: { rateLimits: { requestsPerMinute: 2 } } });
    upstreams[0].next(status(503), status(503));
    expect(await answeredBy(gateway)).toBe('second/model');
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([2, 1]);
    expect(await answeredBy(gateway)).toBe('second/model');
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([2, 2]);
  });

  it('counts tokens as they were used, by the try that answered', async () => {
    const { gateway, upstreams, records } = await twoProviders({
      provider: { rateLimits: { tokensPerMinute: 1_000 }, maxRetries: 0 },
    });
    // The first one fails and has used nothing; the second one uses nearly all.
    upstreams[0].next(status(503));
    upstreams[1].next(
      json({ ...chatCompletion('Hi'), usage: { prompt_tokens: 100, completion_tokens: 890, total_tokens: 990 } }),
    );
    const request = { ...CHAT_REQUEST, max_tokens: 900 };
    expect(await answeredBy(gateway, request)).toBe('second/model');
    await records();
    expect(await answeredBy(gateway, request)).toBe('first/model');
    await records();
    expect(await answeredBy(gateway, { ...CHAT_REQUEST, model: 'second/model' })).toBe(429);
    expect(await answeredBy(gateway)).toBe('first/model');
  });

  const hasNoMoreUnderWay = async (gateway: GatewayModuleOptions): Promise<void> => {
    const scene = await twoProviders({ first: { rateLimits: { concurrentRequests: 1 } }, gateway });
    for (let round = 0; round < 3; round++) {
      scene.upstreams[0].next(stream(role, text('Hi'), forever));
      const client = new ChatClient(scene.gateway);
      await client.waitFor(() => client.content === 'Hi');
      expect(await answeredBy(scene.gateway)).toBe('second/model');
      client.leave();
      await scene.watch.allOver();
      expect(await answeredBy(scene.gateway)).toBe('first/model');
    }
  };

  it('has no more calls under way than it takes', () => hasNoMoreUnderWay({}));

  it.skipIf(!hasRedis)(`nor over replicas (${NEEDS_REDIS})`, async () =>
    hasNoMoreUnderWay({ redis: await redisOptions() }),
  );
});
