import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { toTokenUsage } from './cohere.usage.js';

describe('toTokenUsage', () => {
  it('counts what is billed, not the preamble nor what of it was cached', () => {
    expect(
      toTokenUsage({
        billed_units: { input_tokens: 84, output_tokens: 314 },
        tokens: { input_tokens: 1501, output_tokens: 346, reasoning_tokens: 304 },
        cached_tokens: 1008,
      }),
    ).toEqual({ ...NO_TOKENS, inputUncached: 84, output: 10, reasoning: 304 });
  });

  it('counts all tokens where nobody says what is billed', () => {
    expect(toTokenUsage({ tokens: { input_tokens: 5, output_tokens: 3 } })).toEqual({
      ...NO_TOKENS,
      inputUncached: 5,
      output: 3,
    });
  });

  it('never counts more reasoning than output', () => {
    expect(toTokenUsage({ billed_units: { output_tokens: 3 }, tokens: { reasoning_tokens: 9 } })).toEqual({
      ...NO_TOKENS,
      reasoning: 3,
    });
  });

  it.each([
    undefined,
    null,
    {},
    { billed_units: {} },
    { billed_units: null, tokens: null },
    { billed_units: { input_tokens: -1, output_tokens: 3 } },
  ])('finds nothing in %j', (usage) => {
    expect(toTokenUsage(usage)).toBeUndefined();
  });
});
