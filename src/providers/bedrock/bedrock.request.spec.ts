import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type ParameterPolicy } from '../../protocol/parameter-policy.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { toConverseRequest } from './bedrock.request.js';
import { type ConverseRequest } from './bedrock.types.js';

const CLAUDE_3_5 = 'anthropic.claude-3-5-sonnet-20241022-v2:0';
const CLAUDE_3_7 = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
const CLAUDE_4_1 = 'us.anthropic.claude-opus-4-1-20250805-v1:0';
const CLAUDE_4_5 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const CLAUDE_4_6 = 'us.anthropic.claude-opus-4-6-v1';
const CLAUDE_5 = 'global.anthropic.claude-sonnet-5';
const NOVA = 'amazon.nova-lite-v1:0';
const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
const GPT_OSS = 'openai.gpt-oss-120b-1:0';
const GPT = 'openai.gpt-5.6-luna';
const LLAMA = 'us.meta.llama4-maverick-17b-instruct-v1:0';
const PROFILE = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef';

const USER = { role: 'user', content: 'Hi' } as const;

interface Translated {
  readonly body: ConverseRequest;
  readonly warnings: readonly string[];
}

function translate(
  changes: Record<string, unknown>,
  upstreamModel = CLAUDE_4_5,
  policy: ParameterPolicy = 'warn',
): Translated {
  const unsupported = new UnsupportedParameters(policy);
  const request = { model: 'm', messages: [USER], ...changes } as unknown as ChatCompletionRequest;
  return { body: toConverseRequest(request, { upstreamModel, unsupported }), warnings: unsupported.names };
}

