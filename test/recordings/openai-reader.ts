import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { isStream, type Recording, responseBytes } from './openai-recordings.js';

// Reading OpenAI's dialect with nothing of the gateway's: what the recorded answers say, and what must become of them.

export type Json = Record<string, unknown>;

/** What an answer says, however it came. */
export interface Gist {
  readonly id: unknown;
  readonly model: unknown;
  readonly choices: readonly Choice[];
  /** The last usage, as the provider wrote it. */
  readonly usage: unknown;
}

interface Choice {
  content: string;
  refusal: string;
  reasoning: string;
  readonly toolCalls: { id: unknown; name: string; arguments: string }[];
  functionCall: unknown;
  finish: unknown;
}

export function gistOfCompletion(text: string): Gist {
  const completion = JSON.parse(text) as Json;
  const choices = completion['choices'] as Json[];
  return {
    id: completion['id'],
    model: completion['model'],
    choices: choices.map(({ message, finish_reason: finish }) => {
      const choice = add(emptyChoice(), message as Json);
      return { ...choice, finish };
    }),
    usage: completion['usage'],
  };
}

/** Puts the chunks of a stream together, as clients do. */
export function gistOfChunks(text: string): Gist {
  const choices: Choice[] = [];
  let head: Json = {};
  let usage: unknown;
  for (const chunk of chunksOf(text)) {
    head = chunk;
    usage = chunk['usage'] ?? usage;
    for (const { index, delta, finish_reason: finish } of (chunk['choices'] ?? []) as Json[]) {
      const choice = (choices[index as number] ??= emptyChoice());
      add(choice, delta as Json);
      choice.finish = finish ?? choice.finish;
    }
  }
  return { id: head['id'], model: head['model'], choices, usage };
}

export const gistOf = (recording: Recording): Gist => {
  const text = responseBytes(recording).toString();
  return isStream(recording) ? gistOfChunks(text) : gistOfCompletion(text);
};

const emptyChoice = (): Choice => ({
  content: '',
  refusal: '',
  reasoning: '',
  toolCalls: [],
  functionCall: undefined,
  finish: undefined,
});

/** The same field names serve in messages and in deltas. */
function add(choice: Choice, said: Json): Choice {
  const { content, refusal, reasoning, reasoning_content: other, function_call: functionCall } = said;
  // Mistral gives thinking as parts of the content.
  const parts = Array.isArray(content) ? (content as Json[]) : [];
  choice.content += Array.isArray(content) ? textOf(parts) : ((content as string | null | undefined) ?? '');
  choice.reasoning += parts.map((part) => textOf((part['thinking'] as Json[] | undefined) ?? [])).join('');
  choice.refusal += (refusal as string | null | undefined) ?? '';
  choice.reasoning += ((reasoning ?? other) as string | null | undefined) ?? '';
  choice.functionCall = functionCall ?? choice.functionCall;
  for (const [place, call] of ((said['tool_calls'] as Json[] | null | undefined) ?? []).entries()) {
    const { name, arguments: piece } = call['function'] as { name?: string | null; arguments?: string | null };
    const known = (choice.toolCalls[(call['index'] as number | undefined) ?? place] ??= {
      id: call['id'],
      name: '',
      arguments: '',
    });
    known.name += name ?? '';
    known.arguments += piece ?? '';
  }
  return choice;
}

const textOf = (parts: readonly Json[]): string => parts.map(({ text }) => (text as string | undefined) ?? '').join('');

/** The events of a stream, each with its closing blank line. */
export const eventsOf = (text: string): string[] => text.match(/[^]*?\n\n/g) ?? [];

/** What an event's data line holds; `undefined` for a comment. */
const dataOf = (event: string): string | undefined =>
  event
    .split('\n')
    .find((line) => line.startsWith('data:'))
    ?.slice('data:'.length)
    .trim();

export const chunksOf = (text: string): Json[] =>
  eventsOf(text)
    .map(dataOf)
    .filter((data) => data !== undefined && data !== '[DONE]')
    .map((data) => JSON.parse(String(data)) as Json);

/** The error that a provider put into its stream. */
export const inStreamError = (recording: Recording): Json | undefined =>
  isStream(recording)
    ? (chunksOf(responseBytes(recording).toString()).find((chunk) => chunk['error'])?.['error'] as Json | undefined)
    : undefined;

