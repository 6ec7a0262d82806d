import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { mergeUsage, toTokenUsage } from './anthropic.usage.js';

describe('toTokenUsage', () => {
  it('keeps the buckets apart', () => {
    expect(
      toTokenUsage({
        input_tokens: 2,
        cache_read_input_tokens: 1650,
        cache_creation_input_tokens: 144,
        cache_creation: { ephemeral_5m_input_tokens: 44, ephemeral_1h_input_tokens: 100 },
        output_tokens: 70,
        output_tokens_details: { thinking_tokens: 50 },
      }),
    ).toEqual({
      ...NO_TOKENS,
      inputUncached: 2,
      cacheRead: 1650,
      cacheWrite5m: 44,
      cacheWrite1h: 100,
      output: 20,
      reasoning: 50,
    });
  });

  it('counts writes of unknown lifetime as those of five minutes', () => {
    expect(toTokenUsage({ input_tokens: 1, cache_creation_input_tokens: 9 })).toMatchObject({ cacheWrite5m: 9 });
  });

  it('counts what the total says beyond the known lifetimes', () => {
    const usage = {
      input_tokens: 1,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 10 },
    };
    expect(toTokenUsage(usage)).toMatchObject({ cacheWrite5m: 20, cacheWrite1h: 10 });
  });

  it('is undefined where nothing is counted', () => {
    expect(toTokenUsage(undefined)).toBeUndefined();
    expect(toTokenUsage({ service_tier: 'standard' })).toBeUndefined();
    expect(toTokenUsage({ input_tokens: -1, output_tokens: 3 })).toBeUndefined();
  });
});

describe('mergeUsage', () => {
  it('replaces totals and keeps what a later event leaves out', () => {
    const start = { input_tokens: 43, cache_read_input_tokens: 7, output_tokens: 1 };
    expect(mergeUsage(start, { input_tokens: 61, output_tokens: 20, cache_read_input_tokens: null })).toEqual({
      input_tokens: 61,
      cache_read_input_tokens: 7,
      output_tokens: 20,
    });
    expect(mergeUsage(start, undefined)).toBe(start);
  });
});
