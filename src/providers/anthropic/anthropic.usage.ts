import { areCounted, countOf, type TokenUsage } from '../../protocol/token-usage.js';
import { type MessagesUsage } from './anthropic.types.js';

/**
 * Anthropic's counts in disjoint buckets, or `undefined` where there are none. Its input counts are disjoint already;
 * of the output, thinking is told apart only by newer models (`output_tokens_details`).
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function toTokenUsage(usage: MessagesUsage | null | undefined): TokenUsage | undefined {
  if (!usage || !areCounted(usage.input_tokens, usage.output_tokens)) return undefined;
  const written = countOf(usage.cache_creation_input_tokens);
  const cacheWrite1h = countOf(usage.cache_creation?.ephemeral_1h_input_tokens);
  // The end of a stream brings the total alone, which may have grown since the beginning told the lifetimes apart.
  const cacheWrite5m = Math.max(countOf(usage.cache_creation?.ephemeral_5m_input_tokens), written - cacheWrite1h);
  const output = countOf(usage.output_tokens);
  const reasoning = Math.min(countOf(usage.output_tokens_details?.thinking_tokens), output);
  return {
    inputUncached: countOf(usage.input_tokens),
    cacheRead: countOf(usage.cache_read_input_tokens),
    cacheWrite5m,
    cacheWrite1h,
    inputAudio: 0,
    output: output - reasoning,
    reasoning,
    outputAudio: 0,
  };
}

/**
 * Counts of a stream so far: each event's are totals, so a later one replaces an earlier one, and what it leaves out
 * stands as it was.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#event-types
 */
export function mergeUsage(
  earlier: MessagesUsage | undefined,
  later: MessagesUsage | null | undefined,
): MessagesUsage | undefined {
  if (later === null || later === undefined) return earlier;
  return { ...earlier, ...Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null)) };
}
