import { type ChatUsage } from './chat-completions.js';
import { areCounted, countOf, type TokenUsage } from './token-usage.js';

const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/**
 * Reads an OpenAI-style `usage` object into disjoint buckets, or `undefined` where it counts nothing.
 *
 * OpenAI's `prompt_tokens` and `completion_tokens` include their details. Some compatible services leave reasoning
 * (xAI) or audio (Mistral) out of them; `total_tokens` tells, since it always counts everything. Google's endpoint in
 * this dialect counts its thoughts nowhere but in the total. Perplexity's deep research counts what it read and thought
 * in between beside everything. Of images and audio OpenAI says `input_tokens` and `output_tokens`.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object#chat/object-usage
 * @see https://platform.openai.com/docs/api-reference/images/object#images/object-usage
 * @see https://docs.perplexity.ai/guides/pricing (`citation_tokens`)
 */
export function tokenUsageFromOpenAi(usage: unknown): TokenUsage | undefined {
  const raw = object(usage);
  const read = raw['prompt_tokens'] ?? raw['input_tokens'];
  const written = raw['completion_tokens'] ?? raw['output_tokens'];
  if (!areCounted(read, written)) return undefined;
  const inputDetails = object(
    raw['prompt_tokens_details'] ?? raw['input_tokens_details'] ?? raw['input_token_details'],
  );
  const outputDetails = object(raw['completion_tokens_details'] ?? raw['output_tokens_details']);
  const prompt = countOf(read);
  const completion = countOf(written);
  const cached = countOf(inputDetails['cached_tokens'] ?? raw['num_cached_tokens'] ?? raw['prompt_cache_hit_tokens']);
  // Grok on Azure was seen to count more tokens from its cache than it was given.
  const cacheRead = Math.min(cached, prompt);
  const cacheWrite5m = Math.min(countOf(inputDetails['cache_write_tokens']), prompt - cacheRead);
  const heard = countOf(inputDetails['audio_tokens']);
  const thought = countOf(outputDetails['reasoning_tokens']);
  const spoken = countOf(outputDetails['audio_tokens']);

  const beside = countOf(raw['total_tokens']) - prompt - completion;
  const thoughtBeside = thought > 0 && (beside === thought || beside === thought + heard);
  const heardBeside = heard > 0 && (beside === heard || beside === thought + heard);
  const isPlain = typeof written === 'number' && thought === 0 && heard === 0 && spoken === 0;
  const untold = isPlain ? Math.max(0, beside) : 0;
  const plainInput = prompt - cacheRead - cacheWrite5m;
  const inputAudio = heardBeside ? heard : Math.min(heard, plainInput);
  // OpenRouter was seen to report one reasoning token more than it billed as output.
  const reasoning = thoughtBeside ? thought : Math.min(thought, completion);
  const shown = thoughtBeside ? completion : completion - reasoning;
  const outputAudio = Math.min(spoken, shown);
  const cited = countOf(raw['citation_tokens']);
  return {
    inputUncached: plainInput - (heardBeside ? 0 : inputAudio) + cited,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: 0,
    inputAudio,
    output: shown - outputAudio,
    reasoning: reasoning + untold + (cited > 0 ? countOf(raw['reasoning_tokens']) : 0),
    outputAudio,
  };
}

/** The usage of a model that only reads, as rerankers do: some who count their tokens give the total alone. */
export function tokenUsageOfReading(usage: unknown): TokenUsage | undefined {
  const { total_tokens: total } = object(usage);
  return tokenUsageFromOpenAi(usage) ?? tokenUsageFromOpenAi({ prompt_tokens: total });
}

/** Buckets as OpenAI writes them: totals, and details that are parts of them. */
export function toChatUsage(usage: TokenUsage): ChatUsage {
  const { inputAudio, outputAudio } = usage;
  const cacheWrite = usage.cacheWrite5m + usage.cacheWrite1h;
  const prompt = usage.inputUncached + usage.cacheRead + cacheWrite + inputAudio;
  const completion = usage.output + usage.reasoning + outputAudio;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: cacheWrite,
      ...(inputAudio === 0 ? {} : { audio_tokens: inputAudio }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      ...(outputAudio === 0 ? {} : { audio_tokens: outputAudio }),
    },
  };
}
