import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toChatUsage, tokenUsageFromOpenAi, tokenUsageOfReading } from './openai-usage.js';
import { NO_TOKENS } from './token-usage.js';

describe('tokenUsageFromOpenAi', () => {
  it.each([
    ['plain', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { inputUncached: 10, output: 5 }],
    ['no output', { prompt_tokens: 10 }, { inputUncached: 10 }],
    ['no input', { completion_tokens: 5 }, { output: 5 }],
    [
      'OpenAI with all its details',
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 30, audio_tokens: 20 },
        completion_tokens_details: { reasoning_tokens: 15, audio_tokens: 5, accepted_prediction_tokens: 3 },
      },
      { inputUncached: 50, cacheRead: 30, inputAudio: 20, output: 30, reasoning: 15, outputAudio: 5 },
    ],
    [
      'details that are null',
      { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: null, completion_tokens_details: null },
      { inputUncached: 3, output: 2 },
    ],
    [
      'a written cache (OpenRouter)',
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 40 },
      },
      { inputUncached: 50, cacheRead: 10, cacheWrite5m: 40, output: 1 },
    ],
    [
      'reasoning beside the output (xAI)',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { inputUncached: 10, output: 5, reasoning: 20 },
    ],
    [
      'audio beside the input (Mistral)',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 45, prompt_tokens_details: { audio_tokens: 30 } },
      { inputUncached: 10, inputAudio: 30, output: 5 },
    ],
    [
      'cached tokens of DeepSeek',
      { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 4 },
      { inputUncached: 6, cacheRead: 4, output: 1 },
    ],
    [
      'cached tokens of Mistral',
      { prompt_tokens: 10, completion_tokens: 1, num_cached_tokens: 4 },
      { inputUncached: 6, cacheRead: 4, output: 1 },
    ],
    [
      'images',
      {
        input_tokens: 50,
        output_tokens: 272,
        total_tokens: 322,
        input_tokens_details: { text_tokens: 10, image_tokens: 40, cached_tokens: 5 },
        output_tokens_details: { image_tokens: 272, text_tokens: 0 },
      },
      { inputUncached: 45, cacheRead: 5, output: 272 },
    ],
    [
      'transcriptions',
      { input_tokens: 37, output_tokens: 145, input_token_details: { text_tokens: 7, audio_tokens: 30 } },
      { inputUncached: 7, inputAudio: 30, output: 145 },
    ],
    [
      'reasoning in the total alone (Google)',
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 },
      { inputUncached: 35, output: 12, reasoning: 62 },
    ],
    [
      'more reasoning than output (OpenRouter)',
      { prompt_tokens: 1, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 6 } },
      { inputUncached: 1, output: 0, reasoning: 5 },
    ],
    [
      'what is read and thought while searching, beside both totals (Perplexity)',
      {
        prompt_tokens: 33,
        completion_tokens: 7_163,
        total_tokens: 7_196,
        citation_tokens: 20_016,
        num_search_queries: 18,
        reasoning_tokens: 73_997,
      },
      { inputUncached: 20_049, output: 7_163, reasoning: 73_997 },
    ],
    [
      'details that are more than their totals',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 4, audio_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 9 },
      },
      { cacheRead: 8, cacheWrite5m: 2, reasoning: 4, outputAudio: 1 },
    ],
  ])('%s', (_name, usage, tokens) => {
    expect(tokenUsageFromOpenAi(usage)).toEqual({ ...NO_TOKENS, ...tokens });
  });

  it.each([undefined, null, 'usage', 12, [], {}, { total_tokens: 3 }, { prompt_tokens: '3' }])(
    '%j counts nothing',
    (usage) => {
      expect(tokenUsageFromOpenAi(usage)).toBeUndefined();
    },
  );

  it.each([-1, '12', true, Number.MAX_VALUE, Infinity, 2 ** 31])('does not believe who counts %j tokens', (count) => {
    expect(tokenUsageFromOpenAi({ prompt_tokens: count, completion_tokens: 2 })).toBeUndefined();
    expect(tokenUsageFromOpenAi({ prompt_tokens: 2, completion_tokens: count })).toBeUndefined();
  });

  it('takes details that are nonsense for nothing, and rounds fractions', () => {
    const usage = {
      prompt_tokens: 3,
      completion_tokens: 1.5,
      prompt_tokens_details: { cached_tokens: -1, audio_tokens: '2' },
      completion_tokens_details: 'x',
    };
    expect(tokenUsageFromOpenAi(usage)).toEqual({ ...NO_TOKENS, inputUncached: 3, output: 2 });
    expect(tokenUsageFromOpenAi({ prompt_tokens: 3, completion_tokens: null })).toEqual({
      ...NO_TOKENS,
      inputUncached: 3,
    });
  });

  it('never counts a token twice, nor one less, where the details are parts of the totals', () => {
    const parts = fc.tuple(...Array.from({ length: 7 }, () => fc.nat(100_000)));
    fc.assert(
      fc.property(
        parts,
        ([uncached = 0, cacheRead = 0, cacheWrite = 0, inAudio = 0, output = 0, reasoning = 0, outAudio = 0]) => {
          const prompt = uncached + cacheRead + cacheWrite + inAudio;
          const completion = output + reasoning + outAudio;
          expect(
            tokenUsageFromOpenAi({
              prompt_tokens: prompt,
              completion_tokens: completion,
              total_tokens: prompt + completion,
              prompt_tokens_details: {
                cached_tokens: cacheRead,
                cache_write_tokens: cacheWrite,
                audio_tokens: inAudio,
              },
              completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: outAudio },
            }),
          ).toEqual({
            inputUncached: uncached,
            cacheRead,
            cacheWrite5m: cacheWrite,
            cacheWrite1h: 0,
            inputAudio: inAudio,
            output,
            reasoning,
            outputAudio: outAudio,
          });
        },
      ),
    );
  });

  it('is made of whole numbers from 0, whatever it is given', () => {
    const anything = fc.record(
      {
        prompt_tokens: fc.oneof(fc.integer(), fc.double(), fc.anything()),
        completion_tokens: fc.oneof(fc.integer(), fc.anything()),
        total_tokens: fc.oneof(fc.integer(), fc.anything()),
        prompt_tokens_details: fc.oneof(
          fc.record({ cached_tokens: fc.integer(), audio_tokens: fc.integer() }),
          fc.anything(),
        ),
        completion_tokens_details: fc.oneof(
          fc.record({ reasoning_tokens: fc.integer(), audio_tokens: fc.integer() }),
          fc.anything(),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (usage) => {
        for (const tokens of Object.values(tokenUsageFromOpenAi(usage) ?? {})) {
          expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true);
        }
      }),
    );
  });
});

