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
  pick,
  type ProviderDouble,
  type Scene,
  string,
} from '../provider-double.js';

const MODEL = 'qwen3:8b';
const KEY = 'ollama-key-0123456789';

/** @see https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollama: ProviderDouble = {
  kind: 'ollama',
  model: MODEL,
  tells: {
    callIds: true,
    seals: false,
    reasoning: true,
    textBesideCalls: true,
    refusals: false,
    finishes: ['stop', 'length', 'tool_calls'],
  },
  settings: (origin) => ({ baseUrl: origin, apiKey: KEY }),
  chatPath: () => '/api/chat',
  letsIn: ({ headers }) => headers.authorization === `Bearer ${KEY}`,
  read: readOllamaRequest,
  answer: (scene) => ({ ...HEAD, message: messageOf(scene), ...endOf(scene) }),
  events: ollamaEvents,
  streamType: 'application/x-ndjson',
  streamError: (message) => line({ error: message }),
  error: (_status, message) => ({ error: message }),
  // Reasoning is not told apart. The count of the prompt includes what came from a cache.
  tokens: ({ input, cacheRead, output, reasoning }) => ({
    ...NO_TOKENS,
    inputUncached: input,
    cacheRead,
    output: output + reasoning,
  }),
  embeddings: {
    model: 'nomic-embed-text',
    path: '/api/embed',
    counts: true,
    read: ({ json }) => ({
      model: String(json['model']),
      inputs: Array.isArray(json['input']) ? json['input'] : [json['input']],
      parameters: pick(json, { dimensions: 'dimensions' }),
    }),
    answer: (vectors, _request, tokens) => ({
      model: 'nomic-embed-text',
      embeddings: vectors,
      total_duration: 1,
      load_duration: 1,
      prompt_eval_count: tokens,
    }),
  },
};

const HEAD = { model: MODEL, created_at: '2026-03-01T12:00:00.123456Z' };

const line = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

const endOf = ({ finish, usage }: Scene): Json => ({
  done: true,
  done_reason: finish === 'length' ? 'length' : 'stop',
  total_duration: 5_000_000,
  load_duration: 1_000_000,
  prompt_eval_count: usage.input + usage.cacheRead,
  prompt_eval_cached_count: usage.cacheRead,
  prompt_eval_duration: 1_000_000,
  eval_count: usage.output + usage.reasoning,
  eval_duration: 1_000_000,
});

const callsOf = ({ calls }: Scene): Json[] =>
  (calls ?? []).map(({ id, name, arguments: value }, index) => ({ id, function: { index, name, arguments: value } }));

function messageOf(scene: Scene): Json {
  const { text, reasoning, calls } = scene;
  return {
    role: 'assistant',
    content: (text ?? []).join(''),
    ...(reasoning === undefined ? {} : { thinking: reasoning.pieces.join('') }),
    ...(calls === undefined ? {} : { tool_calls: callsOf(scene) }),
  };
}

function ollamaEvents(scene: Scene): Buffer[] {
  const { text, reasoning } = scene;
  const said = (fields: Json): Buffer =>
    line({ ...HEAD, message: { role: 'assistant', content: '', ...fields }, done: false });
  return [
    ...(reasoning?.pieces ?? []).map((thinking) => said({ thinking })),
    ...(text ?? []).map((content) => said({ content })),
    ...callsOf(scene).map((call) => said({ tool_calls: [call] })),
    line({ ...HEAD, message: { role: 'assistant', content: '' }, ...endOf(scene) }),
  ];
}

function readOllamaRequest({ json }: SeenRequest): NativeRequest {
  const { format, think, stream } = json;
  return {
    model: String(json['model']),
    // Unlike elsewhere, an answer is a stream unless the request says otherwise.
    streaming: stream !== false,
    ...conversationOf(list(json['messages'])),
    tools: list(json['tools']).map((tool) => {
      const { name, description, parameters } = object(tool['function']);
      return { name: String(name), description: description as string | undefined, schema: parameters };
    }),
    toolChoice: undefined,
    format: format === 'json' ? 'object' : format === undefined ? undefined : { schema: format },
    thinks: think !== undefined && think !== false,
    parameters: {
      ...pick(object(json['options']), {
        num_predict: 'max_tokens',
        stop: 'stop',
        temperature: 'temperature',
        top_p: 'top_p',
        seed: 'seed',
        presence_penalty: 'presence_penalty',
        frequency_penalty: 'frequency_penalty',
      }),
      ...pick(json, { logprobs: 'logprobs' }),
    },
  };
}

function conversationOf(messages: readonly Json[]): Pick<NativeRequest, 'system' | 'midway' | 'turns'> {
  const system: string[] = [];
  const midway: string[] = [];
  const turns: NativeTurn[] = [];
  let callIds: unknown[] = [];
  for (const message of messages) {
    const content = string(message['content']);
    const text: NativePart[] = content === '' ? [] : [{ type: 'text', text: content }];
    const images = list(message['images']).length;
    switch (message['role']) {
      case 'system':
        system.push(content);
        if (turns.length > 0) midway.push(content);
        break;
      case 'assistant': {
        const calls = list(message['tool_calls']);
        callIds = calls.map(({ id }) => id);
        const own = calls.map((call) => object(call['function']));
        const { thinking } = message;
        turns.push({
          role: 'assistant',
          parts: [
            ...(typeof thinking === 'string' ? [{ type: 'reasoning', text: thinking } as const] : []),
            ...text,
            ...own.map((call) => ({ type: 'call', name: String(call['name']), arguments: call['arguments'] }) as const),
          ],
        });
        break;
      }
      case 'tool': {
        const answers = callIds.indexOf(message['tool_call_id']);
        turns.push({ role: 'user', parts: [{ type: 'result', answers, text: content, images }] });
        break;
      }
      default:
        turns.push({ role: 'user', parts: [...text, ...imagesOf(message)] });
    }
  }
  return { system, midway, turns: joinTurns(turns) };
}

/** Base64 without a type: Ollama looks at the bytes. */
const imagesOf = ({ images }: Json): NativePart[] =>
  (Array.isArray(images) ? images : []).map((base64) => ({
    type: 'image',
    base64: String(base64),
    mediaType: String(base64).startsWith('iVBOR') ? 'image/png' : 'unknown',
  }));
