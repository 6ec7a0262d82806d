import { describe, expect, it } from 'vitest';
import { toAnthropicError, toAnthropicStreamError } from './anthropic.errors.js';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

const envelope = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'req_1' });

describe('toAnthropicError', () => {
  it('reads the envelope and Retry-After', () => {
    const error = toAnthropicError(answer(429, envelope('rate_limit_error', 'Slow down.'), { 'retry-after': '7' }));
    expect(error).toMatchObject({
      status: 429,
      upstreamStatus: 429,
      code: 'rate_limit_error',
      message: 'Slow down.',
      retryAfter: 7,
      retryable: true,
      cause: 'request_id req_1',
    });
  });

  it('shows 529 as 503, which is tried again', () => {
    const error = toAnthropicError(answer(529, envelope('overloaded_error', 'Overloaded')));
    expect(error).toMatchObject({ status: 503, code: 'overloaded_error', message: 'Overloaded', retryable: true });
  });

  it('keeps a refusal of the request as it is', () => {
    const error = toAnthropicError(answer(400, envelope('invalid_request_error', 'max_tokens: too large')));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request_error', retryable: false });
  });

  it('makes a sentence of a page', () => {
    const page =
      '<html><head><style>b{}</style><title>Bad gateway</title></head><body><h1>Error 522</h1></body></html>';
    const error = toAnthropicError(answer(522, page));
    expect(error).toMatchObject({ status: 502, code: null, retryable: true });
    expect(error.message).toBe('The provider answered with status 502: Bad gateway Error 522');
  });

  it('cuts a long page', () => {
    expect(toAnthropicError(answer(500, 'x'.repeat(100_000))).message.length).toBeLessThan(560);
  });

  it('has words where there is no body', () => {
    expect(toAnthropicError(answer(500, '')).message).toBe('The provider answered with status 500.');
    expect(toAnthropicError(answer(500, '{}')).message).toBe('The provider answered with status 500.');
  });
});

describe('toAnthropicStreamError', () => {
  it.each([
    ['overloaded_error', 503, true],
    ['api_error', 500, true],
    ['rate_limit_error', 429, true],
    ['timeout_error', 504, true],
    ['invalid_request_error', 400, false],
    ['authentication_error', 401, false],
    ['something_new', 502, true],
  ])('%s has status %i', (type, status, retryable) => {
    expect(toAnthropicStreamError({ type, message: 'Words.' })).toMatchObject({
      status,
      retryable,
      code: type,
      message: 'Words.',
    });
  });

  it('survives an error that is none', () => {
    expect(toAnthropicStreamError(undefined)).toMatchObject({ status: 502, code: null });
  });
});
