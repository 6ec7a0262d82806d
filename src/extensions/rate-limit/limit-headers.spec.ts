import { describe, expect, it } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { atOnce, perMinute, tokensPerMinute } from '../../../test/support/limits.js';
import { type Limit, type LimitDecision } from '../../limits/rate-limiter.js';
import { limitError } from './limit-error.js';
import { durationText, setLimitHeaders } from './limit-headers.js';

function decision(refusedBy: number, ...remaining: number[]): LimitDecision {
  const states = remaining.map((left, at) => ({ remaining: left, resetMs: at * 1_000 }));
  return { refusedBy, retryAfterMs: 0, states, id: 'call', tokens: 7, chargedAt: undefined, sharedAt: undefined };
}

function headers(limits: readonly Limit[], decided: LimitDecision): readonly string[] {
  const call = callContext();
  setLimitHeaders(call, limits, decided);
  return call.answerHeaders ?? [];
}

describe('setLimitHeaders', () => {
  it('says how requests and tokens stand, each by the limit that leaves least', () => {
    const limits = [perMinute(10), perMinute(3, 'other'), tokensPerMinute(100), atOnce(5)];
    expect(headers(limits, decision(-1, 8, 2, 90, 4))).toEqual([
      'x-ratelimit-limit-requests',
      '3',
      'x-ratelimit-remaining-requests',
      '2',
      'x-ratelimit-reset-requests',
      '1s',
      'x-ratelimit-limit-tokens',
      '100',
      'x-ratelimit-remaining-tokens',
      '90',
      'x-ratelimit-reset-tokens',
      '2s',
    ]);
  });

  it('says how the one stands that refuses', () => {
    const limits = [tokensPerMinute(10), tokensPerMinute(50, 'day'), tokensPerMinute(5, 'other')];
    expect(headers(limits, decision(1, 5, 6, 0))[1]).toBe('50');
    expect(headers(limits, decision(-1, 5, 6, 0))[1]).toBe('5');
  });

  it('says nothing of what has no limit', () => expect(headers([atOnce(5)], decision(-1, 4))).toEqual([]));
});

describe('durationText', () => {
  it.each([
    [0, '0ms'],
    [0.2, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [60_000.000_001, '1m0s'],
    [59_999.5, '1m0s'],
    [360_000, '6m0s'],
    [86_399_001, '23h59m59.001s'],
  ])('writes %d as OpenAI does: %s', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text));
});

describe('limitError', () => {
  const refused = (limit: Limit, retryAfterMs: number) => limitError(limit, { ...decision(0, 0), retryAfterMs });

  it('tells what is reached, and when to come again', () => {
    expect(refused(perMinute(2), 1_500)).toMatchObject({
      status: 429,
      type: 'requests',
      code: 'rate_limit_exceeded',
      message: 'The limit of 2 requests per minute is reached. Please try again in 1.5s.',
      retryAfter: 1.5,
      shouldRetry: undefined,
    });
    expect(refused(tokensPerMinute(100), 10)).toMatchObject({ type: 'tokens', retryAfter: 0.01 });
    expect(refused(atOnce(4), 1_000)).toMatchObject({
      type: 'requests',
      message: 'The limit of 4 requests at once is reached. Please try again in 1s.',
    });
  });

  it('keeps SDKs from asking again much too soon', () => {
    const day = { ...perMinute(2), windowMs: 86_400_000 };
    expect(refused(day, 3_600_000)).toMatchObject({
      message: 'The limit of 2 requests per day is reached. Please try again in 1h0m0s.',
      shouldRetry: false,
    });
    expect(refused(tokensPerMinute(5), Number.POSITIVE_INFINITY)).toMatchObject({
      type: 'tokens',
      message: 'The request is too large: the limit is 5 tokens per minute, and it may take 7.',
      retryAfter: undefined,
      shouldRetry: false,
    });
  });
});
