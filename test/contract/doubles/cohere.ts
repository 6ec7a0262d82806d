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
  readDataUrl,
  type Scene,
  type SceneUsage,
  serverSentEvent,
  string,
} from '../provider-double.js';
import { textOf } from './openai.js';

const MODEL = 'command-a-reasoning-08-2025';
const KEY = 'cohere-key-0123456789';

/** @see https://docs.cohere.com/reference/chat */
export const cohere: ProviderDouble = {
  kind: 'cohere',
  model: MODEL,
  tells: {
    callIds: true,
    seals: false,
    reasoning: true,
    textBesideCalls: false,
    refusals: false,
    finishes: ['stop', 'length', 'tool_calls'],
  },
  settings: (origin) => ({ baseUrl: origin, apiKey: KEY }),
  chatPath: () => '/v2/chat',
  letsIn: ({ headers }) => headers.authorization === `Bearer ${KEY}`,
  read: readCohereRequest,
  answer: (scene) => ({
    id: 'c-abc',
    finish_reason: FINISH_REASONS[scene.finish],
    message: messageOf(scene),
    usage: usageOf(scene.usage),
  }),
  events: cohereEvents,
  streamType: 'text/event-stream',
  streamError: (message) =>
    event({ type: 'message-end', delta: { finish_reason: 'ERROR', usage: {}, error: message, error_type: 'FAILED' } }),
  error: (_status, message) => ({ id: 'e-abc', message }),
  // What is read from a cache is billed like the rest.
  tokens: ({ input, cacheRead, output, reasoning }) => ({
    ...NO_TOKENS,
    inputUncached: input + cacheRead,
    output,
    reasoning,
  }),
  embeddings: {
    model: 'embed-v4.0',
    path: '/v2/embed',
    counts: true,
    read: ({ json }) => ({
      model: String(json['model']),
      inputs: (json['texts'] as unknown[] | undefined) ?? [],
      parameters: pick(json, { output_dimension: 'dimensions' }),
    }),
    answer: (vectors, _request, tokens) => ({
      id: 'em-abc',
      embeddings: { float: vectors },
      texts: [],
      response_type: 'embeddings_by_type',
      meta: { api_version: { version: '2' }, billed_units: { input_tokens: tokens } },
    }),
  },
};

const FINISH_REASONS = { stop: 'COMPLETE', length: 'MAX_TOKENS', tool_calls: 'TOOL_CALL', content_filter: 'ERROR' };

const usageOf = ({ input, cacheRead, output, reasoning }: SceneUsage): Json => ({
  billed_units: { input_tokens: input + cacheRead, output_tokens: output + reasoning },
  tokens: {
    input_tokens: input + cacheRead,
    output_tokens: output + reasoning,
    ...(reasoning === 0 ? {} : { reasoning_tokens: reasoning }),
  },
  cached_tokens: cacheRead,
});

const callsOf = ({ calls }: Scene): Json[] =>
  (calls ?? []).map(({ id, name, arguments: value }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(value) },
  }));

/** What the model says before it calls tools is its plan. */
function messageOf(scene: Scene): Json {
  const { reasoning, text, calls } = scene;
  const said = (text ?? []).join('');
  const content = [
    ...(reasoning === undefined ? [] : [{ type: 'thinking', thinking: reasoning.pieces.join('') }]),
    ...(text === undefined || calls !== undefined ? [] : [{ type: 'text', text: said }]),
  ];
  return {
    role: 'assistant',
    ...(content.length === 0 ? {} : { content }),
    ...(calls === undefined ? {} : { tool_calls: callsOf(scene), tool_plan: said }),
  };
}

const event = (data: Json): Buffer => serverSentEvent(data, String(data['type']));