/**
 * What a client gets of a recorded stream, to the byte: the recorded events, except that
 * - `[DONE]` is the gateway's own, and stands at the end of every whole stream, of no other;
 * - a chunk that holds the usage and no choice is left out where the client did not ask for it;
 * - an event with an error becomes the gateway's event of the same message and code, and is the last.
 */
export function expectedStream(recorded: string, asksForUsage: boolean): string {
  let expected = '';
  for (const event of eventsOf(recorded)) {
    const data = dataOf(event);
    if (data === '[DONE]') continue;
    const chunk = data === undefined ? {} : (JSON.parse(data) as Json);
    if (chunk['error']) {
      const { message, code } = chunk['error'] as Json;
      return `${expected}data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: String(code) } })}\n\n`;
    }
    const isUsageOnly = Boolean(chunk['usage']) && (chunk['choices'] as unknown[]).length === 0;
    if (!isUsageOnly || asksForUsage) expected += event;
  }
  return `${expected}data: [DONE]\n\n`;
}

/** What the gateway says of an error answer. */
export function expectedError({ provider, response }: Recording): Json {
  const body = response.body as Json;
  // Mistral has no envelope, and for a wrong key not even the same fields.
  const error = (provider === 'mistral' ? body : body['error']) as Json;
  const { message, detail, param, code } = error as { [name: string]: string | number | null | undefined };
  return {
    message: message ?? detail,
    type: 'upstream_error',
    param: param ?? null,
    // Numbers (OpenRouter, Perplexity) come as text: the SDKs expect one.
    code: code === undefined || code === null ? null : String(code),
  };
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The recorded usage in disjoint buckets, by what each provider is known to count. */
export function expectedTokens({ provider }: Recording, usage: unknown): TokenUsage {
  const raw = usage as Json;
  const input = (raw['prompt_tokens_details'] as Json | undefined) ?? {};
  const output = (raw['completion_tokens_details'] as Json | undefined) ?? {};
  const cacheRead =
    provider === 'deepseek'
      ? number(raw['prompt_cache_hit_tokens'])
      : number(input['cached_tokens']) + (provider === 'mistral' ? number(raw['num_cached_tokens']) : 0);
  const cacheWrite5m = number(input['cache_write_tokens']);
  const inputAudio = number(input['audio_tokens']);
  const outputAudio = number(output['audio_tokens']);
  // Everybody else's prompt_tokens include audio; Mistral counts it beside them.
  const includedAudio = provider === 'mistral' ? 0 : inputAudio;
  // Everybody else's completion_tokens include reasoning; xAI counts it beside them.
  const counted = number(output['reasoning_tokens']);
  const isBeside = provider === 'xai';
  // OpenRouter was seen to count one token of reasoning more than it billed as completion.
  // Google counts its thoughts in the total alone.
  const untold =
    provider === 'gemini'
      ? number(raw['total_tokens']) - number(raw['prompt_tokens']) - number(raw['completion_tokens'])
      : 0;
  const told = isBeside ? counted : Math.min(counted, number(raw['completion_tokens']));
  return {
    inputUncached: number(raw['prompt_tokens']) - cacheRead - cacheWrite5m - includedAudio,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: 0,
    inputAudio,
    output: number(raw['completion_tokens']) - outputAudio - (isBeside ? 0 : told),
    reasoning: told + untold,
    outputAudio,
  };
}

/** Every text that a recorded stream writes, as it stands between the quotes. */
export function writtenBytes(text: string): number {
  let sum = 0;
  const count = (value: unknown): void => {
    if (typeof value === 'string') sum += Buffer.byteLength(JSON.stringify(value)) - 2;
  };
  for (const chunk of chunksOf(text).filter((one) => !one['error'])) {
    for (const { delta } of chunk['choices'] as { delta: Json }[]) {
      for (const name of ['content', 'reasoning', 'reasoning_content', 'refusal']) count(delta[name]);
      for (const call of (delta['tool_calls'] as Json[] | undefined) ?? [])
        count((call['function'] as Json)['arguments']);
    }
  }
  return sum;
}
