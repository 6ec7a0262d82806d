import { describe, expect, it } from 'vitest';
import { type ChatCompletion } from '../../protocol/chat-completions.js';
import { toChatAnswer } from './anthropic.response.js';

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5-20251001',
  content: [{ type: 'text', text: 'Hello.' }] as object[],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 3, service_tier: 'standard' },
};

function answer(fields: object = {}) {
  const body = Buffer.from(JSON.stringify({ ...message, ...fields }));
  const result = toChatAnswer({ status: 200, headers: {}, body });
  const completion = JSON.parse(result.bytes.toString()) as ChatCompletion;
  return { ...result, completion, choice: completion.choices[0] };
}

describe('toChatAnswer', () => {
  it('writes a chat completion', () => {
    const { completion, contentType, usage, textBytes } = answer();
    expect(contentType).toBe('application/json');
    expect(completion).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'claude-haiku-4-5-20251001',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello.', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 15,
        completion_tokens: 3,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      service_tier: 'default',
    });
    expect(usage).toMatchObject({ inputUncached: 10, cacheRead: 5, output: 3 });
    expect(textBytes).toBe(6);
  });

  it('joins text and tells tool calls', () => {
    const { choice } = answer({
      stop_reason: 'tool_use',
      content: [
        { type: 'text', text: 'Let me ' },
        { type: 'text', text: 'look.' },
        { type: 'tool_use', id: 't1', name: 'a', input: { x: 'ü', y: [1, null] }, caller: { type: 'direct' } },
        { type: 'tool_use', id: 't2', name: 'b', input: {} },
      ],
    });
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Let me look.',
        tool_calls: [
          { id: 't1', type: 'function', function: { name: 'a', arguments: '{"x":"ü","y":[1,null]}' } },
          { id: 't2', type: 'function', function: { name: 'b', arguments: '{}' } },
        ],
      },
    });
  });

  it('has null content for tool calls alone, and empty content for nothing', () => {
    const call = { type: 'tool_use', id: 't1', name: 'a', input: {} };
    expect(answer({ content: [call] }).choice?.message.content).toBeNull();
    expect(answer({ content: [] }).choice?.message).toEqual({ role: 'assistant', content: '', refusal: null });
  });

  it('keeps thinking with what is needed to send it back', () => {
    const { choice } = answer({
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
        { type: 'redacted_thinking', data: 'xyz' },
        { type: 'text', text: 'Yes.' },
      ],
    });
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: 'Yes.',
      refusal: null,
      reasoning_content: 'Hm.',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm.', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'xyz', format: 'anthropic-claude-v1', index: 1 },
      ],
    });
  });

  it('shows web citations with their place, and none of the provider’s own tools', () => {
    const { choice } = answer({
      content: [
        { type: 'text', text: 'It says ' },
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'x' } },
        { type: 'web_search_tool_result', tool_use_id: 's1', content: [] },
        {
          type: 'text',
          text: 'yes',
          citations: [
            { type: 'web_search_result_location', url: 'https://example.com', title: 'Example', cited_text: 'yes' },
            { type: 'char_location', document_index: 0, cited_text: 'yes' },
          ],
        },
        { type: 'text', text: '.' },
      ],
    });
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: 'It says yes.',
      refusal: null,
      annotations: [
        {
          type: 'url_citation',
          url_citation: { url: 'https://example.com', title: 'Example', start_index: 8, end_index: 11 },
        },
      ],
    });
  });

  it('tells a refusal', () => {
    const refused = answer({ content: [], stop_reason: 'refusal', stop_details: { explanation: 'Not this.' } }).choice;
    expect(refused).toMatchObject({
      finish_reason: 'content_filter',
      message: { content: null, refusal: 'Not this.' },
    });
    expect(answer({ stop_reason: 'refusal' }).choice?.message).toMatchObject({
      content: 'Hello.',
      refusal: 'The model refused to answer.',
    });
  });

  it('survives an answer that counts nothing', () => {
    const { completion, usage } = answer({ usage: null });
    expect(completion.usage).toBeUndefined();
    expect(usage).toBeUndefined();
  });

  it.each(['', '<html>', '[]', 'null', '{"id":"x"}'])('refuses %j', (body) => {
    expect(() => toChatAnswer({ status: 200, headers: {}, body: Buffer.from(body) })).toThrow(
      expect.objectContaining({ code: 'upstream_invalid_response', status: 502 }),
    );
  });

  it('tells an error that came with status 200', () => {
    const body = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    expect(() => toChatAnswer({ status: 200, headers: {}, body })).toThrow(
      expect.objectContaining({ status: 503, code: 'overloaded_error' }),
    );
  });
});
