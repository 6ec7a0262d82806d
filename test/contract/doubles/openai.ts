import { NO_TOKENS } from '../../../src/protocol/token-usage.js';
import { type SeenRequest } from '../../support/fake-upstream.js';
import {
  joinTurns,
  type Json,
  list,
  type NativePart,
  type NativeRequest,
  type NativeTurn,
  object,
  type ProviderDouble,
  readDataUrl,
  type Scene,
  type SceneUsage,
  serverSentEvent,
  string,
} from '../provider-double.js';

const KEY = 'sk-openai-0123456789';

/** What stands elsewhere in a NativeRequest. */
const STRUCTURE: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'response_format',
  'reasoning_effort',
  'max_completion_tokens',
]);

/** @see https://platform.openai.com/docs/api-reference/chat */
export const openAi: ProviderDouble = {
  kind: 'openai',
  model: 'gpt-5-mini',
  tells: {
    callIds: true,
    seals: false,
    reasoning: true,
    textBesideCalls: true,
    refusals: true,
    finishes: ['stop', 'length', 'tool_calls', 'content_filter'],
  },
  settings: (origin) => ({ baseUrl: `${origin}/v1`, apiKey: KEY }),
  chatPath: () => '/v1/chat/completions',
  letsIn: ({ headers }) => headers.authorization === `Bearer ${KEY}`,
  read: readOpenAiRequest,
  answer: (scene) => ({
    ...HEAD,
    object: 'chat.completion',
    choices: [{ index: 0, message: messageOf(scene), logprobs: null, finish_reason: scene.finish }],
    usage: usageOf(scene.usage),
  }),
  events: openAiEvents,
  streamType: 'text/event-stream; charset=utf-8',
  streamError: (message) => serverSentEvent({ error: { message, type: 'server_error', param: null, code: null } }),
  error: (status, message) => ({ error: { message, type: 'some_error', param: null, code: `code_${status}` } }),
  tokens: ({ input, cacheRead, output, reasoning }) => ({
    ...NO_TOKENS,
    inputUncached: input,
    cacheRead,
    output,
    reasoning,
  }),
  embeddings: {
    model: 'text-embedding-3-small',
    path: '/v1/embeddings',
    counts: true,
    read: ({ json }) => {
      const { input, model, dimensions, encoding_format: encoding, user } = json;
      const inputs = Array.isArray(input) && !input.some((one) => typeof one === 'number') ? input : [input];
      const parameters = {
        ...(dimensions === undefined ? {} : { dimensions }),
        ...(user === undefined ? {} : { user }),
      };
      return { model: String(model), inputs, parameters, isBase64: encoding === 'base64' };
    },
    answer: (vectors, { isBase64 }, tokens) => ({
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: isBase64 === true ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
      })),
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    }),
  },
};

const HEAD = { id: 'chatcmpl-abc', created: 1_760_000_000, model: 'gpt-5-mini-2025-08-07' };

function messageOf({ text, calls, refusal, reasoning }: Scene): Json {
  return {
    role: 'assistant',
    content: text === undefined ? null : text.join(''),
    refusal: refusal ?? null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning.pieces.join('') }),
    ...(calls === undefined
      ? {}
      : {
          tool_calls: calls.map(({ id, name, arguments: value }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(value) },
          })),
        }),
  };
}

