import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { decodeEvents } from '../support/aws.js';
import { type Recording, responseBytes } from '../support/recordings.js';

export type Json = Record<string, unknown>;

/** An answer, however it came and whoever wrote it down. */
export interface Gist {
  readonly content: string;
  readonly toolCalls: { id: unknown; name: unknown; input: unknown }[];
  readonly reasoning: string;
  /** Signatures and encrypted thinking, as Bedrock writes them, in their order. */
  readonly seals: unknown[];
  readonly finish: unknown;
  /** Whatever stands beside the answer. */
  readonly trace: unknown;
  readonly additional: unknown;
  readonly usage: TokenUsage;
}

const FINISH: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
};

export const isStream = ({ api }: Recording): boolean => api === 'bedrock.converse-stream';

export const object = (value: unknown): Json => (value ?? {}) as Json;
export const list = (value: unknown): Json[] => (value ?? []) as Json[];

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

// Reading Bedrock's own words, with nothing of the gateway's.

/** The answer that a stream spells, in the form of a whole one. */
export function responseOfStream(bytes: Buffer): Json {
  const blocks: Json[] = [];
  const response: Json = {};
  for (const { headers, payload } of decodeEvents(bytes)) {
    const { p: _padding, ...event } = JSON.parse(payload.toString()) as Json;
    const index = event['contentBlockIndex'] as number;
    const type = headers[':event-type'];
    if (type === 'contentBlockStart') blocks[index] = structuredClone(object(event['start']));
    if (type === 'contentBlockDelta') blocks[index] = withDelta(blocks[index] ?? {}, object(event['delta']));
    if (type === 'messageStop' || type === 'metadata') Object.assign(response, event);
  }
  for (const block of blocks) {
    const use = block['toolUse'] as Json | undefined;
    if (use !== undefined) use['input'] = JSON.parse((use['input'] as string) || '{}');
  }
  return { ...response, output: { message: { role: 'assistant', content: blocks } } };
}

function withDelta(block: Json, delta: Json): Json {
  const joined = (before: unknown, piece: unknown): string =>
    `${(before as string | undefined) ?? ''}${piece as string}`;
  if (delta['text'] !== undefined) return { ...block, text: joined(block['text'], delta['text']) };
  if (delta['toolUse'] !== undefined) {
    const use = object(block['toolUse']);
    return { toolUse: { ...use, input: joined(use['input'], object(delta['toolUse'])['input']) } };
  }
  if (delta['reasoningContent'] !== undefined) {
    const { redactedContent, text, signature } = object(delta['reasoningContent']);
    if (redactedContent !== undefined) return { reasoningContent: { redactedContent } };
    const before = object(object(block['reasoningContent'])['reasoningText']);
    return {
      reasoningContent: {
        reasoningText: {
          ...before,
          ...(text === undefined ? {} : { text: joined(before['text'], text) }),
          ...(signature === undefined ? {} : { signature: joined(before['signature'], signature) }),
        },
      },
    };
  }
  const { citation } = delta;
  return citation === undefined ? block : { ...block, citations: [...list(block['citations']), object(citation)] };
}

export const responseOf = (recording: Recording): Json =>
  isStream(recording) ? responseOfStream(responseBytes(recording)) : (recording.response.body as Json);

export function truthOf(recording: Recording): Gist {
  const response = responseOf(recording);
  const content = list(object(object(response['output'])['message'])['content']);
  const of = (name: string): Json[] => content.flatMap((block) => (block[name] ? [object(block[name])] : []));
  const toolCalls = of('toolUse')
    .filter(({ type }) => type !== 'server_tool_use')
    .map(({ toolUseId, name, input }) => ({ id: toolUseId, name, input }));
  return {
    content: content.map(({ text }) => textOf(text)).join(''),
    toolCalls,
    reasoning: of('reasoningContent')
      .map(({ reasoningText }) => textOf(object(reasoningText)['text']))
      .join(''),
    seals: of('reasoningContent').map(
      ({ reasoningText, redactedContent }) => redactedContent ?? object(reasoningText)['signature'],
    ),
    finish: FINISH[String(response['stopReason'])],
    trace: response['trace'],
    additional: response['additionalModelResponseFields'],
    usage: usageOf(object(response['usage'])),
  };
}

function usageOf(usage: Json): TokenUsage {
  const number = (name: string): number => (usage[name] as number | undefined) ?? 0;
  return {
    inputUncached: number('inputTokens'),
    cacheRead: number('cacheReadInputTokens'),
    cacheWrite5m: number('cacheWriteInputTokens'),
    cacheWrite1h: 0,
    inputAudio: 0,
    output: number('outputTokens'),
    reasoning: 0,
    outputAudio: 0,
  };
}

// Reading what the gateway made of it, as a client of OpenAI's would.

export function gistOfCompletion(completion: Json, usage: TokenUsage | undefined): Gist {
  const choice = list(completion['choices'])[0] ?? {};
  return gistOfParts(object(choice['message']), choice['finish_reason'], completion, usage);
}

/** The assistant's message of a stream, as clients put it together. */
export function messageOfChunks(text: string): { message: Json; finish: unknown; last: Json } {
  const message: Json = { role: 'assistant', content: '', reasoning_content: '', reasoning_details: [] as Json[] };
  const calls: Json[] = [];
  let finish: unknown;
  let last: Json = {};
  for (const event of text.split('\n\n').slice(0, -1)) {
    last = JSON.parse(event.slice('data: '.length)) as Json;
    for (const { delta, finish_reason: reason } of last['choices'] as { delta: Json; finish_reason: unknown }[]) {
      finish = reason ?? finish;
      for (const name of ['content', 'reasoning_content']) {
        message[name] = `${String(message[name])}${(delta[name] as string | undefined) ?? ''}`;
      }
      list(message['reasoning_details']).push(...list(delta['reasoning_details']));
      for (const call of list(delta['tool_calls'])) addCall(calls, call);
    }
  }
  return { message: { ...message, ...(calls.length === 0 ? {} : { tool_calls: calls }) }, finish, last };
}

function addCall(calls: Json[], call: Json): void {
  const index = call['index'] as number;
  if (index > calls.length) throw new Error('An index was left out.');
  const { name, arguments: piece } = object(call['function']);
  const known = (calls[index] ??= { id: call['id'], type: 'function', function: { name, arguments: '' } });
  if (known['id'] === undefined) throw new Error('The first delta of a call has no id.');
  const fields = object(known['function']);
  fields['arguments'] = `${String(fields['arguments'])}${String(piece)}`;
}

export function gistOfChunks(text: string, usage: TokenUsage | undefined): Gist {
  const { message, finish, last } = messageOfChunks(text);
  return gistOfParts(message, finish, last, usage);
}

function gistOfParts(message: Json, finish: unknown, beside: Json, usage: TokenUsage | undefined): Gist {
  if (usage === undefined) throw new Error('The usage is missing.');
  return {
    content: (message['content'] as string | null) ?? '',
    toolCalls: list(message['tool_calls']).map((call) => {
      const { name, arguments: text } = object(call['function']);
      return { id: call['id'], name, input: JSON.parse(String(text)) as unknown };
    }),
    reasoning: (message['reasoning_content'] as string | undefined) ?? '',
    // What Anthropic encrypted is text to it, and that text's bytes to Bedrock.
    seals: list(message['reasoning_details']).flatMap(({ signature, data }) =>
      typeof data === 'string'
        ? [Buffer.from(data).toString('base64')]
        : typeof signature === 'string'
          ? [signature]
          : [],
    ),
    finish,
    trace: beside['trace'],
    additional: beside['additionalModelResponseFields'],
    usage,
  };
}
