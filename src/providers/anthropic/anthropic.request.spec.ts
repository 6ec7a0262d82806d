import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { LEFT_OUT } from './anthropic.limits.js';
import { toMessagesRequest } from './anthropic.request.js';

const HAIKU = 'claude-haiku-4-5';
const OPUS = 'claude-opus-4-8';
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
} as const;
const weatherTool = {
  name: 'weather',
  description: 'Weather.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
};

function translate(fields: Partial<ChatCompletionRequest>, upstreamModel = HAIKU, streaming = false) {
  const request = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }], ...fields } as ChatCompletionRequest;
  return toMessagesRequest(request, { upstreamModel, streaming });
}

const minimal = {
  model: HAIKU,
  max_tokens: 64_000,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
};

describe('toMessagesRequest', () => {
  it('sends no more than it must', () => {
    expect(translate({})).toEqual(minimal);
    expect(translate({ stream: true, stream_options: { include_usage: true } }, HAIKU, true)).toEqual({
      ...minimal,
      stream: true,
    });
  });

  it('sends nothing for null, nor for what it ignores', () => {
    const nulls = [
      'max_tokens',
      'temperature',
      'top_p',
      'n',
      'stop',
      'tools',
      'tool_choice',
      'response_format',
      'user',
    ];
    expect(translate(Object.fromEntries(nulls.map((name) => [name, null])))).toEqual(minimal);
    const ignored = Object.fromEntries(Object.keys(LEFT_OUT).map((name) => [name, { some: 'value' }]));
    expect(translate(ignored)).toEqual(minimal);
  });

  it('prefers max_completion_tokens', () => {
    expect(translate({ max_tokens: 5 }).max_tokens).toBe(5);
    expect(translate({ max_tokens: 5, max_completion_tokens: 6 }).max_tokens).toBe(6);
  });

  it('keeps stop sequences that are more than white space', () => {
    expect(translate({ stop: 'END' }).stop_sequences).toEqual(['END']);
    expect(translate({ stop: ['a', ' \n', 'b '] }).stop_sequences).toEqual(['a', 'b ']);
    expect(translate({ stop: ['\n'] })).toEqual(minimal);
  });

  it('names the user', () => {
    expect(translate({ user: 'u1' }).metadata).toEqual({ user_id: 'u1' });
    expect(translate({ safety_identifier: 'u2' }).metadata).toEqual({ user_id: 'u2' });
    expect(translate({ metadata: { user_id: 'u3', other: 'x' } }).metadata).toEqual({ user_id: 'u3' });
  });

  it.each([
    ['auto', 'auto'],
    ['priority', 'auto'],
    ['default', 'standard_only'],
    ['flex', undefined],
  ])('service tier %s is %s', (tier, expected) => {
    expect(translate({ service_tier: tier }).service_tier).toBe(expected);
  });

  it.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ modalities: ['text', 'audio'], audio: {} }, 'modalities'],
    [{ functions: [{ name: 'a' }] }, 'functions'],
  ])('refuses %j', (fields, param) => {
    expect(() => translate(fields)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
    );
  });

  it('takes what only looks like it', () => {
    expect(translate({ n: 1, logprobs: false, modalities: ['text'], functions: [] })).toEqual(minimal);
  });
});