describe('toConverseRequest', () => {
  it('asks for nothing that was not asked for', () => {
    expect(
      translate({ stream: true, stream_options: { include_usage: true }, user: 'u' }, CLAUDE_4_5, 'strict'),
    ).toEqual({
      body: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
      warnings: [],
    });
  });

  it('takes values by which nothing is asked for', () => {
    const nothing = {
      n: 1,
      logprobs: false,
      presence_penalty: 0,
      frequency_penalty: 0,
      logit_bias: {},
      store: false,
      modalities: ['text'],
      functions: [],
      tools: [],
      parallel_tool_calls: true,
      service_tier: 'auto',
      response_format: { type: 'text' },
      metadata: {},
      seed: null,
      verbosity: 'medium',
      stop: null,
      temperature: null,
      reasoning_effort: null,
    };
    expect(translate(nothing, CLAUDE_4_5, 'strict').body).toEqual(translate({}).body);
  });

  it.each([
    ['n', 2],
    ['modalities', ['text', 'audio']],
    ['functions', [{ name: 'f' }]],
  ])('refuses %s', (name, value) => {
    expect(() => translate({ [name]: value })).toThrow(expect.objectContaining({ status: 400, param: name }));
  });

  it.each([
    ['seed', 7],
    ['logit_bias', { 1: 2 }],
    ['logprobs', true],
    ['store', true],
    ['prompt_cache_key', 'k'],
    ['safety_identifier', 's'],
    ['web_search_options', {}],
    ['nobody_knows', 1],
  ])('tells of %s', (name, value) => {
    expect(translate({ [name]: value })).toEqual({ ...translate({}), warnings: [name] });
    expect(() => translate({ [name]: value }, CLAUDE_4_5, 'strict')).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: name }),
    );
  });

  it('carries limits and sampling', () => {
    const asked = { max_tokens: 5, max_completion_tokens: 7, temperature: 1.5, top_p: 0.5, stop: ['a', '', '\n'] };
    expect(translate(asked, NOVA)).toMatchObject({
      body: { inferenceConfig: { maxTokens: 7, temperature: 1, topP: 0.5, stopSequences: ['a', '\n'] } },
      warnings: [],
    });
    expect(translate({ stop: 'END' }).body.inferenceConfig).toEqual({ stopSequences: ['END'] });
    expect(translate({ stop: ['a', '\n'] })).toMatchObject({
      body: { inferenceConfig: { stopSequences: ['a'] } },
      warnings: ['stop'],
    });
  });

  it.each([
    [CLAUDE_3_5, { temperature: 0.5, topP: 0.5 }, { top_k: 5 }, []],
    [CLAUDE_4_5, { temperature: 0.5 }, { top_k: 5 }, ['top_p']],
    [CLAUDE_5, undefined, undefined, ['temperature', 'top_p', 'top_k']],
    [NOVA, { temperature: 0.5, topP: 0.5 }, { inferenceConfig: { topK: 5 } }, []],
    ['cohere.command-r-plus-v1:0', { temperature: 0.5, topP: 0.5 }, { k: 5 }, []],
    [LLAMA, { temperature: 0.5, topP: 0.5 }, undefined, ['top_k']],
  ])('%s takes of sampling what it knows', (model, inferenceConfig, fields, warnings) => {
    const { body, ...told } = translate({ temperature: 0.5, top_p: 0.5, top_k: 5 }, model);
    expect(body.inferenceConfig).toEqual(inferenceConfig);
    expect(body.additionalModelRequestFields).toEqual(fields);
    expect(told.warnings).toEqual(warnings);
  });

  it.each(['default', 'flex', 'priority', 'reserved'])('asks for the tier %s', (tier) => {
    expect(translate({ service_tier: tier }).body.serviceTier).toEqual({ type: tier });
  });

  it('tells of a tier that Bedrock has not', () => {
    expect(translate({ service_tier: 'scale' })).toEqual({ ...translate({}), warnings: ['service_tier'] });
  });

  it('carries metadata, where Bedrock takes it', () => {
    expect(translate({ metadata: { team: 'search & co' } })).toEqual({ ...translate({}), warnings: ['metadata'] });
    expect(translate({ metadata: { team: 'search' } }).body.requestMetadata).toEqual({ team: 'search' });
  });

  it('passes on Converse’s own parameters', () => {
    const native = {
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1', trace: 'enabled' },
      performanceConfig: { latency: 'optimized' },
      promptVariables: { a: { text: 'b' } },
      requestMetadata: { team: 'a' },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      additionalModelRequestFields: { anthropic_beta: ['x'], top_k: 9 },
    };
    expect(translate({ ...native, top_k: 5 }, CLAUDE_4_5, 'strict').body).toMatchObject(native);
  });
});

describe('toConverseRequest: formats', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const asked = { response_format: { type: 'json_schema', json_schema: { name: 'n', description: 'd', schema } } };

  it.each([CLAUDE_4_5, CLAUDE_5, GPT_OSS, PROFILE, 'qwen.qwen3-32b-v1:0'])('are kept by %s', (model) => {
    expect(translate(asked, model, 'strict').body.outputConfig).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { schema: JSON.stringify(schema), name: 'n', description: 'd' } },
      },
    });
  });

  it.each([CLAUDE_3_7, CLAUDE_4_1, NOVA_2, LLAMA])('are an instruction for %s', (model) => {
    const { body, warnings } = translate(asked, model);
    expect(body.outputConfig).toBeUndefined();
    expect(JSON.stringify(body.system)).toContain(JSON.stringify(JSON.stringify(schema)).slice(1, -1));
    expect(warnings).toEqual(['response_format']);
  });

  it('without a schema are an instruction', () => {
    for (const format of [{ type: 'json_object' }, { type: 'json_schema', json_schema: { name: 'n' } }]) {
      const { body } = translate({ response_format: format }, CLAUDE_4_5, 'strict');
      expect(body.system).toEqual([
        { text: expect.stringMatching(/one valid JSON object .* no other text\.$/) as string },
      ]);
    }
  });
});

