import { randomUUID } from 'node:crypto';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type ChatFinishReason } from '../../protocol/chat-completions.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { areCounted, countOf, NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { toOllamaStreamError } from './ollama.errors.js';
import { type OllamaAnswer } from './ollama.types.js';

/** What chats and completions, whole answers and streams have in common. */

/** @throws UpstreamError where a whole answer is not one. */
export function readAnswer(body: Buffer): OllamaAnswer {
  const value = parseJsonBytes(body);
  if (isObject(value)) {
    if (value['error'] !== undefined) throw toOllamaStreamError(value['error']);
    return value;
  }
  throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is not JSON.' });
}

/**
 * The tokens that Ollama counted, or `undefined` where it counted none. Older servers leave `prompt_eval_count` out
 * where they have the whole prompt in their cache: nothing was evaluated.
 */
export function toTokenUsage(answer: OllamaAnswer): TokenUsage | undefined {
  const { prompt_eval_count: read, prompt_eval_cached_count: cached, eval_count: written } = answer;
  if (!areCounted(read, written)) return undefined;
  // What came from a cache is counted with the prompt.
  const cacheRead = Math.min(countOf(cached), countOf(read));
  return { ...NO_TOKENS, inputUncached: countOf(read) - cacheRead, cacheRead, output: countOf(written) };
}

/** @see https://docs.ollama.com/api/chat */
export function toFinishReason(reason: unknown, hasToolCalls: boolean): ChatFinishReason {
  if (reason === 'length') return 'length';
  // `stop`, `load` and `unload` (a request without messages), and what is not known yet.
  return hasToolCalls ? 'tool_calls' : 'stop';
}

/** Seconds since 1970. */
export function createdOf({ created_at: at }: OllamaAnswer): number {
  const milliseconds = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return Math.floor((Number.isNaN(milliseconds) ? Date.now() : milliseconds) / 1000);
}

export interface ToolCallRead {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** The message of a chat, or of a part of one. */
export interface MessageRead {
  readonly content: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolCallRead[];
}

/** A tool call gets an id where the server, as those before 0.12.7, gives none. */
export function readMessage({ message }: OllamaAnswer): MessageRead {
  const { content, thinking, tool_calls: calls } = isObject(message) ? message : {};
  return {
    content: textOf(content),
    thinking: textOf(thinking),
    toolCalls: (Array.isArray(calls) ? calls : []).flatMap((call: unknown): ToolCallRead[] => {
      if (!isObject(call) || !isObject(call['function'])) return [];
      const { name, arguments: given } = call['function'];
      const { id } = call;
      return [
        {
          id: typeof id === 'string' && id !== '' ? id : `call_${randomUUID().replaceAll('-', '')}`,
          name: textOf(name),
          arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
        },
      ];
    }),
  };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
