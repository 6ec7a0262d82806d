import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { isRetryable, retryPause } from './retry-policy.js';

describe('isRetryable', () => {
  it.each([429, 500, 502, 503, 504])('status %i may go better', (status) => {
    expect(isRetryable(new UpstreamError('upstream_error', { status }))).toBe(true);
  });

  it.each([400, 401, 403, 404, 408, 409, 413, 422, 501, 505, 529])('status %i will not', (status) => {
    expect(isRetryable(new UpstreamError('upstream_error', { status }))).toBe(false);
  });

  it('time-outs, connection errors and broken streams may', () => {
    for (const code of ['upstream_timeout', 'upstream_unreachable', 'upstream_stream_broken'] as const) {
      expect(isRetryable(new UpstreamError(code))).toBe(true);
    }
  });

  it('an answer that makes no sense will not, nor what is no failure of a provider', () => {
    expect(isRetryable(new UpstreamError('upstream_invalid_response'))).toBe(false);
    expect(isRetryable(new GatewayError('server_error'))).toBe(false);
    expect(isRetryable(new GatewayError('unsupported_parameter'))).toBe(false);
    expect(isRetryable(new Error('x'))).toBe(false);
    expect(isRetryable(undefined)).toBe(false);
  });
});

describe('retryPause', () => {
  it('doubles, and is between half and all of it', () => {
    const pauses = (chance: number): number[] =>
      [0, 1, 2, 3].map((retries) => retryPause(retries, undefined, () => chance));
    expect(pauses(0)).toEqual([50, 100, 200, 400]);
    expect(pauses(0.5)).toEqual([75, 150, 300, 600]);
    expect(pauses(1)).toEqual([100, 200, 400, 800]);
  });

  it('is never less than the provider asked for', () => {
    expect(retryPause(0, 2, () => 1)).toBe(2_000);
    expect(retryPause(0, 0.06, () => 0)).toBe(60);
    expect(retryPause(3, 0.06, () => 0)).toBe(400);
    expect(retryPause(0, 0, () => 0)).toBe(50);
  });
});
