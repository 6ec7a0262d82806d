import { describe, expect, it } from 'vitest';
import { toCohereError } from './cohere.errors.js';

const errorOf = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  toCohereError({
    status,
    headers,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

describe('toCohereError', () => {
  it.each([
    [
      400,
      { id: 'i', message: 'too many tokens', error_type: 'TOO_MANY_TOKENS' },
      400,
      'TOO_MANY_TOKENS',
      'too many tokens',
    ],
    [401, { message: 'invalid api token' }, 401, null, 'invalid api token'],
    [422, { message: 'invalid request', data: 1 }, 422, null, 'invalid request'],
    [498, { message: 'blocked' }, 400, null, 'blocked'],
    [500, { error: 'oh' }, 500, null, 'oh'],
    [521, '<html>down</html>', 502, null, 'The provider answered with status 521.'],
    [503, 'no healthy upstream', 503, null, 'no healthy upstream'],
    [502, '', 502, null, 'The provider answered with status 502.'],
    [400, { message: { deep: 1 } }, 400, null, 'The provider answered with status 400.'],
  ])('%i %j', (status, body, shown, code, message) => {
    expect(errorOf(status, body)).toMatchObject({ status: shown, code, message, type: 'upstream_error' });
  });

  it('knows what may pass', () => {
    expect(errorOf(429, { message: 'slow down' }, { 'retry-after': '3' })).toMatchObject({
      retryable: true,
      retryAfter: 3,
    });
    expect(errorOf(400, { message: 'no' })).toMatchObject({ retryable: false, retryAfter: undefined });
  });

  it('cuts a long message', () => {
    expect(errorOf(400, { message: 'x'.repeat(5_000) }).message).toHaveLength(2_001);
  });
});
