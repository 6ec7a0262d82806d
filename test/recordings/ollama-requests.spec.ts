import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../src/protocol/chat-completions.js';
import { type CompletionRequest } from '../../src/protocol/completions.js';
import { type EmbeddingRequest } from '../../src/protocol/embeddings.js';
import { toGenerateRequest } from '../../src/providers/ollama/ollama.completions.js';
import { toEmbedRequest } from '../../src/providers/ollama/ollama.embeddings.js';
import { toChatRequest } from '../../src/providers/ollama/ollama.request.js';
import { UnsupportedParameters } from '../../src/providers/unsupported-parameters.js';
import { recordingsAvailable, type Recording } from '../support/recordings.js';
import { selected, type SelectionName } from './selections.js';

type Json = Record<string, unknown>;

const withRequest = (...names: SelectionName[]): Recording[] =>
  names.flatMap((name) => selected(name)).filter(({ request }) => Boolean(request.body));

const chats = withRequest('ollama-chats', 'ollama-errors');
const completions = withRequest('ollama-completions');
const embeddings = withRequest('ollama-embeddings');

const nativeOf = ({ request }: Recording): Json => structuredClone(request.body ?? {});

// No conversation was recorded both ways. What a client of OpenAI's would have sent is told from what a client of
// Ollama's did send, with nothing of the gateway's.

function sourceOf(native: Json): Json {
  const options = (native['options'] as Json | undefined) ?? {};
  const ids: string[] = [];
  const messages = (native['messages'] as Json[]).map(({ role, content, thinking, tool_calls: calls }): Json => {
    if (role === 'tool') return { role, content, tool_call_id: ids.shift() };
    const said = ((calls as Json[] | undefined) ?? []).map(({ function: called }, index) => {
      const id = `call_${index}`;
      ids.push(id);
      const { name, arguments: given } = called as Json;
      return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } };
    });
    return {
      role,
      content,
      ...(thinking === undefined ? {} : { reasoning_content: thinking }),
      ...(said.length === 0 ? {} : { tool_calls: said }),
    };
  });
  const { format, think } = native;
  return {
    model: 'any',
    messages,
    ...(native['tools'] === undefined ? {} : { tools: native['tools'] }),
    ...(format ? { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: format } } } : {}),
    ...(think === undefined ? {} : think === false ? { reasoning_effort: 'none' } : { think }),
    ...(options['num_predict'] === undefined ? {} : { max_completion_tokens: options['num_predict'] }),
    ...(options['temperature'] === undefined ? {} : { temperature: options['temperature'] }),
  };
}

/** What may differ without a difference: what Ollama assumes anyway, and ids, which its older clients do not send. */
function reduce(request: Json): Json {
  const { options, format, tools, stream = true, messages, ...rest } = request;
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === '' || Object.keys(value as Json).length === 0;
  return {
    ...rest,
    stream,
    ...(isEmpty(options) ? {} : { options }),
    ...(isEmpty(format) ? {} : { format }),
    ...(isEmpty(tools) ? {} : { tools }),
    messages: (messages as Json[]).map(({ tool_call_id: _id, tool_calls: calls, ...message }) => ({
      ...message,
      ...(calls === undefined ? {} : { tool_calls: (calls as Json[]).map(({ id: _ofCall, ...call }) => call) }),
    })),
  };
}

function translate(native: Json): Json {
  const request = toChatRequest(sourceOf(native) as unknown as ChatCompletionRequest, {
    upstreamModel: String(native['model']),
    streaming: native['stream'] !== false,
    unsupported: new UnsupportedParameters('strict'),
  });
  return JSON.parse(JSON.stringify(request)) as Json;
}

const rows = (recordings: readonly Recording[]) => recordings.map((recording) => [recording.id, recording] as const);

describe.skipIf(!recordingsAvailable)('recorded requests to Ollama', () => {
  it('are there', () => {
    expect([chats.length, completions.length, embeddings.length]).toEqual([6, 1, 1]);
  });

  it.each(rows(chats))('%s is asked alike', (_, recording) => {
    const native = nativeOf(recording);
    expect(reduce(translate(native))).toEqual(reduce(native));
  });

  it.each(rows(completions))('%s is asked alike, but for the template', (_, recording) => {
    const { model, prompt, stream, options } = nativeOf(recording);
    const { num_predict: limit, temperature } = options as Json;
    const request = { model: 'any', prompt, max_tokens: limit, temperature, stream } as unknown as CompletionRequest;
    const unsupported = new UnsupportedParameters('strict');
    const written = toGenerateRequest(request, {
      upstreamModel: String(model),
      streaming: stream === true,
      unsupported,
    });
    // The client of Ollama's let it put the prompt into a conversation, which is not what OpenAI's completions do.
    expect(written).toEqual({ model, prompt, stream, options, raw: true });
  });

  it.each(rows(embeddings))('%s is asked alike', (_, recording) => {
    const { model, input, options } = nativeOf(recording);
    const request = { model: 'any', input, options } as unknown as EmbeddingRequest;
    const unsupported = new UnsupportedParameters('strict');
    expect(toEmbedRequest(request, { upstreamModel: String(model), unsupported })).toEqual(nativeOf(recording));
  });
});

describe.skipIf(!recordingsAvailable)('the comparison of requests', () => {
  const messagesOf = (request: Json): Json[] => request['messages'] as Json[];
  const callsOf = (request: Json): Json[] =>
    messagesOf(request).flatMap((message) => (message['tool_calls'] as Json[] | undefined) ?? []);

  /** Each changes a request in place, where there is anything to change. */
  const mutations: [string, (request: Json) => void][] = [
    ['a wrong text', (request) => messagesOf(request).forEach((message) => (message['content'] = 'wrong'))],
    ['a lost thought', (request) => messagesOf(request).forEach((message) => delete message['thinking'])],
    [
      'a lost tool argument',
      (request) => callsOf(request).forEach((call) => ((call['function'] as Json)['arguments'] = {})),
    ],
    [
      'another tool in a call',
      (request) => callsOf(request).forEach((call) => ((call['function'] as Json)['name'] = 'x')),
    ],
    [
      'a result of another tool',
      (request) => messagesOf(request).forEach((one) => 'tool_name' in one && (one['tool_name'] = 'x')),
    ],
    ['a lost message', (request) => messagesOf(request).pop()],
    ['a lost tool', (request) => (request['tools'] as Json[] | undefined)?.pop()],
    ['a lost schema', (request) => delete request['format']],
    ['another way to think', (request) => 'think' in request && (request['think'] = 'high')],
    ['lost options', (request) => delete request['options']],
    ['another model', (request) => (request['model'] = 'x')],
  ];

  it.each(mutations)('notices %s', (_, mutate) => {
    const tried = chats.filter((recording) => {
      const native = nativeOf(recording);
      const ours = translate(native);
      const before = JSON.stringify(ours);
      mutate(ours);
      if (JSON.stringify(ours) === before) return false;
      expect(reduce(ours)).not.toEqual(reduce(native));
      return true;
    });
    expect(tried).not.toEqual([]);
  });
});
