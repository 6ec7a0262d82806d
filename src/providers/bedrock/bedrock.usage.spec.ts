import { expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { toTokenUsage } from './bedrock.usage.js';

it.each([
  ['plain', { inputTokens: 3, outputTokens: 4 }, { inputUncached: 3, output: 4 }],
  [
    'a cache',
    { inputTokens: 3, outputTokens: 4, cacheReadInputTokens: 5, cacheWriteInputTokens: 6 },
    { inputUncached: 3, output: 4, cacheRead: 5, cacheWrite5m: 6 },
  ],
  [
    'caches of two lifetimes',
    {
      inputTokens: 3,
      outputTokens: 4,
      cacheWriteInputTokens: 60,
      cacheDetails: [
        { ttl: '1h', inputTokens: 50 },
        { ttl: '5m', inputTokens: 10 },
      ],
    },
    { inputUncached: 3, output: 4, cacheWrite1h: 50, cacheWrite5m: 10 },
  ],
  ['no details', { inputTokens: 3, outputTokens: 0, cacheDetails: null }, { inputUncached: 3 }],
])('counts %s', (_name, usage, tokens) => {
  expect(toTokenUsage(usage)).toEqual({ ...NO_TOKENS, ...tokens });
});

it.each([undefined, null, {}, { inputTokens: -3, outputTokens: 4 }])('counts nothing in %j', (usage) => {
  expect(toTokenUsage(usage)).toBeUndefined();
});
