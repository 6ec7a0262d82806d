import { describe, expect, it } from 'vitest';
import { answerHead, toChatAnswer } from './bedrock.response.js';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

function translate(content: unknown[], others: Record<string, unknown> = {}, model = CLAUDE) {
  const body = Buffer.from(JSON.stringify({ output: { message: { role: 'assistant', content } }, ...others }));
  const { bytes, ...answer } = toChatAnswer({ status: 200, headers: {}, body }, { id: 'r1', model });
  const completion = JSON.parse(bytes.toString()) as Record<string, unknown> & { choices: { message: unknown }[] };
  return { ...answer, completion, message: completion.choices[0]?.message };
}

describe('toChatAnswer', () => {
  it('tells a whole answer', () => {
    const { completion, usage, units, textBytes } = translate([{ text: 'Hel' }, { text: 'lö' }], {
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3 },
      serviceTier: { type: 'priority' },
      trace: { guardrail: {} },
      additionalModelResponseFields: { a: 1 },
      metrics: { latencyMs: 5 },
    });
    expect(completion).toEqual({
      id: 'r1',
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model: CLAUDE,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hellö', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 4,
        completion_tokens: 2,
        total_tokens: 6,
        prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      service_tier: 'priority',
      trace: { guardrail: {} },
      additionalModelResponseFields: { a: 1 },
    });
    expect([usage?.inputUncached, units, textBytes]).toEqual([1, { serviceTier: 'priority' }, 6]);
  });

  it('tells calls, but none of the provider’s own', () => {
    const { message } = translate(
      [
        { toolUse: { toolUseId: 's', name: 'nova_grounding', input: {}, type: 'server_tool_use' } },
        { toolResult: { toolUseId: 's', content: [] } },
        { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } },
        { toolUse: { toolUseId: 'b', name: 'g' } },
      ],
      { stopReason: 'tool_use' },
    );
    expect(message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    });
  });

  const REASONING = [
    { reasoningContent: { reasoningText: { text: 'Hm', signature: 'c2ln' } } },
    { reasoningContent: { redactedContent: Buffer.from('EuYBCg').toString('base64') } },
    { reasoningContent: { redactedContent: 'AAECgA==' } },
    { text: 'So.' },
  ];

  it('tells Claude’s reasoning as Anthropic’s adapter would', () => {
    expect(translate(REASONING).message).toEqual({
      role: 'assistant',
      content: 'So.',
      refusal: null,
      reasoning_content: 'Hm',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'EuYBCg', format: 'anthropic-claude-v1', index: 1 },
        // What is no text stays as it is.
        { type: 'reasoning.encrypted', data: 'AAECgA==', format: 'bedrock-converse-v1', index: 2 },
      ],
    });
  });

  it('tells that of others as theirs', () => {
    const unsigned = { reasoningContent: { reasoningText: { text: '[REDACTED]' } } };
    expect(translate([unsigned, { text: 'So.' }], {}, 'us.amazon.nova-2-lite-v1:0').message).toMatchObject({
      reasoning_content: '[REDACTED]',
      reasoning_details: [{ type: 'reasoning.text', text: '[REDACTED]', format: 'bedrock-converse-v1', index: 0 }],
    });
  });

  it('tells where the web is cited', () => {
    const citations = [
      { title: 'A', location: { web: { url: 'https://a.example', domain: 'a.example' } } },
      { title: 'Of the client', location: { documentChar: { documentIndex: 0 } } },
    ];
    const { message } = translate([
      { text: 'It ' },
      { citationsContent: { content: [{ text: 'rains' }], citations } },
      { text: '.' },
    ]);
    expect(message).toMatchObject({
      content: 'It rains.',
      annotations: [
        { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', start_index: 3, end_index: 8 } },
      ],
    });
  });

  it('tells an answer without anything as one', () => {
    expect(translate([], { stopReason: 'guardrail_intervened' }).completion).toMatchObject({
      choices: [{ message: { content: '' }, finish_reason: 'content_filter' }],
    });
  });

  it.each([
    '',
    'nonsense',
    '[]',
    '{}',
    '{"output":{}}',
    '{"output":{"message":{"content":"text"}}}',
    '{"message":"No."}',
  ])('refuses %j', (body) => {
    expect(() => toChatAnswer({ status: 200, headers: {}, body: Buffer.from(body) }, { id: 'r', model: 'm' })).toThrow(
      expect.objectContaining({ code: 'upstream_invalid_response' }),
    );
  });
});

it('names answers as Bedrock names the request', () => {
  const call = { requestId: 'ours', upstreamModel: 'm' };
  expect(answerHead({ 'x-amzn-requestid': 'theirs' }, call)).toEqual({ id: 'theirs', model: 'm' });
  expect(answerHead({}, call)).toEqual({ id: 'ours', model: 'm' });
});
