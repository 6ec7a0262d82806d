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
  type SceneUsage,
  serverSentEvent,
  string,
} from '../provider-double.js';

const KEY = 'sk-ant-0123456789';
const MODEL = 'claude-sonnet-4-5';

/** @see https://platform.claude.com/docs/en/api/messages/create */
export const anthropic: ProviderDouble = {
  kind: 'anthropic',
  model: MODEL,
  tells: {
    callIds: true,
    seals: true,
    reasoning: true,
    textBesideCalls: true,
    refusals: true,
    finishes: ['stop', 'length', 'tool_calls', 'content_filter'],
  },
  settings: (origin) => ({ baseUrl: origin, apiKey: KEY }),
  chatPath: () => '/v1/messages',
  letsIn: ({ headers }) => headers['x-api-key'] === KEY && headers['anthropic-version'] === '2023-06-01',
  read: readMessagesRequest,
  answer: (scene) => ({
    ...HEAD,
    content: blocksOf(scene),
    ...endOf(scene),
    usage: { ...inputOf(scene.usage), ...outputOf(scene.usage) },
  }),
  events: messagesEvents,
  streamType: 'text/event-stream; charset=utf-8',
  streamError: (message) => serverSentEvent({ type: 'error', error: { type: 'overloaded_error', message } }, 'error'),
  error: (status, message) => ({ type: 'error', error: { type: `error_${status}`, message }, request_id: 'req_1' }),
  tokens: ({ input, cacheRead, output, reasoning }) => ({
    ...NO_TOKENS,
    inputUncached: input,
    cacheRead,
    output,
    reasoning,
  }),
};

const HEAD = { id: 'msg_abc', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929' };

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', content_filter: 'refusal' };

const endOf = ({ finish, refusal }: Scene): Json => ({
  stop_reason: STOP_REASONS[finish],
  stop_sequence: null,
  ...(refusal === undefined ? {} : { stop_details: { type: 'refusal', category: 'cyber', explanation: refusal } }),
});

const inputOf = ({ input, cacheRead }: SceneUsage): Json => ({
  input_tokens: input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: cacheRead,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  service_tier: 'standard',
});

const outputOf = ({ output, reasoning }: SceneUsage): Json => ({
  output_tokens: output + reasoning,
  output_tokens_details: { thinking_tokens: reasoning },
});

export function blocksOf({ reasoning, text, calls }: Scene): Json[] {
  return [
    ...(reasoning === undefined
      ? []
      : [{ type: 'thinking', thinking: reasoning.pieces.join(''), signature: reasoning.seal }]),
    ...(text === undefined ? [] : [{ type: 'text', text: text.join('') }]),
    ...(calls ?? []).map(({ id, name, arguments: input }) => ({ type: 'tool_use', id, name, input })),
  ];
}

const event = (data: Json): Buffer => serverSentEvent(data, String(data['type']));

function messagesEvents(scene: Scene): Buffer[] {
  const { usage } = scene;
  return [
    event({
      type: 'message_start',
      message: {
        ...HEAD,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...inputOf(usage), output_tokens: 1 },
      },
    }),
    event({ type: 'ping' }),
    ...blockEvents(scene).flatMap(({ start, deltas }, index) => [
      event({ type: 'content_block_start', index, content_block: start }),
      ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta })),
      event({ type: 'content_block_stop', index }),
    ]),
    event({ type: 'message_delta', delta: endOf(scene), usage: { ...inputOf(usage), ...outputOf(usage) } }),
    event({ type: 'message_stop' }),
  ];
}

function blockEvents({ reasoning, text, calls }: Scene): { start: Json; deltas: Json[] }[] {
  const blocks: { start: Json; deltas: Json[] }[] = [];
  if (reasoning !== undefined) {
    blocks.push({
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...reasoning.pieces.map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: reasoning.seal },
      ],
    });
  }
  if (text !== undefined) {
    blocks.push({
      start: { type: 'text', text: '' },
      deltas: text.map((piece) => ({ type: 'text_delta', text: piece })),
    });
  }
  for (const { id, name, arguments: value } of calls ?? []) {
    const written = JSON.stringify(value);
    const middle = Math.ceil(written.length / 2);
    blocks.push({
      start: { type: 'tool_use', id, name, input: {} },
      deltas: ['', written.slice(0, middle), written.slice(middle)].map((piece) => ({
        type: 'input_json_delta',
        partial_json: piece,
      })),
    });
  }
  return blocks;
}

function readMessagesRequest({ json }: SeenRequest): NativeRequest {
  const { tool_choice: choice, output_config: config, thinking, system } = json;
  const format = object(object(config)['format']);
  const { type, name, disable_parallel_tool_use: oneCall } = object(choice);
  return {
    model: String(json['model']),
    streaming: json['stream'] === true,
    system: typeof system === 'string' ? [system] : list(system).map(({ text }) => String(text)),
    turns: turnsOf(list(json['messages'])),
    tools: list(json['tools']).map((tool) => ({
      name: String(tool['name']),
      description: tool['description'] as string | undefined,
      schema: tool['input_schema'],
      ...(tool['strict'] === true ? { strict: true } : {}),
    })),
    toolChoice: choice === undefined ? undefined : choiceOf(String(type), String(name)),
    format: format['type'] === 'json_schema' ? { schema: format['schema'] } : undefined,
    thinks: ['enabled', 'adaptive'].includes(String(object(thinking)['type'])),
    parameters: {
      ...pick(json, {
        max_tokens: 'max_tokens',
        stop_sequences: 'stop',
        temperature: 'temperature',
        top_p: 'top_p',
        service_tier: 'service_tier',
      }),
      ...(oneCall === true ? { parallel_tool_calls: false } : {}),
      ...pick(object(json['metadata']), { user_id: 'user' }),
    },
  };
}

function choiceOf(type: string, name: string): NativeRequest['toolChoice'] {
  if (type === 'tool') return { name };
  return type === 'any' ? 'required' : type === 'none' ? 'none' : 'auto';
}

function turnsOf(messages: readonly Json[]): NativeTurn[] {
  let callIds: unknown[] = [];
  const turns = messages.map(({ role, content }): NativeTurn => {
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
    const turn = { role: role as NativeTurn['role'], parts: blocks.map((block) => partOf(block, callIds)) };
    if (role === 'assistant') callIds = blocks.filter((one) => one['type'] === 'tool_use').map((one) => one['id']);
    return turn;
  });
  return joinTurns(turns);
}

function partOf(block: Json, callIds: readonly unknown[]): NativePart {
  const { type, media_type: mediaType, data, url } = object(block['source']);
  switch (block['type']) {
    case 'image':
      if (type === 'url') return { type: 'image', url: String(url) };
      return { type: 'image', mediaType: String(mediaType), base64: String(data) };
    case 'document':
      return { type: 'file', mediaType: String(mediaType), base64: String(data) };
    case 'thinking':
      return { type: 'reasoning', text: String(block['thinking']), seal: String(block['signature']) };
    case 'tool_use':
      return { type: 'call', name: String(block['name']), arguments: block['input'] };
    case 'tool_result': {
      const inner = list(block['content']);
      return {
        type: 'result',
        answers: callIds.indexOf(block['tool_use_id']),
        text: inner.map(({ text }) => string(text)).join(''),
        images: inner.filter((one) => one['type'] === 'image').length,
      };
    }
    default:
      return { type: 'text', text: String(block['text']) };
  }
}