describe('toMessagesRequest: sampling', () => {
  it('brings temperatures of OpenAI’s range into Anthropic’s', () => {
    expect(translate({ temperature: 0 }).temperature).toBe(0);
    expect(translate({ temperature: 0.7 }).temperature).toBe(0.7);
    expect(translate({ temperature: 1.6 }).temperature).toBe(1);
  });

  it('sends no more than the model takes', () => {
    const sampling = { temperature: 0.5, top_p: 0.9, top_k: 40 };
    expect(translate(sampling, 'claude-sonnet-4-0')).toMatchObject(sampling);
    expect(translate(sampling, HAIKU)).toEqual({ ...minimal, temperature: 0.5, top_k: 40 });
    expect(translate({ top_p: 0.9 }, HAIKU).top_p).toBe(0.9);
    expect(translate(sampling, OPUS)).toEqual({ ...minimal, model: OPUS, max_tokens: 128_000 });
  });

  it('sends none beside thinking', () => {
    const request = translate({ temperature: 0.5, top_p: 0.9, top_k: 40, reasoning_effort: 'low' });
    expect(request).toEqual({ ...minimal, thinking: { type: 'enabled', budget_tokens: 2_048 } });
    expect(translate({ temperature: 0.5, thinking: { type: 'disabled' } }).temperature).toBe(0.5);
  });
});

describe('toMessagesRequest: tools', () => {
  it('sends tools with every keyword of their schema', () => {
    const parameters = {
      properties: { a: { $ref: '#/$defs/A' } },
      $defs: { A: { type: ['string', 'null'], pattern: '^a' } },
      'x-own': 1,
    };
    const tools = [
      { type: 'function', function: { name: 'a', parameters, strict: true } },
      { type: 'function', function: { name: 'b' } },
    ];
    expect(translate({ tools } as Partial<ChatCompletionRequest>).tools).toEqual([
      { name: 'a', input_schema: { type: 'object', ...parameters }, strict: true },
      { name: 'b', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  it('carries cache breakpoints', () => {
    const tools = [{ ...weather, cache_control: { type: 'ephemeral', ttl: '1h' } as const }];
    expect(translate({ tools }).tools).toEqual([{ ...weatherTool, cache_control: { type: 'ephemeral', ttl: '1h' } }]);
  });

  it('passes on the provider’s own tools, and refuses others', () => {
    const search = { type: 'web_search_20250305', name: 'web_search' };
    expect(translate({ tools: [search] } as unknown as Partial<ChatCompletionRequest>).tools).toEqual([search]);
    expect(() =>
      translate({ tools: [{ type: 'custom', custom: {} }] } as unknown as Partial<ChatCompletionRequest>),
    ).toThrow(expect.objectContaining({ code: 'unsupported_parameter', param: 'tools[0].type' }));
  });

  it.each([
    [{}, undefined],
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: { type: 'function', function: { name: 'weather' } } }, { type: 'tool', name: 'weather' }],
    [{ parallel_tool_calls: true }, undefined],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { parallel_tool_calls: false, tool_choice: 'required' },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{ parallel_tool_calls: false, tool_choice: 'none' }, { type: 'none' }],
    [
      { parallel_tool_calls: false, tool_choice: { type: 'function', function: { name: 'weather' } } },
      { type: 'tool', name: 'weather', disable_parallel_tool_use: true },
    ],
  ])('chooses by %j', (fields, choice) => {
    const request = translate({ tools: [weather], ...(fields as Partial<ChatCompletionRequest>) });
    expect(request.tool_choice).toEqual(choice);
    expect(request.tools).toEqual([weatherTool]);
  });

  it('refuses a choice that Anthropic does not have', () => {
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } };
    expect(() =>
      translate({ tools: [weather], tool_choice: choice } as unknown as Partial<ChatCompletionRequest>),
    ).toThrow(expect.objectContaining({ code: 'unsupported_parameter', param: 'tool_choice' }));
  });

  it('sends no choice without tools', () => {
    expect(translate({ tool_choice: 'none', parallel_tool_calls: false, tools: [] })).toEqual(minimal);
  });
});

