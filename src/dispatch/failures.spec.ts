import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { isDeploymentFailure, keyTrouble } from './failures.js';

const answered = (status: number, more: { upstreamCode?: string; retryAfter?: number } = {}): UpstreamError =>
  new UpstreamError('upstream_error', { status, ...more });

describe('keyTrouble', () => {
  it.each([
    [answered(401), 'refused'],
    [answered(402), 'refused'],
    [answered(429, { upstreamCode: 'insufficient_quota' }), 'refused'],
    [answered(400, { upstreamCode: 'API_KEY_INVALID' }), 'refused'],
    [answered(403), 'forbidden'],
    [answered(429), 'limited'],
    [answered(400), undefined],
    [answered(500), undefined],
    [new UpstreamError('upstream_timeout'), undefined],
    [new GatewayError('invalid_api_key'), undefined],
  ])('finds in %s what is the matter with the key: %s', (error, trouble) => expect(keyTrouble(error)).toBe(trouble));
});

describe('isDeploymentFailure', () => {
  it.each([
    answered(500),
    answered(503, { retryAfter: 5 }),
    answered(529),
    answered(429),
    answered(429, { retryAfter: 0 }),
    new UpstreamError('upstream_timeout'),
    new UpstreamError('upstream_unreachable'),
    new UpstreamError('upstream_stream_broken'),
    new UpstreamError('upstream_invalid_response'),
  ])('blames the deployment for %s', (error) => expect(isDeploymentFailure(error)).toBe(true));

  it.each([
    answered(400),
    answered(401),
    answered(403),
    answered(404),
    answered(429, { retryAfter: 1 }),
    answered(429, { upstreamCode: 'insufficient_quota' }),
    answered(501),
    new GatewayError('server_error'),
    new GatewayError('unsupported_parameter'),
  ])('does not blame the deployment for %s', (error) => expect(isDeploymentFailure(error)).toBe(false));
});
