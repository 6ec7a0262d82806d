import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { redactorFor } from './credential-redaction.js';

const KEY = 'sk-0123456789';
const settings = { name: 'acme', kind: 'openai-compatible', connectTimeout: 1, idleTimeout: 1 };
const redact = redactorFor({ ...settings, apiKey: KEY, headers: { 'x-token': 'token-abcdef', 'x-team': 'search' } });

describe('redactorFor', () => {
  it('takes every credential out of message, code and parameter', () => {
    const error = new UpstreamError('upstream_error', {
      status: 401,
      message: `${KEY}, ${KEY} and token-abcdef: search`,
      upstreamCode: `code-${KEY}`,
      param: KEY,
      retryAfter: 3,
      cause: `request of ${KEY}`,
    });
    expect(redact(error)).toMatchObject({
      name: 'UpstreamError',
      message: '[redacted], [redacted] and [redacted]: search',
      code: 'code-[redacted]',
      param: '[redacted]',
      status: 401,
      upstreamStatus: 401,
      type: 'upstream_error',
      retryable: false,
      retryAfter: 3,
      cause: 'request of [redacted]',
    });
  });

  it('takes out the credentials that were sent with the request, which no setting holds', () => {
    const sent = { authorization: 'Bearer ya29.0123456789', 'x-amz-security-token': 'session-0123456789' };
    const error = new UpstreamError('upstream_error', {
      status: 401,
      message: 'ya29.0123456789 and session-0123456789 are not good',
    });
    expect(redact(error, sent)).toMatchObject({ message: '[redacted] and [redacted] are not good' });
    expect(redact(error)).toBe(error);
  });

  it.each([
    new UpstreamError('upstream_error', { status: 500, message: 'no secret' }),
    new UpstreamError('upstream_timeout'),
    new GatewayError('server_error'),
    new Error(KEY),
  ])('leaves other errors as they are: %s', (error) => {
    expect(redact(error)).toBe(error);
  });

  it.each([undefined, '', 'none'])('takes %j for no secret', (apiKey) => {
    const error = new UpstreamError('upstream_error', { status: 500, message: 'there is none' });
    expect(redactorFor({ ...settings, apiKey })(error)).toBe(error);
  });
});
