import { isObject } from '../../protocol/json.js';

/**
 * Log probabilities of a chat: Ollama's items are OpenAI's.
 * @see https://docs.ollama.com/api/chat#response-logprobs
 */
export function toChatLogprobs(logprobs: unknown): { content: unknown[]; refusal: null } | null {
  const items = itemsOf(logprobs);
  if (items.length === 0) return null;
  return {
    content: items.map((item) => ({ ...named(item), top_logprobs: itemsOf(item['top_logprobs']).map(named) })),
    refusal: null,
  };
}

/** OpenAI's older form, which text completions have. */
export interface CompletionLogprobs {
  tokens: unknown[];
  token_logprobs: unknown[];
  top_logprobs: Record<string, unknown>[] | null;
  /** Where each token begins, in characters of the answer. */
  text_offset: number[];
}

/** @param start characters of the answer before these tokens. */
export function toCompletionLogprobs(logprobs: unknown, start: number): CompletionLogprobs | null {
  const items = itemsOf(logprobs);
  if (items.length === 0) return null;
  const tops = items.map((item) => itemsOf(item['top_logprobs']));
  let offset = start;
  return {
    tokens: items.map(({ token }) => token),
    token_logprobs: items.map(({ logprob }) => logprob),
    top_logprobs: tops.every((top) => top.length === 0)
      ? null
      : tops.map((top) => Object.fromEntries(top.map(({ token, logprob }) => [String(token), logprob]))),
    text_offset: items.map(({ token }) => {
      const at = offset;
      offset += String(token).length;
      return at;
    }),
  };
}

function named({ token, logprob, bytes }: Record<string, unknown>): Record<string, unknown> {
  return { token, logprob, bytes: bytes ?? null };
}

function itemsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