describe('toChatUsage', () => {
  it('writes totals that hold their details', () => {
    const usage = {
      ...NO_TOKENS,
      inputUncached: 2,
      cacheRead: 30,
      cacheWrite5m: 400,
      cacheWrite1h: 5000,
      output: 6,
      reasoning: 70,
    };
    expect(toChatUsage(usage)).toEqual({
      prompt_tokens: 5432,
      completion_tokens: 76,
      total_tokens: 5508,
      prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 5400 },
      completion_tokens_details: { reasoning_tokens: 70 },
    });
  });

  it('counts audio among its total', () => {
    expect(toChatUsage({ ...NO_TOKENS, inputUncached: 1, inputAudio: 20, output: 3, outputAudio: 40 })).toEqual({
      prompt_tokens: 21,
      completion_tokens: 43,
      total_tokens: 64,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 40 },
    });
  });
});

describe('tokenUsageOfReading', () => {
  it('takes a total alone for what was read', () => {
    expect(tokenUsageOfReading({ total_tokens: 7 })).toEqual({ ...NO_TOKENS, inputUncached: 7 });
    expect(tokenUsageOfReading({ prompt_tokens: 5, total_tokens: 5 })).toEqual({ ...NO_TOKENS, inputUncached: 5 });
  });

  it.each([undefined, null, {}, { total_tokens: '7' }, { cost_in_usd_ticks: 7 }])('counts nothing in %j', (usage) => {
    expect(tokenUsageOfReading(usage)).toBeUndefined();
  });
});
