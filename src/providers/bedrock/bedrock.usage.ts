import { areCounted, countOf, type TokenUsage } from '../../protocol/token-usage.js';
import { type ConverseUsage } from './bedrock.types.js';

/**
 * Bedrock's counts in disjoint buckets, or `undefined` where there are none. Its input counts are disjoint already, as
 * its `totalTokens` shows; of the output, reasoning is not told apart.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function toTokenUsage(usage: ConverseUsage | null | undefined): TokenUsage | undefined {
  if (!usage || !areCounted(usage.inputTokens, usage.outputTokens)) return undefined;
  const written = countOf(usage.cacheWriteInputTokens);
  const cacheWrite1h = (usage.cacheDetails ?? [])
    .filter(({ ttl }) => ttl === '1h')
    .reduce((sum, { inputTokens }) => sum + countOf(inputTokens), 0);
  return {
    inputUncached: countOf(usage.inputTokens),
    cacheRead: countOf(usage.cacheReadInputTokens),
    cacheWrite5m: Math.max(0, written - cacheWrite1h),
    cacheWrite1h,
    inputAudio: 0,
    output: countOf(usage.outputTokens),
    reasoning: 0,
    outputAudio: 0,
  };
}
