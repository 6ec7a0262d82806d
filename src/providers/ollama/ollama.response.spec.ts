import { describe, expect, it } from 'vitest';
import { type ChatCompletion } from '../../protocol/chat-completions.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { toChatAnswer } from './ollama.response.js';

const NAMES = { id: 'chatcmpl-1', model: 'asked' };
const ANSWER = {
  model: 'qwen3:4b',
  created_at: '2025-06-09T18:55:26.684517Z',
  message: { role: 'assistant', content: 'Hello' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 20,
  eval_count: 5,
};

const read = (body: unknown) => {
  const answer = toChatAnswer({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) }, NAMES);
  return { ...answer, completion: JSON.parse(answer.bytes.toString()) as ChatCompletion };
};

const calling = (...calls: unknown[]) => ({
  ...ANSWER,
  message: { role: 'assistant', content: '', tool_calls: calls },
});

describe('toChatAnswer', () => {
  it('is OpenAI’s completion', () => {
    const { completion, usage, contentType } = read(ANSWER);
    expect(completion).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1749495326,
      model: 'qwen3:4b',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 20,
        completion_tokens: 5,
        total_tokens: 25,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(usage).toEqual({ ...NO_TOKENS, inputUncached: 20, output: 5 });
    expect(contentType).toBe('application/json');
  });

  it('tells apart what came from a cache', () => {
    const { completion, usage } = read({ ...ANSWER, prompt_eval_cached_count: 16 });
    expect(usage).toEqual({ ...NO_TOKENS, inputUncached: 4, cacheRead: 16, output: 5 });
    expect(completion.usage).toMatchObject({ prompt_tokens: 20, prompt_tokens_details: { cached_tokens: 16 } });
  });

  it('shows thinking, and counts it as text', () => {
    const { completion, textBytes } = read({ ...ANSWER, message: { content: 'é', thinking: 'Hm.' } });
    expect(completion.choices[0]?.message).toMatchObject({ content: 'é', reasoning_content: 'Hm.' });
    expect(textBytes).toBe(5);
  });

  it('writes the arguments of tool calls as text, and keeps their ids', () => {
    const { completion } = read(
      calling(
        { id: 'call_1', function: { index: 0, name: 'weather', arguments: { city: 'Paris', days: 2 } } },
        { id: 'call_2', function: { index: 1, name: 'time', arguments: null } },
      ),
    );
    expect(completion.choices[0]).toMatchObject({
      message: {
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris","days":2}' } },
          { id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } },
        ],
      },
      finish_reason: 'tool_calls',
    });
  });

  it('makes up ids where there are none, each its own', () => {
    const call = { function: { name: 'time', arguments: {} } };
    const ids = read(calling(call, call)).completion.choices[0]?.message.tool_calls?.map(({ id }) => id) ?? [];
    expect(ids).toEqual([expect.stringMatching(/^call_[0-9a-f]{32}$/), expect.stringMatching(/^call_[0-9a-f]{32}$/)]);
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['length', 'length'],
    ['stop', 'stop'],
    ['load', 'stop'],
    [undefined, 'stop'],
  ])('stopped for %s: %s', (reason, expected) => {
    expect(read({ ...ANSWER, done_reason: reason }).completion.choices[0]?.finish_reason).toBe(expected);
  });

  it('was cut off, also among tool calls', () => {
    const answer = { ...calling({ function: { name: 'time', arguments: {} } }), done_reason: 'length' };
    expect(read(answer).completion.choices[0]?.finish_reason).toBe('length');
  });

  it('shows probabilities', () => {
    const top = { token: 'Hi', logprob: -2, bytes: [72, 105] };
    const logprobs = [
      { token: 'Hello', logprob: -0.1, bytes: [72], top_logprobs: [top] },
      { token: '!', logprob: -1 },
    ];
    expect(read({ ...ANSWER, logprobs }).completion.choices[0]?.logprobs).toEqual({
      content: [
        { token: 'Hello', logprob: -0.1, bytes: [72], top_logprobs: [top] },
        { token: '!', logprob: -1, bytes: null, top_logprobs: [] },
      ],
      refusal: null,
    });
  });

  it('counts a prompt from the cache as none, and an answer without counts not at all', () => {
    expect(read({ ...ANSWER, prompt_eval_count: undefined }).usage).toEqual({ ...NO_TOKENS, output: 5 });
    const uncounted = read({ ...ANSWER, prompt_eval_count: undefined, eval_count: undefined });
    expect([uncounted.usage, uncounted.completion.usage, uncounted.textBytes]).toEqual([undefined, undefined, 5]);
  });

  it('knows the model that was asked where the answer names none', () => {
    expect(read({ ...ANSWER, model: undefined }).completion.model).toBe('asked');
  });

  it.each([
    ['no JSON', 'Bad gateway', 'upstream_invalid_response'],
    ['no message', { done: true }, 'upstream_invalid_response'],
  ])('fails where there is %s', (_, body, code) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code, retryable: false }));
  });

  it('fails where there is an error in its place', () => {
    expect(() => read({ error: 'model runner has unexpectedly stopped' })).toThrow(
      expect.objectContaining({ status: 502, message: 'model runner has unexpectedly stopped', retryable: true }),
    );
  });
});
