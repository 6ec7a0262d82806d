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
  serverSentEvent,
} from '../provider-double.js';
import { openAi, readOpenAiRequest, textOf } from './openai.js';

const MODEL = 'mistral-medium-latest';
const KEY = 'mistral-key-0123456789';

/** OpenAI's dialect but for what is here. @see https://docs.mistral.ai/api/#tag/chat */
export const mistral: ProviderDouble = {
  ...openAi,
  kind: 'mistral',
  model: MODEL,
  tells: { ...openAi.tells, refusals: false, finishes: ['stop', 'length', 'tool_calls'] },
  settings: (origin) => ({ baseUrl: `${origin}/v1`, apiKey: KEY }),
  letsIn: ({ headers }) => headers.authorization === `Bearer ${KEY}`,
  read: readMistralRequest,
  answer: (scene) => ({
    ...HEAD,
    object: 'chat.completion',
    choices: [{ index: 0, message: messageOf(scene), finish_reason: reasonOf(scene) }],
    usage: usageOf(scene),
  }),
  events: mistralEvents,
  error: (status, message) => ({ object: 'error', message, type: 'some_error', param: null, code: String(status) }),
  embeddings: {
    model: 'mistral-embed',
    path: '/v1/embeddings',
    counts: true,
    read: ({ json }) => ({
      model: String(json['model']),
      inputs: Array.isArray(json['input']) ? json['input'] : [json['input']],
      parameters: pick(json, { output_dimension: 'dimensions' }),
      isBase64: json['encoding_format'] === 'base64',
    }),
    answer: (vectors, request, tokens) => openAi.embeddings?.answer(vectors, request, tokens),
  },
};

const HEAD = { id: 'cmpl-abc', created: 1_760_000_000, model: MODEL };

/** Its own word for an answer that met the end of the context. */
const reasonOf = ({ finish }: Scene): string => (finish === 'length' ? 'model_length' : finish);

const usageOf = ({ usage: { input, cacheRead, output, reasoning } }: Scene): Json => ({
  prompt_tokens: input + cacheRead,
  completion_tokens: output + reasoning,
  total_tokens: input + cacheRead + output + reasoning,
  prompt_tokens_details: { cached_tokens: cacheRead },
  ...(reasoning === 0 ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
});

const callsOf = ({ calls }: Scene): Json[] =>
  (calls ?? []).map(({ id, name, arguments: value }, index) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(value) },
    index,
  }));

const thought = (text: string): Json => ({ type: 'thinking', thinking: [{ type: 'text', text }] });

function messageOf(scene: Scene): Json {
  const text = (scene.text ?? []).join('');
  return {
    role: 'assistant',
    // Content is in parts only where the model has thought.
    content:
      scene.reasoning === undefined
        ? text
        : [thought(scene.reasoning.pieces.join('')), ...(text === '' ? [] : [{ type: 'text', text }])],
    tool_calls: scene.calls === undefined ? null : callsOf(scene),
  };
}

function mistralEvents(scene: Scene): Buffer[] {
  const { reasoning, text, calls } = scene;
  const chunk = (delta: Json, reason: string | null = null): Buffer =>
    serverSentEvent({
      ...HEAD,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
      ...(reason === null ? {} : { usage: usageOf(scene) }),
    });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(reasoning?.pieces ?? []).map((piece) => chunk({ content: [thought(piece)] })),
    ...(text ?? []).map((piece) => chunk({ content: piece })),
    // All calls come at once, with the end.
    chunk({ content: '', ...(calls === undefined ? {} : { tool_calls: callsOf(scene) }) }, reasonOf(scene)),
    Buffer.from('data: [DONE]\n\n'),
  ];
}

function readMistralRequest({ json }: SeenRequest): NativeRequest {
  const asOpenAi = readOpenAiRequest({ json: { ...json, messages: [] } });
  const { random_seed: seed, ...parameters } = asOpenAi.parameters;
  return {
    ...asOpenAi,
    ...conversationOf(list(json['messages'])),
    names: [],
    parameters: { ...parameters, ...(seed === undefined ? {} : { seed }) },
  };
}

const ROLES: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant', 'tool']);

/** It refuses a conversation with ids of another form, or with roles and fields that it does not know. */
function conversationOf(messages: readonly Json[]): Pick<NativeRequest, 'system' | 'midway' | 'turns'> {
  const system: string[] = [];
  const midway: string[] = [];
  const turns: NativeTurn[] = [];
  let callIds: unknown[] = [];
  for (const message of messages) {
    const { role, content } = message;
    if (!ROLES.has(role)) throw new Error(`Mistral knows no role ${String(role)}.`);
    switch (role) {
      case 'system':
        system.push(textOf(content));
        if (turns.length > 0) midway.push(textOf(content));
        break;
      case 'assistant': {
        const calls = list(message['tool_calls']);
        callIds = calls.map(({ id }) => idOf(id));
        turns.push({
          role: 'assistant',
          parts: [
            ...partsOf(content),
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
          parts: [
            {
              type: 'result',
              answers: callIds.indexOf(idOf(message['tool_call_id'])),
              text: textOf(content),
              images: partsOf(content).filter(({ type }) => type === 'image').length,
            },
          ],
        });
        break;
      default:
        turns.push({ role: 'user', parts: partsOf(content) });
    }
  }
  return { system, midway, turns: joinTurns(turns) };
}

function idOf(id: unknown): unknown {
  if (/^[a-zA-Z0-9]{9}$/.test(String(id))) return id;
  throw new Error(`Mistral takes ids of nine letters and digits, not ${String(id)}.`);
}

function partsOf(content: unknown): NativePart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return list(content).map((part): NativePart => {
    const { image_url: image, document_url: document, input_audio: audio } = part;
    switch (part['type']) {
      case 'thinking':
        return { type: 'reasoning', text: textOf(part['thinking']) };
      case 'image_url': {
        const url = typeof image === 'string' ? image : String(object(image)['url']);
        return { type: 'image', ...(readDataUrl(url) ?? { url }) };
      }
      case 'document_url':
        return { type: 'file', mediaType: '', base64: '', ...readDataUrl(String(document)) };
      case 'input_audio':
        // The bytes tell what they are.
        return { type: 'audio', format: 'wav', base64: String(audio) };
      default:
        return { type: 'text', text: String(part['text']) };
    }
  });
}
