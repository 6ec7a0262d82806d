import { type BillableUnits } from '../../protocol/billable-units.js';
import { unitsOf } from '../../protocol/openai-units.js';
import { withServiceTier } from '../../protocol/service-tier.js';
import { areCounted, countOf, type TokenUsage } from '../../protocol/token-usage.js';
import { type GenerateContentResponse, type ModalityCount, type UsageMetadata } from './gemini.types.js';

/**
 * Google's counts in disjoint buckets, or `undefined` where there are none. `promptTokenCount` includes what was read
 * from a cache; what Google's own tools gave the model to read is counted beside it. Thoughts are counted beside the
 * answer, though some services that speak this dialect include them: `totalTokenCount` tells.
 *
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function toTokenUsage(usage: UsageMetadata | null | undefined): TokenUsage | undefined {
  if (!usage || !areCounted(usage.promptTokenCount, usage.candidatesTokenCount)) return undefined;
  const input = countOf(usage.promptTokenCount) + countOf(usage.toolUsePromptTokenCount);
  const cacheRead = Math.min(countOf(usage.cachedContentTokenCount), input);
  const heard = audioIn(usage.promptTokensDetails) + audioIn(usage.toolUsePromptTokensDetails);
  const inputAudio = Math.min(Math.max(0, heard - audioIn(usage.cacheTokensDetails)), input - cacheRead);
  const written = countOf(usage.candidatesTokenCount);
  const outputAudio = Math.min(audioIn(usage.candidatesTokensDetails), written);
  const reasoning = countOf(usage.thoughtsTokenCount);
  const isIncluded = reasoning > 0 && usage.totalTokenCount === input + written && reasoning <= written;
  return {
    inputUncached: input - cacheRead - inputAudio,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    inputAudio,
    output: Math.max(0, written - outputAudio - (isIncluded ? reasoning : 0)),
    reasoning,
    outputAudio,
  };
}

/** What Google counts of images, seen and made; `undefined` where there are none. */
export function toImageUnits(usage: UsageMetadata | null | undefined): BillableUnits | undefined {
  return unitsOf({
    inputImageTokens: tokensOf('IMAGE', usage?.promptTokensDetails) || undefined,
    outputImageTokens: tokensOf('IMAGE', usage?.candidatesTokensDetails) || undefined,
  });
}

/**
 * What a chat used beside tokens.
 * @param searches that Google has made for it, as {@link searchesIn} counts them.
 */
export function toChatUnits(
  usage: UsageMetadata | null | undefined,
  searches: number,
  tier: string | null | undefined,
): BillableUnits | undefined {
  const units = { ...toImageUnits(usage), ...(searches === 0 ? {} : { searches }) };
  return withServiceTier(Object.keys(units).length === 0 ? undefined : units, tier);
}

/**
 * Searches as Google bills them: one for each query since Gemini 3, before that one for each answer that they are in.
 *
 * @see https://ai.google.dev/gemini-api/docs/google-search#pricing
 */
export function searchesIn({ candidates = [], modelVersion }: GenerateContentResponse, model: string): number {
  const queries = candidates.reduce(
    (sum, { groundingMetadata: found }) => sum + (found?.webSearchQueries?.length ?? 0),
    0,
  );
  return /gemini-[12]\b/.test(modelVersion ?? model) ? Math.min(queries, 1) : queries;
}

function audioIn(details: readonly ModalityCount[] | null | undefined): number {
  return tokensOf('AUDIO', details);
}

function tokensOf(wanted: string, details: readonly ModalityCount[] | null | undefined): number {
  return (details ?? []).reduce(
    (sum, { modality, tokenCount }) => sum + (modality === wanted ? countOf(tokenCount) : 0),
    0,
  );
}
