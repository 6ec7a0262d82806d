import { areCounted, countOf, NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type CohereUsage } from './cohere.types.js';

/**
 * What Cohere bills, in disjoint buckets; `undefined` where it counts nothing.
 *
 * Beside the billed units it counts all tokens that went through the model: some five hundred to fifteen hundred more,
 * of a preamble of its own, which costs nobody anything. The cached tokens are of those, more of them than were billed
 * at all, and cost no less: they stand in no bucket. Reasoning is billed as output, but told apart only there.
 *
 * @see https://docs.cohere.com/docs/how-does-cohere-pricing-work
 */
export function toTokenUsage(usage: CohereUsage | null | undefined): TokenUsage | undefined {
  const counted = usage?.billed_units ?? usage?.tokens;
  if (!counted || !areCounted(counted.input_tokens, counted.output_tokens)) return undefined;
  const output = countOf(counted.output_tokens);
  const reasoning = Math.min(countOf(usage?.tokens?.reasoning_tokens), output);
  return { ...NO_TOKENS, inputUncached: countOf(counted.input_tokens), output: output - reasoning, reasoning };
}