describe('toConverseRequest: tools', () => {
  const parameters = { properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string' } } };
  const tool = { type: 'function', function: { name: 'f', description: 'does', parameters, strict: true } };
  const bare = { type: 'function', function: { name: 'g', description: '' } };
  const history = [
    USER,
    { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'h', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'a', content: 'ok' },
  ];

  it('keep their schemas', () => {
    expect(translate({ tools: [tool, bare] }, CLAUDE_4_5, 'strict').body.toolConfig).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'f',
            description: 'does',
            inputSchema: { json: { type: 'object', ...parameters } },
            strict: true,
          },
        },
        { toolSpec: { name: 'g', inputSchema: { json: { type: 'object', properties: {} } } } },
      ],
    });
  });

  it('are not strict where the model cannot keep to them', () => {
    const { body, warnings } = translate({ tools: [tool] }, NOVA);
    expect(JSON.stringify(body)).not.toContain('strict');
    expect(warnings).toEqual(['tools[0].function.strict']);
  });

  it.each([
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'f' } }, { tool: { name: 'f' } }],
    ['auto', undefined],
  ])('are chosen by %j', (choice, toolChoice) => {
    expect(translate({ tools: [tool], tool_choice: choice }).body.toolConfig?.toolChoice).toEqual(toolChoice);
  });

  it('stay here where none may be called', () => {
    expect(translate({ tools: [tool], tool_choice: 'none' }, CLAUDE_4_5, 'strict').body).toEqual(translate({}).body);
  });

  it('go along all the same where some were called already, and the client is told', () => {
    const { body, warnings } = translate({ messages: history, tools: [tool], tool_choice: 'none' });
    expect(body.toolConfig?.tools).toHaveLength(1);
    expect(body.toolConfig?.toolChoice).toBeUndefined();
    expect(warnings).toEqual(['tool_choice']);
  });

  it('that were called stand in where the request brings none', () => {
    expect(translate({ messages: history }, CLAUDE_4_5, 'strict').body.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'h', inputSchema: { json: { type: 'object', properties: {} } } } }],
    });
  });

  it('of the provider’s own travel as they are', () => {
    const system = { systemTool: { name: 'nova_grounding' } };
    expect(translate({ tools: [bare, system] }, NOVA_2, 'strict').body.toolConfig?.tools[1]).toEqual(system);
  });

  it('end a cache', () => {
    const cached = { ...bare, cache_control: { type: 'ephemeral' } };
    const inside = {
      type: 'function',
      function: { ...bare.function, cache_control: { type: 'ephemeral', ttl: '5m' } },
    };
    expect(translate({ tools: [cached, inside] }).body.toolConfig?.tools.filter((one) => 'cachePoint' in one)).toEqual([
      { cachePoint: { type: 'default' } },
      { cachePoint: { type: 'default', ttl: '5m' } },
    ]);
    expect(translate({ tools: [cached] }, NOVA).warnings).toEqual(['tools[0].cache_control']);
  });

  it('are told where they may not be called at once', () => {
    expect(translate({ tools: [bare], parallel_tool_calls: false }).warnings).toEqual(['parallel_tool_calls']);
    expect(translate({ parallel_tool_calls: false }).warnings).toEqual([]);
  });

  it.each([
    ['a tool', { tools: [{ type: 'custom', custom: {} }] }, 'tools[0].type'],
    ['a choice', { tools: [bare], tool_choice: { type: 'allowed_tools' } }, 'tool_choice'],
  ])('refuses %s of another kind', (_name, changes, param) => {
    expect(() => translate(changes)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe('toConverseRequest: reasoning', () => {
  const fieldsOf = (changes: Record<string, unknown>, model: string): unknown =>
    translate(changes, model, 'strict').body.additionalModelRequestFields;

  it.each([
    [CLAUDE_3_7, 'low', { thinking: { type: 'enabled', budget_tokens: 2_048 } }],
    [CLAUDE_4_6, 'high', { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    [CLAUDE_5, 'none', { thinking: { type: 'disabled' } }],
    [CLAUDE_3_5, 'none', undefined],
    [NOVA_2, 'minimal', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }],
    [NOVA_2, 'xhigh', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } }],
    [NOVA_2, 'none', { reasoningConfig: { type: 'disabled' } }],
    [GPT_OSS, 'medium', { reasoning_effort: 'medium' }],
    [GPT, 'minimal', { reasoning: { effort: 'low' } }],
    [GPT, 'max', { reasoning: { effort: 'max' } }],
  ])('%s is asked for %s', (model, effort, fields) => {
    expect(fieldsOf({ reasoning_effort: effort }, model)).toEqual(fields);
    expect(fieldsOf({ reasoning: { effort } }, model)).toEqual(fields);
  });

  it.each([CLAUDE_3_5, NOVA, LLAMA, PROFILE])('%s knows no effort, and the client is told', (model) => {
    expect(translate({ reasoning_effort: 'high' }, model)).toEqual({
      ...translate({}, model),
      warnings: ['reasoning_effort'],
    });
    expect(translate({ reasoning: { effort: 'high' } }, model).warnings).toEqual(['reasoning']);
  });

  it('has room for the answer beside the budget', () => {
    expect(translate({ reasoning_effort: 'high' }, CLAUDE_3_7).body.inferenceConfig).toEqual({ maxTokens: 16_000 });
    const limited = translate({ reasoning_effort: 'high', max_tokens: 3_000 }, CLAUDE_3_7).body;
    expect(limited.inferenceConfig).toEqual({ maxTokens: 3_000 });
    expect(limited.additionalModelRequestFields).toEqual({ thinking: { type: 'enabled', budget_tokens: 1_976 } });
  });

  it('goes by the words of the client where those are Anthropic’s', () => {
    const thinking = { type: 'enabled', budget_tokens: 20_000 };
    const { body } = translate({ thinking, reasoning_effort: 'low' }, CLAUDE_3_7, 'strict');
    expect(body.additionalModelRequestFields).toEqual({ thinking });
    expect(body.inferenceConfig).toEqual({ maxTokens: 36_000 });
    expect(translate({ thinking }, NOVA_2)).toEqual({ ...translate({}, NOVA_2), warnings: ['thinking'] });
  });

  it('leaves no room for sampling', () => {
    const { body, warnings } = translate(
      { reasoning_effort: 'low', temperature: 0.5, top_p: 0.9, top_k: 4 },
      CLAUDE_3_7,
    );
    expect(body.inferenceConfig).toEqual({ maxTokens: 16_000 });
    expect(warnings).toEqual(['temperature', 'top_p', 'top_k']);
    // What Claude would take anyway.
    expect(translate({ reasoning_effort: 'low', temperature: 1 }, CLAUDE_3_7).warnings).toEqual([]);
  });

  it('of Nova gives way to a limit', () => {
    const { body } = translate({ reasoning_effort: 'high', max_tokens: 50 }, NOVA_2);
    expect(body.additionalModelRequestFields).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
    });
  });

  it.each([
    ['a forced call', { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'required' }],
    ['an answer begun', { messages: [USER, { role: 'assistant', content: 'It is' }] }],
    [
      'calls without their thinking',
      {
        messages: [
          USER,
          { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
          { role: 'tool', tool_call_id: 'a', content: 'ok' },
        ],
      },
    ],
    ['too low a limit', { max_tokens: 1_500 }],
  ])('gives way to %s, and the client is told', (_name, changes) => {
    const { body, warnings } = translate({ ...changes, reasoning_effort: 'low' }, CLAUDE_3_7);
    expect(body.additionalModelRequestFields).toBeUndefined();
    expect(warnings).toEqual(['reasoning_effort']);
  });

  it('goes on between calls whose thinking came back', () => {
    const messages = [
      USER,
      {
        role: 'assistant',
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1' }],
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'ok' },
    ];
    expect(fieldsOf({ messages, reasoning_effort: 'low' }, CLAUDE_3_7)).toMatchObject({
      thinking: { type: 'enabled' },
    });
  });
});
