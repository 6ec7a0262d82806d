import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type ParameterPolicy } from '../../protocol/parameter-policy.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { toChatRequest } from './ollama.request.js';

const requestOf = (fields: Record<string, unknown>): ChatCompletionRequest => ({
  model: 'qwen3',
  messages: [{ role: 'user', content: 'Hello' }],
  ...fields,
});

function translate(fields: Record<string, unknown>, policy: ParameterPolicy = 'strict') {
  const unsupported = new UnsupportedParameters(policy);
  const options = { upstreamModel: 'qwen3:4b', streaming: false, unsupported };
  return { request: toChatRequest(requestOf(fields), options), left: unsupported.names };
}

const TOOL = {
  type: 'function',
  function: { name: 'get_time', description: 'The time', parameters: { type: 'object' } },
};

describe('toChatRequest', () => {
  it('always says whether it wants a stream: left out, Ollama would send one', () => {
    const unsupported = new UnsupportedParameters('strict');
    const options = { upstreamModel: 'qwen3:4b', unsupported };
    const expected = { model: 'qwen3:4b', messages: [{ role: 'user', content: 'Hello' }] };
    expect(toChatRequest(requestOf({}), { ...options, streaming: false })).toEqual({ ...expected, stream: false });
    expect(toChatRequest(requestOf({}), { ...options, streaming: true })).toEqual({ ...expected, stream: true });
  });

  it('makes options of the parameters', () => {
    const parameters = {
      temperature: 0,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.1,
      seed: 7,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
    };
    const { request } = translate({ ...parameters, max_completion_tokens: 50, stop: 'END' });
    expect(request.options).toEqual({ ...parameters, num_predict: 50, stop: ['END'] });
    expect(translate({ max_tokens: 9, stop: ['a', 'b'] }).request.options).toEqual({
      num_predict: 9,
      stop: ['a', 'b'],
    });
  });

  it('passes Ollama’s own parameters on, which stand where both say something', () => {
    const { request } = translate({
      temperature: 1,
      max_tokens: 10,
      options: { num_ctx: 8192, temperature: 0.2 },
      keep_alive: '10m',
      truncate: false,
      shift: false,
    });
    expect(request).toMatchObject({
      options: { num_ctx: 8192, temperature: 0.2, num_predict: 10 },
      keep_alive: '10m',
      truncate: false,
      shift: false,
    });
  });

  it('refuses options that are none', () => {
    expect(() => translate({ options: 'num_ctx=8192' })).toThrow(expect.objectContaining({ param: 'options' }));
  });

  it.each([
    ['none', false],
    ['minimal', 'low'],
    ['low', 'low'],
    ['medium', 'medium'],
    ['high', 'high'],
    ['xhigh', 'high'],
  ])('reasons with effort %s as %s', (effort, think) => {
    expect(translate({ reasoning_effort: effort }).request.think).toBe(think);
    expect(translate({ reasoning: { effort } }).request.think).toBe(think);
  });

  it('thinks as Ollama’s own parameter says', () => {
    expect(translate({ think: true, reasoning_effort: 'none' }).request.think).toBe(true);
    expect(translate({ think: 'high' }).request.think).toBe('high');
    expect(translate({ reasoning: { enabled: false } }).request.think).toBe(false);
    expect(translate({}).request).not.toHaveProperty('think');
    expect(() => translate({ think: 'hard' })).toThrow(expect.objectContaining({ param: 'think' }));
  });

  it('tells of an effort that it does not know, and of a budget', () => {
    const { request, left } = translate({ reasoning_effort: 'heroic', reasoning: { max_tokens: 100 } }, 'warn');
    expect([request.think, left]).toEqual([undefined, ['reasoning.max_tokens', 'reasoning_effort']]);
  });

  it('asks for JSON, and for that of a schema', () => {
    const schema = { type: 'object', properties: { $ref: { type: 'string' } }, additionalProperties: false };
    const formatOf = (format: Record<string, unknown>): unknown =>
      translate({ response_format: format }).request.format;
    expect(formatOf({ type: 'json_object' })).toBe('json');
    expect(formatOf({ type: 'json_schema', json_schema: { name: 'a', schema, strict: true } })).toEqual(schema);
    expect(formatOf({ type: 'json_schema', json_schema: { name: 'a' } })).toBe('json');
    expect(formatOf({ type: 'text' })).toBeUndefined();
  });

  it('asks for probabilities', () => {
    expect(translate({ logprobs: true, top_logprobs: 3 }).request).toMatchObject({ logprobs: true, top_logprobs: 3 });
    expect(translate({ logprobs: false, top_logprobs: 0 }).request).not.toHaveProperty('logprobs');
  });

  it('tells the model of the tools', () => {
    const bare = { type: 'function', function: { name: 'ping' } };
    expect(translate({ tools: [TOOL, bare], tool_choice: 'auto' }).request.tools).toEqual([
      TOOL,
      { type: 'function', function: { name: 'ping', parameters: { type: 'object', properties: {} } } },
    ]);
  });

  it('tells it of none where none may be called', () => {
    expect(translate({ tools: [TOOL], tool_choice: 'none' }).request).not.toHaveProperty('tools');
  });

  it.each(['required', { type: 'function', function: { name: 'get_time' } }])(
    'says that it cannot keep the choice %j',
    (choice) => {
      const { request, left } = translate({ tools: [TOOL], tool_choice: choice }, 'warn');
      expect([request.tools, left]).toEqual([[TOOL], ['tool_choice']]);
      expect(() => translate({ tools: [TOOL], tool_choice: choice })).toThrow(
        expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: 'tool_choice' }),
      );
    },
  );

  it.each([
    ['tools', { tools: [{ type: 'custom', custom: { name: 'code' } }] }, 'tools[0].type'],
    ['functions', { functions: [{ name: 'get_time' }] }, 'functions'],
    ['audio', { modalities: ['text', 'audio'] }, 'modalities'],
  ])('refuses %s of which the answer would be wrong, whatever the policy', (_, fields, param) => {
    expect(() => translate(fields, 'drop')).toThrow(expect.objectContaining({ code: 'unsupported_parameter', param }));
  });

  it.each([
    ['logit_bias', { logit_bias: { '50256': -100 } }],
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['metadata', { metadata: { team: 'a' } }],
    ['store', { store: true }],
    ['safety_identifier', { safety_identifier: 'a' }],
    ['prompt_cache_key', { prompt_cache_key: 'a' }],
    ['service_tier', { service_tier: 'auto' }],
    ['verbosity', { verbosity: 'low' }],
    ['parameter_of_tomorrow', { parameter_of_tomorrow: false }],
    ['tools[0].function.strict', { tools: [{ ...TOOL, function: { ...TOOL.function, strict: true } }] }],
    ['messages[0].name', { messages: [{ role: 'user', content: 'Hi', name: 'Ada' }] }],
    [
      'messages[0].content[0].image_url.detail',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'high' } }],
          },
        ],
      },
    ],
  ])('says that there is nothing for %s', (param, fields) => {
    expect(translate(fields, 'warn').left).toEqual([param]);
    expect(() => translate(fields, 'strict')).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('refuses several answers', () => {
    expect(() => translate({ n: 2 }, 'warn')).toThrow(expect.objectContaining({ status: 400, param: 'n' }));
  });

  it('does not take a default for a wish', () => {
    const defaults = {
      n: 1,
      stream: false,
      logprobs: false,
      parallel_tool_calls: true,
      store: false,
      logit_bias: {},
      metadata: null,
      verbosity: 'medium',
      tool_choice: null,
      tools: [],
      modalities: ['text'],
      user: 'user-1',
    };
    expect(Object.keys(translate(defaults).request)).toEqual(['model', 'messages', 'stream']);
  });
});
