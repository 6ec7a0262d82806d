import { RateLimitError } from 'openai';
import { describe, expect, it } from 'vitest';
import { chatStream } from '../support/fake-upstream.js';
import { oneProvider } from '../support/scene.js';
import { clientOf, MESSAGES } from './openai-client.js';

const request = { model: 'model', messages: MESSAGES };

/** As OpenAI documents them. */
function limitsOf(headers: Headers | undefined): unknown {
  return ['limit', 'remaining', 'reset'].map((name) =>
    ['requests', 'tokens'].map((unit) => headers?.get(`x-ratelimit-${name}-${unit}`)),
  );
}

describe('the official client', () => {
  it('reads how the limits stand, also with a stream', async () => {
    const { gateway, upstreams } = await oneProvider({
      gateway: { rateLimits: { requestsPerMinute: 5, tokensPerMinute: 1_000 } },
    });
    const client = clientOf(gateway);
    const { response } = await client.chat.completions.create(request).withResponse();
    expect(limitsOf(response.headers)).toEqual([
      ['5', '1000'],
      ['4', expect.stringMatching(/^9\d\d$/)],
      ['1m0s', '1m0s'],
    ]);
    upstreams[0].next(chatStream(['Hi']));
    const streamed = await client.chat.completions.create({ ...request, stream: true }).withResponse();
    expect(streamed.response.headers.get('x-ratelimit-remaining-requests')).toBe('3');
    for await (const _chunk of streamed.data);
  });

  it('is refused with its own error, which says what, and when to come again', async () => {
    const { gateway } = await oneProvider({ gateway: { rateLimits: { requestsPerMinute: 1 } } });
    const client = clientOf(gateway);
    await client.chat.completions.create(request);
    const error: unknown = await client.chat.completions.create(request).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    const { status, code, type, headers } = error as RateLimitError;
    expect([status, code, type]).toEqual([429, 'rate_limit_exceeded', 'requests']);
    expect(Number(headers?.get('retry-after'))).toBeGreaterThan(50);
    expect(headers?.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  it('does not come again by itself where that would be in vain', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { rateLimits: { requestsPerDay: 1 } } });
    const client = clientOf(gateway, { maxRetries: 2 });
    await client.chat.completions.create(request);
    const error: unknown = await client.chat.completions.create(request).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    expect((error as RateLimitError).headers?.get('x-should-retry')).toBe('false');
    expect(upstreams[0].dispatches).toBe(1);
  });
});
