import { describe, expect, it } from 'vitest';
import { type ChatCompletion } from '../../protocol/chat-completions.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { toChatAnswer } from './cohere.response.js';

const answerOf = (body: unknown) =>
  toChatAnswer(
    { status: 200, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
    { upstreamModel: 'command-a' },
  );
const completionOf = (body: unknown) => JSON.parse(answerOf(body).bytes.toString()) as ChatCompletion;
const messageOf = (message: object, fields: object = {}) =>
  completionOf({ id: 'i', message, finish_reason: 'COMPLETE', ...fields }).choices[0]?.message;

const USAGE = {
  billed_units: { input_tokens: 5, output_tokens: 7 },
  tokens: { input_tokens: 505, output_tokens: 20, reasoning_tokens: 3 },
  cached_tokens: 448,
};

describe('toChatAnswer', () => {
  it('makes a chat completion of it', () => {
    const body = {
      id: 'i',
      message: { content: [{ type: 'text', text: 'Größe' }] },
      finish_reason: 'COMPLETE',
      usage: USAGE,
    };
    expect(completionOf(body)).toEqual({
      id: 'i',
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model: 'command-a',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Größe', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 7,
        total_tokens: 12,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
    expect(answerOf(body)).toMatchObject({
      contentType: 'application/json',
      usage: { ...NO_TOKENS, inputUncached: 5, output: 4, reasoning: 3 },
      textBytes: 7,
    });
  });

  it.each([
    ['COMPLETE', 'stop'],
    ['STOP_SEQUENCE', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['TOOL_CALL', 'tool_calls'],
    ['ERROR_TOXIC', 'content_filter'],
    ['ERROR_LIMIT', 'length'],
    ['SOMETHING_NEW', 'stop'],
  ])('%s is %s', (reason, finish) => {
    const completion = completionOf({ message: { content: [] }, finish_reason: reason });
    expect(completion.choices[0]?.finish_reason).toBe(finish);
  });

  it('tells thinking from a plan, so that both can be sent back', () => {
    expect(
      messageOf({
        content: [{ type: 'thinking', thinking: 'Hm. ' }, { type: 'text', text: 'So.' }, { type: 'new' }],
        tool_plan: 'I will look.',
      }),
    ).toEqual({
      role: 'assistant',
      content: 'So.',
      refusal: null,
      reasoning_content: 'Hm. I will look.',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm. ', format: 'cohere-thinking-v2', index: 0 },
        { type: 'reasoning.text', text: 'I will look.', format: 'cohere-tool-plan-v2', index: 1 },
      ],
    });
  });

  it.each([null, 'null', '', undefined, '{}'])('takes arguments %j for none', (text) => {
    expect(
      messageOf({ tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }] }),
    ).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    });
  });

  it('shows citations, and as annotations those of a URL', () => {
    const cited = (fields: object) => ({ start: 1, end: 3, text: 'is', type: 'TEXT_CONTENT', ...fields });
    const web = { type: 'document', document: { url: 'https://example.com', title: 'Example', text: 't' } };
    const found = { type: 'tool', tool_output: { url: 'https://tool.example', content: 'c' } };
    const citations = [
      cited({ content_index: 2, sources: [web] }),
      cited({ sources: [found, { type: 'tool', tool_output: { content: 'no URL' } }] }),
      cited({ type: 'THINKING_CONTENT', sources: [web] }),
    ];
    const content = [
      { type: 'thinking', thinking: 'Hm' },
      { type: 'text', text: 'This' },
      { type: 'text', text: 'That' },
    ];
    const annotation = (url: string, title: string, start: number) => ({
      type: 'url_citation',
      url_citation: { url, title, start_index: start + 1, end_index: start + 3 },
    });
    expect(messageOf({ content, citations })).toMatchObject({
      content: 'ThisThat',
      citations,
      annotations: [annotation('https://example.com', 'Example', 4), annotation('https://tool.example', '', 0)],
    });
  });

  it('gives the probability of each piece of text', () => {
    const completion = completionOf({
      message: { content: [{ type: 'text', text: 'é!' }] },
      logprobs: [
        { text: 'é', token_ids: [1, 2], logprobs: [-0.5, -0.25] },
        { text: '!', token_ids: [3], logprobs: [-1] },
      ],
    });
    expect(completion.choices[0]?.logprobs).toEqual({
      content: [
        { token: 'é', logprob: -0.75, bytes: [0xc3, 0xa9], top_logprobs: [] },
        { token: '!', logprob: -1, bytes: [0x21], top_logprobs: [] },
      ],
      refusal: null,
    });
  });

  it.each([
    [
      { message: { content: [] }, finish_reason: 'ERROR', error: 'No.', error_type: 'ODD' },
      { status: 502, code: 'ODD', message: 'No.' },
    ],
    [
      { message: {}, finish_reason: 'TIMEOUT' },
      { status: 504, code: 'TIMEOUT' },
    ],
    [
      { id: 'i', message: 'Something is wrong.' },
      { status: 502, message: 'Something is wrong.' },
    ],
    ['<html>', { code: 'upstream_invalid_response' }],
    ['{}', { code: 'upstream_invalid_response' }],
    ['null', { code: 'upstream_invalid_response' }],
  ])('refuses %j', (body, error) => {
    expect(() => answerOf(body)).toThrow(expect.objectContaining(error));
  });
});
