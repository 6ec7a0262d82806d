import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { toCohereRequest } from './cohere.request.js';

interface Translated {
  readonly body: Record<string, unknown>;
  readonly unsupported: string[];
}

function translate(
  fields: Partial<ChatCompletionRequest> = {},
  { upstreamModel = 'command-a-03-2025', streaming = false } = {},
): Translated {
  const unsupported: string[] = [];
  const request: ChatCompletionRequest = { model: 'any', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const body = toCohereRequest(request, {
    upstreamModel,
    streaming,
    unsupported: (param) => void unsupported.push(param),
  });
  return { body: { ...body }, unsupported };
}

const BASE = { model: 'command-a-03-2025', messages: [{ role: 'user', content: 'Hi' }], stream: false };

describe('toCohereRequest', () => {
  it('says no more than it must', () => {
    expect(translate()).toEqual({ body: BASE, unsupported: [] });
    expect(translate({}, { streaming: true }).body).toEqual({ ...BASE, stream: true });
  });

  it.each<[Partial<ChatCompletionRequest>, object]>([
    [{ max_tokens: 5 }, { max_tokens: 5 }],
    [{ max_tokens: 5, max_completion_tokens: 7 }, { max_tokens: 7 }],
    [{ stop: 'END' }, { stop_sequences: ['END'] }],
    [{ stop: ['END', ''] }, { stop_sequences: ['END'] }],
    [
      { temperature: 0, seed: 7 },
      { temperature: 0, seed: 7 },
    ],
    [{ top_p: 0.5 }, { p: 0.5 }],
    [{ top_p: 1 }, { p: 0.99 }],
    [{ top_p: 0 }, { p: 0.01 }],
    [{ top_k: 3 }, { k: 3 }],
    [{ k: 4 }, { k: 4 }],
    [
      { frequency_penalty: 0.5, presence_penalty: 2 },
      { frequency_penalty: 0.5, presence_penalty: 1 },
    ],
    [{ logprobs: true }, { logprobs: true }],
    [{ response_format: { type: 'json_object' } }, { response_format: { type: 'json_object' } }],
    [
      {
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
      },
      { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
    ],
    [{ response_format: { type: 'text' } }, {}],
    [
      { documents: [{ data: { text: 'd' } }], citation_options: { mode: 'fast' }, safety_mode: 'STRICT' },
      { documents: [{ data: { text: 'd' } }], citation_options: { mode: 'fast' }, safety_mode: 'STRICT' },
    ],
  ])('carries %j', (fields, expected) => {
    expect(translate(fields)).toEqual({ body: { ...BASE, ...expected }, unsupported: [] });
  });

  it.each<[Partial<ChatCompletionRequest>, string[]]>([
    [{ n: 2 }, ['n']],
    [{ logit_bias: { '1': 5 } }, ['logit_bias']],
    [{ logprobs: true, top_logprobs: 2 }, ['top_logprobs']],
    [{ parallel_tool_calls: false }, ['parallel_tool_calls']],
    [{ frequency_penalty: -0.5 }, ['frequency_penalty']],
    [{ modalities: ['text', 'audio'] }, ['modalities']],
    [{ metadata: { a: 'b' }, store: true, service_tier: 'auto' }, ['metadata', 'store', 'service_tier']],
    [
      { safety_identifier: 's', prompt_cache_key: 'p', verbosity: 'low' },
      ['safety_identifier', 'prompt_cache_key', 'verbosity'],
    ],
    [{ functions: [{ name: 'f' }] }, ['functions']],
    [{ my_own: 1 }, ['my_own']],
    [{ messages: [{ role: 'user', content: 'Hi', name: 'Ann' }] }, ['messages[0].name']],
    [{ reasoning_effort: 'low' }, ['reasoning_effort']],
    [{ reasoning: { max_tokens: 100 } }, ['reasoning']],
  ])('has nothing for %j', (fields, unsupported) => {
    expect(translate(fields).unsupported).toEqual(unsupported);
  });

  it('does not take a default for a wish', () => {
    const { unsupported } = translate({
      n: 1,
      logit_bias: {},
      logprobs: false,
      top_logprobs: 0,
      parallel_tool_calls: true,
      frequency_penalty: 0,
      modalities: ['text'],
      metadata: null,
      store: false,
      functions: [],
      user: 'me',
      stream_options: { include_usage: true },
      reasoning_effort: 'none',
    });
    expect(unsupported).toEqual([]);
  });

  it.each<[Partial<ChatCompletionRequest>, unknown]>([
    [{}, undefined],
    [{ reasoning_effort: 'none' }, { type: 'disabled' }],
    [{ reasoning_effort: 'low' }, { type: 'enabled', token_budget: 2_048 }],
    [
      { reasoning_effort: 'low', max_tokens: 1_000 },
      { type: 'enabled', token_budget: 500 },
    ],
    [
      { reasoning_effort: 'low', max_tokens: 1 },
      { type: 'enabled', token_budget: 1 },
    ],
    [{ reasoning_effort: 'high' }, { type: 'enabled' }],
    [{ reasoning: { effort: 'medium' } }, { type: 'enabled', token_budget: 8_192 }],
    [{ reasoning: { max_tokens: 100 } }, { type: 'enabled', token_budget: 100 }],
    [{ reasoning_effort: 'low', thinking: { type: 'disabled' } }, { type: 'disabled' }],
  ])('thinks as %j says', (fields, thinking) => {
    const { body, unsupported } = translate(fields, { upstreamModel: 'command-a-reasoning-08-2025' });
    expect(body['thinking']).toEqual(thinking);
    expect(unsupported).toEqual([]);
  });

  it.each([
    ['command-r-plus-08-2024', false],
    ['command-r7b-12-2024', false],
    ['command-a-vision-07-2025', false],
    ['command-a-plus-05-2026', true],
    ['north-large', true],
  ])('%s thinks: %s', (upstreamModel, thinks) => {
    const { body, unsupported } = translate({ reasoning_effort: 'high' }, { upstreamModel });
    expect('thinking' in body).toBe(thinks);
    expect(unsupported).toEqual(thinks ? [] : ['reasoning_effort']);
  });
});
