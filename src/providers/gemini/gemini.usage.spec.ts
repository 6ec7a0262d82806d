import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { toTokenUsage } from './gemini.usage.js';

describe('toTokenUsage', () => {
  it.each([
    [
      'thoughts beside the answer',
      { promptTokenCount: 10, candidatesTokenCount: 4, thoughtsTokenCount: 6, totalTokenCount: 20 },
      { inputUncached: 10, output: 4, reasoning: 6 },
    ],
    [
      'thoughts within the answer',
      { promptTokenCount: 10, candidatesTokenCount: 10, thoughtsTokenCount: 6, totalTokenCount: 20 },
      { inputUncached: 10, output: 4, reasoning: 6 },
    ],
    [
      'what was read from a cache',
      { promptTokenCount: 10, cachedContentTokenCount: 7 },
      { inputUncached: 3, cacheRead: 7 },
    ],
    [
      'what tools gave to read',
      { promptTokenCount: 10, toolUsePromptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 16 },
      { inputUncached: 15, output: 1 },
    ],
    [
      'audio, some of it from a cache',
      {
        promptTokenCount: 30,
        cachedContentTokenCount: 10,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 5 },
          { modality: 'AUDIO', tokenCount: 25 },
        ],
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 10 }],
        candidatesTokenCount: 9,
        candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 8 }],
      },
      { inputUncached: 5, cacheRead: 10, inputAudio: 15, output: 1, outputAudio: 8 },
    ],
    ['fractions', { promptTokenCount: 1, candidatesTokenCount: 1.5 }, { inputUncached: 1, output: 2 }],
  ])('counts %s', (_name, usage, tokens) => {
    expect(toTokenUsage(usage)).toEqual({ ...NO_TOKENS, ...tokens });
  });

  it('counts nothing where nothing was counted', () => {
    for (const usage of [undefined, null, { totalTokenCount: 3 }, { promptTokenCount: -1, candidatesTokenCount: 1 }]) {
      expect(toTokenUsage(usage)).toBeUndefined();
    }
  });
});