describe('toMessagesRequest: formats', () => {
  it('asks for a schema, unchanged', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer', minimum: 1 } },
      additionalProperties: false,
      'x-own': 1,
    };
    const format = { type: 'json_schema', json_schema: { name: 'A', schema, strict: true } } as const;
    expect(translate({ response_format: format })).toEqual({
      ...minimal,
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect(translate({ response_format: format, reasoning_effort: 'low' }, OPUS).output_config).toEqual({
      effort: 'low',
      format: { type: 'json_schema', schema },
    });
  });

  it('instructs where only JSON is asked for', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ] as ChatCompletionRequest['messages'];
    const { system } = translate({ messages, response_format: { type: 'json_object' } });
    expect(system).toHaveLength(2);
    expect(system?.[0]?.text).toBe('Be brief.');
    expect(system?.[1]?.text).toContain('JSON object');
    expect(translate({ response_format: { type: 'text' } })).toEqual(minimal);
  });
});

describe('toMessagesRequest: thinking', () => {
  const loop = (assistant: object): Partial<ChatCompletionRequest> => ({
    tools: [weather],
    reasoning_effort: 'high',
    messages: [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        tool_calls: [{ id: 't', type: 'function', function: { name: 'weather', arguments: '{}' } }],
        ...assistant,
      },
      { role: 'tool', tool_call_id: 't', content: 'Sunny' },
    ],
  });

  it.each([
    [{ reasoning_effort: 'minimal' }, 1_024],
    [{ reasoning_effort: 'low' }, 2_048],
    [{ reasoning_effort: 'medium' }, 8_192],
    [{ reasoning_effort: 'high' }, 16_384],
    [{ reasoning: { effort: 'medium' } }, 8_192],
    [{ reasoning: { max_tokens: 5_000 } }, 5_000],
    [{ reasoning_effort: 'high', max_completion_tokens: 4_000 }, 2_976],
  ])('%j is a budget of %i', (fields, budget) => {
    const request = translate(fields);
    expect(request.thinking).toEqual({ type: 'enabled', budget_tokens: budget });
    expect(request.max_tokens).toBeGreaterThan(budget);
  });

  it('gives way where the API would refuse it', () => {
    expect(translate({ reasoning_effort: 'high', max_tokens: 2_000 }).thinking).toBeUndefined();
    expect(translate({ reasoning_effort: 'high', tools: [weather], tool_choice: 'required' }).thinking).toBeUndefined();
    expect(translate(loop({})).thinking).toBeUndefined();
    expect(translate({ reasoning_effort: 'high' }, 'claude-3-5-haiku-20241022').thinking).toBeUndefined();
    const begun = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Well' },
    ] as ChatCompletionRequest['messages'];
    expect(translate({ reasoning_effort: 'high', messages: begun }).thinking).toBeUndefined();
  });

  it('goes on in the middle of tool calls whose thinking came back', () => {
    const details = [{ type: 'reasoning.text', text: 'Hm.', signature: 'sig' }];
    expect(translate(loop({ reasoning_details: details })).thinking).toEqual({
      type: 'enabled',
      budget_tokens: 16_384,
    });
  });

  it.each([
    ['claude-opus-4-6', 'high', { type: 'adaptive' }, 'high'],
    ['claude-opus-4-6', 'xhigh', { type: 'adaptive' }, 'max'],
    [OPUS, 'xhigh', { type: 'adaptive', display: 'summarized' }, 'xhigh'],
    [OPUS, 'minimal', { type: 'adaptive', display: 'summarized' }, 'low'],
    [OPUS, 'none', undefined, undefined],
    ['claude-opus-5', 'none', { type: 'disabled' }, undefined],
    ['claude-opus-5-5', 'none', undefined, 'low'],
  ])('%s at effort %s', (model, effort, thinking, expected) => {
    const request = translate({ reasoning_effort: effort }, model);
    expect(request.thinking).toEqual(thinking);
    expect(request.output_config?.['effort']).toBe(expected);
  });

  it('passes on Anthropic’s own words', () => {
    const thinking = { type: 'enabled', budget_tokens: 100_000 };
    const request = translate({ thinking, reasoning_effort: 'low', output_config: { effort: 'high' } });
    expect(request).toMatchObject({ thinking, output_config: { effort: 'high' }, max_tokens: 164_000 });
  });
});