function cohereEvents(scene: Scene): Buffer[] {
  const { reasoning, text, calls, finish, usage } = scene;
  const blocks: [type: string, pieces: readonly string[]][] = [
    ...(reasoning === undefined ? [] : [['thinking', reasoning.pieces] as [string, readonly string[]]]),
    ...(text === undefined || calls !== undefined ? [] : [['text', text] as [string, readonly string[]]]),
  ];
  return [
    event({
      type: 'message-start',
      id: 'c-abc',
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    }),
    ...blocks.flatMap(([type, pieces], index) => [
      event({ type: 'content-start', index, delta: { message: { content: { type, [type]: '' } } } }),
      ...pieces.map((piece) =>
        event({ type: 'content-delta', index, delta: { message: { content: { [type]: piece } } } }),
      ),
      event({ type: 'content-end', index }),
    ]),
    ...(calls === undefined ? [] : (text ?? [])).map((piece) =>
      event({ type: 'tool-plan-delta', delta: { message: { tool_plan: piece } } }),
    ),
    ...callsOf(scene).flatMap((call, index) => {
      const { name, arguments: written } = object(call['function']);
      const whole = String(written);
      const middle = Math.ceil(whole.length / 2);
      return [
        event({
          type: 'tool-call-start',
          index,
          delta: { message: { tool_calls: { ...call, function: { name, arguments: '' } } } },
        }),
        ...[whole.slice(0, middle), whole.slice(middle)].map((piece) =>
          event({
            type: 'tool-call-delta',
            index,
            delta: { message: { tool_calls: { function: { arguments: piece } } } },
          }),
        ),
        event({ type: 'tool-call-end', index }),
      ];
    }),
    event({ type: 'message-end', delta: { finish_reason: FINISH_REASONS[finish], usage: usageOf(usage) } }),
    Buffer.from('data: [DONE]\n\n'),
  ];
}

function readCohereRequest({ json }: SeenRequest): NativeRequest {
  const { tool_choice: choice, strict_tools: strict } = json;
  const { type, json_schema: schema } = object(json['response_format']);
  return {
    model: String(json['model']),
    streaming: json['stream'] === true,
    ...conversationOf(list(json['messages'])),
    tools: list(json['tools']).map((tool) => {
      const { name, description, parameters } = object(tool['function']);
      return {
        name: String(name),
        description: description as string | undefined,
        schema: parameters,
        ...(strict === true ? { strict } : {}),
      };
    }),
    toolChoice: choice === 'REQUIRED' ? 'required' : choice === 'NONE' ? 'none' : undefined,
    format: schema !== undefined ? { schema } : type === 'json_object' ? 'object' : undefined,
    thinks: object(json['thinking'])['type'] === 'enabled',
    parameters: pick(json, {
      max_tokens: 'max_tokens',
      stop_sequences: 'stop',
      temperature: 'temperature',
      p: 'top_p',
      seed: 'seed',
      presence_penalty: 'presence_penalty',
      frequency_penalty: 'frequency_penalty',
      logprobs: 'logprobs',
    }),
  };
}

function conversationOf(messages: readonly Json[]): Pick<NativeRequest, 'system' | 'midway' | 'turns'> {
  const system: string[] = [];
  const midway: string[] = [];
  const turns: NativeTurn[] = [];
  let callIds: unknown[] = [];
  for (const message of messages) {
    const { role, content } = message;
    switch (role) {
      case 'system':
        system.push(textOf(content));
        if (turns.length > 0) midway.push(textOf(content));
        break;
      case 'assistant': {
        const calls = list(message['tool_calls']);
        callIds = calls.map(({ id }) => id);
        const plan = message['tool_plan'];
        turns.push({
          role: 'assistant',
          parts: [
            ...partsOf(content),
            ...(typeof plan === 'string' && plan !== '' ? [{ type: 'text', text: plan } as const] : []),
            ...calls.map((call): NativePart => {
              const { name, arguments: written } = object(call['function']);
              return { type: 'call', name: String(name), arguments: JSON.parse(String(written)) };
            }),
          ],
        });
        break;
      }
      case 'tool':
        turns.push({
          role: 'user',
          parts: [{ type: 'result', answers: callIds.indexOf(message['tool_call_id']), text: resultOf(content) }],
        });
        break;
      default:
        turns.push({ role: 'user', parts: partsOf(content) });
    }
  }
  return { system, midway, turns: joinTurns(turns) };
}

/** A text, or blocks of text and of documents. */
const resultOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map((block) => {
          const { data } = object(block['document']);
          return string(block['text']) + string(data) + Object.values(object(data)).map(string).join('');
        })
        .join('');

function partsOf(content: unknown): NativePart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return list(content).map((block): NativePart => {
    switch (block['type']) {
      case 'thinking':
        return { type: 'reasoning', text: String(block['thinking']) };
      case 'image_url': {
        const url = String(object(block['image_url'])['url']);
        return { type: 'image', ...(readDataUrl(url) ?? { url }) };
      }
      default:
        return { type: 'text', text: String(block['text']) };
    }
  });
}