function usageOf({ input, cacheRead, output, reasoning }: SceneUsage): Json {
  return {
    prompt_tokens: input + cacheRead,
    completion_tokens: output + reasoning,
    total_tokens: input + cacheRead + output + reasoning,
    prompt_tokens_details: { cached_tokens: cacheRead, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
  };
}

/** The events of a stream for which the usage was asked, as the gateway always does. */
export function openAiEvents({ text, calls, refusal, reasoning, finish, usage }: Scene): Buffer[] {
  const chunk = (delta: Json, reason: string | null = null): Buffer =>
    serverSentEvent({
      ...HEAD,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
      usage: null,
    });
  return [
    chunk({ role: 'assistant', content: '', refusal: null }),
    ...(reasoning?.pieces ?? []).map((piece) => chunk({ reasoning_content: piece })),
    ...(text ?? []).map((piece) => chunk({ content: piece })),
    ...(refusal === undefined ? [] : [chunk({ refusal })]),
    ...(calls ?? []).flatMap(({ id, name, arguments: value }, index) => {
      const written = JSON.stringify(value);
      const middle = Math.ceil(written.length / 2);
      return [
        chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
        ...[written.slice(0, middle), written.slice(middle)].map((piece) =>
          chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
        ),
      ];
    }),
    chunk({}, finish),
    serverSentEvent({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: usageOf(usage) }),
    Buffer.from('data: [DONE]\n\n'),
  ];
}

/** Reads a request in OpenAI's dialect. */
export function readOpenAiRequest({ json }: Pick<SeenRequest, 'json'>): NativeRequest {
  const { max_completion_tokens: limit, stop, reasoning_effort: effort } = json;
  const others = Object.entries(json).filter(([name]) => !STRUCTURE.has(name));
  return {
    model: String(json['model']),
    streaming: json['stream'] === true,
    ...conversationOf(list(json['messages'])),
    names: list(json['messages']).flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
    tools: list(json['tools']).map((tool) => {
      const { name, description, parameters, strict } = object(tool['function']);
      return {
        name: String(name),
        description: description as string | undefined,
        schema: parameters,
        ...(strict === true ? { strict } : {}),
      };
    }),
    toolChoice: choiceOf(json['tool_choice']),
    format: formatOf(object(json['response_format'])),
    thinks: typeof effort === 'string' && effort !== 'none',
    parameters: {
      ...Object.fromEntries(others),
      ...(typeof stop === 'string' ? { stop: [stop] } : {}),
      ...(limit === undefined ? {} : { max_tokens: limit }),
    },
  };
}

function choiceOf(choice: unknown): NativeRequest['toolChoice'] {
  if (choice === 'auto' || choice === 'required' || choice === 'none') return choice;
  return choice === undefined ? undefined : { name: String(object(object(choice)['function'])['name']) };
}

function formatOf({ type, json_schema: schema }: Json): NativeRequest['format'] {
  if (type === 'json_object') return 'object';
  return type === 'json_schema' ? { schema: object(schema)['schema'] } : undefined;
}

export function conversationOf(messages: readonly Json[]): Pick<NativeRequest, 'system' | 'midway' | 'turns'> {
  const system: string[] = [];
  const midway: string[] = [];
  const turns: NativeTurn[] = [];
  let callIds: unknown[] = [];
  for (const message of messages) {
    switch (message['role']) {
      case 'system':
      case 'developer':
        system.push(textOf(message['content']));
        if (turns.length > 0) midway.push(textOf(message['content']));
        break;
      case 'tool':
        turns.push({
          role: 'user',
          parts: [
            {
              type: 'result',
              answers: callIds.indexOf(message['tool_call_id']),
              text: textOf(message['content']),
              images: partsOf(message['content']).filter(({ type }) => type === 'image').length,
            },
          ],
        });
        break;
      case 'assistant': {
        const calls = list(message['tool_calls']);
        callIds = calls.map(({ id }) => id);
        turns.push({
          role: 'assistant',
          parts: [...reasoningOf(message), ...partsOf(message['content']), ...calls.map(callOf)],
        });
        break;
      }
      default:
        turns.push({ role: 'user', parts: partsOf(message['content']) });
    }
  }
  return { system, midway, turns: joinTurns(turns) };
}

const reasoningOf = ({ reasoning_content: text }: Json): NativePart[] =>
  typeof text === 'string' ? [{ type: 'reasoning', text }] : [];

function callOf(call: Json): NativePart {
  const { name, arguments: written } = object(call['function']);
  return { type: 'call', name: String(name), arguments: JSON.parse(String(written)) };
}

export const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map(({ text }) => string(text))
        .join('');

function partsOf(content: unknown): NativePart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return list(content).map((part) => {
    const { url } = object(part['image_url']);
    switch (part['type']) {
      case 'image_url':
        return { type: 'image', ...(readDataUrl(String(url)) ?? { url: String(url) }) };
      case 'file':
        return { type: 'file', mediaType: '', base64: '', ...readDataUrl(String(object(part['file'])['file_data'])) };
      case 'input_audio': {
        const { data, format } = object(part['input_audio']);
        return { type: 'audio', format: String(format), base64: String(data) };
      }
      default:
        return { type: 'text', text: String(part['text']) };
    }
  });
}
