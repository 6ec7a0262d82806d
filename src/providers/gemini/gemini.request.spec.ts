import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type ParameterPolicy } from '../../protocol/parameter-policy.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { type GeminiService, toGenerateContentRequest } from './gemini.request.js';

const FLASH = 'gemini-2.5-flash';
const NEW = 'gemini-3.8-flash';
const HI = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false },
  },
} as const;

interface Given {
  readonly model?: string;
  readonly service?: GeminiService;
  readonly policy?: ParameterPolicy;
}

function both(fields: Record<string, unknown>, { model = FLASH, service = 'gemini', policy = 'warn' }: Given = {}) {
  const unsupported = new UnsupportedParameters(policy);
  const request = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }], ...fields } as ChatCompletionRequest;
  const written = toGenerateContentRequest(request, { upstreamModel: model, service, unsupported });
  return { written, names: unsupported.names };
}

const translate = (fields: Record<string, unknown>, given?: Given) => both(fields, given).written;
const configOf = (fields: Record<string, unknown>, given?: Given) => translate(fields, given).generationConfig;

describe('toGenerateContentRequest', () => {
  it('sends no more than it must', () => {
    expect(translate({ stream: true, stream_options: { include_usage: true }, user: 'u' })).toEqual(HI);
    const usual = {
      n: 1,
      stream: false,
      logprobs: false,
      store: false,
      parallel_tool_calls: true,
      stop: null,
      tools: [],
    };
    expect(both(usual, { policy: 'strict' })).toEqual({ written: HI, names: [] });
  });

  it('carries the parameters', () => {
    const { written, names } = both({
      max_completion_tokens: 9,
      temperature: 1.5,
      top_p: 0.5,
      top_k: 3,
      n: 2,
      stop: ['a', ''],
      seed: 7,
      presence_penalty: 1,
      frequency_penalty: -1,
      logprobs: true,
      top_logprobs: 4,
    });
    expect(written.generationConfig).toEqual({
      maxOutputTokens: 9,
      temperature: 1.5,
      topP: 0.5,
      topK: 3,
      candidateCount: 2,
      stopSequences: ['a'],
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: -1,
      responseLogprobs: true,
      logprobs: 4,
    });
    expect(names).toEqual([]);
  });

  it('tells what later models do not heed, and does not send what they refuse', () => {
    const asked = { temperature: 0, top_p: 0.5, presence_penalty: 1, frequency_penalty: 0, seed: 1 };
    expect(both(asked, { model: NEW })).toEqual({
      written: { ...HI, generationConfig: { seed: 1 } },
      names: ['temperature', 'top_p', 'presence_penalty'],
    });
    expect(() => both({ n: 2 }, { model: NEW })).toThrow(expect.objectContaining({ status: 400, param: 'n' }));
    expect(both({ temperature: 1, top_p: 1, presence_penalty: 0 }, { model: NEW }).names).toEqual([]);
  });

  it('names every parameter that has no counterpart', () => {
    const asked = {
      logit_bias: { 1: 1 },
      metadata: { a: 'b' },
      store: true,
      prediction: {},
      verbosity: 'low',
      own: 1,
      user: 'u',
    };
    expect(both(asked).names).toEqual(['logit_bias', 'metadata', 'store', 'verbosity', 'own']);
    expect(() => both(asked, { policy: 'strict' })).toThrow(expect.objectContaining({ param: 'logit_bias' }));
    const named = [{ role: 'user', name: 'Ann', content: 'Hi' }];
    expect(both({ messages: named }).names).toEqual(['messages[0].name']);
  });

  describe('with an effort to think', () => {
    it.each<[string, string, Record<string, unknown>]>([
      [FLASH, 'none', { thinkingBudget: 0 }],
      [FLASH, 'minimal', { includeThoughts: true, thinkingBudget: 1_024 }],
      [FLASH, 'medium', { includeThoughts: true, thinkingBudget: 8_192 }],
      [FLASH, 'xhigh', { includeThoughts: true, thinkingBudget: 24_576 }],
      ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
      ['gemini-2.5-pro', 'max', { includeThoughts: true, thinkingBudget: 32_768 }],
      ['gemini-3-pro-preview', 'none', { thinkingLevel: 'low' }],
      ['gemini-3-pro-preview', 'medium', { includeThoughts: true, thinkingLevel: 'high' }],
      ['gemini-3-flash-preview', 'minimal', { includeThoughts: true, thinkingLevel: 'minimal' }],
      [NEW, 'minimal', { includeThoughts: true, thinkingLevel: 'low' }],
      [NEW, 'max', { includeThoughts: true, thinkingLevel: 'high' }],
    ])('has %s think with %s', (model, effort, thinkingConfig) => {
      expect(configOf({ reasoning_effort: effort }, { model })).toEqual({ thinkingConfig });
    });

    it('takes it in OpenRouter’s words', () => {
      expect(configOf({ reasoning: { max_tokens: 2_000, exclude: true } })).toEqual({
        thinkingConfig: { thinkingBudget: 2_000 },
      });
      expect(configOf({ reasoning: { enabled: true } }, { model: NEW })).toEqual({
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'medium' },
      });
    });

    it('takes it in Google’s words, which stand', () => {
      const thinkingConfig = { thinking_budget: 5, include_thoughts: false };
      expect(configOf({ reasoning_effort: 'high', thinking_config: thinkingConfig })).toEqual({ thinkingConfig });
      expect(both({ extra_body: { google: { thinking_config: thinkingConfig } } })).toEqual({
        written: { ...HI, generationConfig: { thinkingConfig } },
        names: [],
      });
    });

    it('says where a model cannot', () => {
      expect(both({ reasoning_effort: 'low' }, { model: 'gemini-2.0-flash' })).toEqual({
        written: HI,
        names: ['reasoning_effort'],
      });
      expect(both({ reasoning_effort: 'none' }, { model: 'gemini-2.0-flash' }).names).toEqual([]);
    });
  });

  describe('with a format', () => {
    const schema = { type: 'object', properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { type: 'string' } } };
    const format = { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } };

    it('asks for any object', () => {
      expect(configOf({ response_format: { type: 'json_object' } })).toEqual({ responseMimeType: 'application/json' });
      expect(configOf({ response_format: { type: 'text' } })).toBeUndefined();
    });

    it('passes a schema on whole', () => {
      expect(configOf({ response_format: format })).toEqual({
        responseMimeType: 'application/json',
        responseJsonSchema: schema,
      });
    });

    it('writes it in the subset of earlier models', () => {
      expect(configOf({ response_format: format }, { model: 'gemini-2.0-flash' })).toEqual({
        responseMimeType: 'application/json',
        responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
      });
    });
  });

  describe('with tools', () => {
    const { parameters } = weather.function;
    const declaration = { name: 'weather', description: 'Weather.', parametersJsonSchema: parameters };

    it('declares functions', () => {
      expect(translate({ tools: [weather, { type: 'function', function: { name: 'now' } }] })).toEqual({
        ...HI,
        tools: [{ functionDeclarations: [declaration, { name: 'now' }] }],
      });
    });

    it('writes their schemas in the subset of earlier models', () => {
      const empty = { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } };
      expect(translate({ tools: [weather, empty] }, { model: 'gemini-1.5-flash' }).tools).toEqual([
        {
          functionDeclarations: [
            {
              name: 'weather',
              description: 'Weather.',
              parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } },
            },
            { name: 'now' },
          ],
        },
      ]);
    });

    it.each<[unknown, Record<string, unknown> | undefined]>([
      [undefined, undefined],
      ['auto', { mode: 'AUTO' }],
      ['none', { mode: 'NONE' }],
      ['required', { mode: 'ANY' }],
      [
        { type: 'function', function: { name: 'weather' } },
        { mode: 'ANY', allowedFunctionNames: ['weather'] },
      ],
      [
        {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'weather' } }] },
        },
        { mode: 'VALIDATED', allowedFunctionNames: ['weather'] },
      ],
    ])('chooses %j', (choice, functionCallingConfig) => {
      expect(translate({ tools: [weather], tool_choice: choice }).toolConfig).toEqual(
        functionCallingConfig === undefined ? undefined : { functionCallingConfig },
      );
    });

    it('refuses other choices', () => {
      const choice = { type: 'custom', custom: { name: 'c' } };
      expect(() => translate({ tools: [weather], tool_choice: choice })).toThrow(
        expect.objectContaining({ status: 400, param: 'tool_choice' }),
      );
    });

    it('holds strict ones to their schemas, where the model can', () => {
      const strict = { ...weather, function: { ...weather.function, strict: true } };
      expect(translate({ tools: [strict] }).toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } });
      expect(both({ tools: [weather, strict] }, { model: 'gemini-2.0-flash' }).names).toEqual([
        'tools[1].function.strict',
      ]);
    });

    it('says that calls cannot be held to one at a time', () => {
      expect(both({ tools: [weather], parallel_tool_calls: false }).names).toEqual(['parallel_tool_calls']);
    });

    it('takes Google’s own', () => {
      const tools = [weather, { type: 'google_search' }, { type: 'codeExecution', codeExecution: { a: 1 } }];
      expect(translate({ tools }).tools).toEqual([
        { functionDeclarations: [declaration] },
        { googleSearch: {} },
        { codeExecution: { a: 1 } },
      ]);
      expect(both({ web_search_options: { search_context_size: 'low' } })).toEqual({
        written: { ...HI, tools: [{ googleSearch: {} }] },
        names: ['web_search_options.search_context_size'],
      });
    });

    it('refuses others', () => {
      expect(() => translate({ tools: [weather, { type: 'custom', custom: {} }] })).toThrow(
        expect.objectContaining({ status: 400, param: 'tools[1].type' }),
      );
      expect(() => translate({ functions: [{ name: 'f' }] })).toThrow(expect.objectContaining({ param: 'functions' }));
    });
  });

  describe('with media to come out', () => {
    it('asks for them', () => {
      expect(configOf({ modalities: ['text', 'image'] })).toEqual({ responseModalities: ['TEXT', 'IMAGE'] });
      expect(configOf({ modalities: ['text'] })).toBeUndefined();
    });

    it('asks for speech with a voice', () => {
      const asked = { modalities: ['audio'], audio: { voice: 'Kore', format: 'wav' } };
      expect(both(asked)).toEqual({
        written: {
          ...HI,
          generationConfig: {
            responseModalities: ['AUDIO'],
            speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
          },
        },
        names: [],
      });
      expect(both({ ...asked, stream: true }).names).toEqual(['audio.format']);
      expect(both({ ...asked, audio: { voice: 'Kore', format: 'mp3' } }).names).toEqual(['audio.format']);
    });
  });

  it('passes Google’s own parameters on', () => {
    const safety = [{ category: 'c', threshold: 't' }];
    expect(both({ cached_content: 'cachedContents/1', safety_settings: safety })).toEqual({
      written: { ...HI, cachedContent: 'cachedContents/1', safetySettings: safety },
      names: [],
    });
    expect(both({ extra_body: { google: { cached_content: 'cachedContents/1', other: 1 } } })).toEqual({
      written: { ...HI, cachedContent: 'cachedContents/1' },
      names: ['extra_body.other'],
    });
  });

  it.each<[string, GeminiService, string | undefined, string[]]>([
    ['auto', 'gemini', undefined, []],
    ['default', 'gemini', 'standard', []],
    ['flex', 'gemini', 'flex', []],
    ['priority', 'gemini', 'priority', []],
    ['scale', 'gemini', undefined, ['service_tier']],
    ['default', 'vertex', undefined, []],
    ['flex', 'vertex', undefined, ['service_tier']],
  ])('gives %s at %s the tier %s', (tier, service, serviceTier, names) => {
    const told = both({ service_tier: tier }, { service });
    expect([told.written.serviceTier, told.names]).toEqual([serviceTier, names]);
  });
});
