import { type TokenUsage } from './token-usage.js';

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;

const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/**
 * Reads an OpenAI-style `usage` object into disjoint buckets, or `undefined` where it counts nothing.
 *
 * OpenAI's `prompt_tokens` and `completion_tokens` include their details. Some compatible services leave reasoning
 * (xAI) or audio (Mistral) out of them; `total_tokens` tells, since it always counts everything.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object#chat/object-usage
 */
export function tokenUsageFromOpenAi(usage: unknown): TokenUsage | undefined {
  const raw = object(usage);
  if (typeof raw['prompt_tokens'] !== 'number' && typeof raw['completion_tokens'] !== 'number') return undefined;
  const inputDetails = object(raw['prompt_tokens_details']);
  const outputDetails = object(raw['completion_tokens_details']);
  const prompt = count(raw['prompt_tokens']);
  const completion = count(raw['completion_tokens']);
  const cacheRead = count(inputDetails['cached_tokens'] ?? raw['num_cached_tokens'] ?? raw['prompt_cache_hit_tokens']);
  const cacheWrite5m = count(inputDetails['cache_write_tokens']);
  const inputAudio = count(inputDetails['audio_tokens']);
  const reasoning = count(outputDetails['reasoning_tokens']);
  const outputAudio = count(outputDetails['audio_tokens']);

  const beside = count(raw['total_tokens']) - prompt - completion;
  const reasoningBeside = reasoning > 0 && (beside === reasoning || beside === reasoning + inputAudio);
  const audioBeside = inputAudio > 0 && (beside === inputAudio || beside === reasoning + inputAudio);
  return {
    inputUncached: Math.max(0, prompt - cacheRead - cacheWrite5m - (audioBeside ? 0 : inputAudio)),
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: 0,
    inputAudio,
    output: Math.max(0, completion - outputAudio - (reasoningBeside ? 0 : reasoning)),
    // OpenRouter was seen to report one reasoning token more than it billed as output.
    reasoning: reasoningBeside ? reasoning : Math.min(reasoning, completion),
    outputAudio,
  };
}
