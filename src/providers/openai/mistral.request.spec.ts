import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest, type ChatMessage } from '../../protocol/chat-completions.js';
import { toCallId, toMistralEmbeddingRequest, toMistralRequest } from './mistral.request.js';

function translate(fields: Partial<ChatCompletionRequest> = {}, upstreamModel = 'mistral-small-latest') {
  const unsupported: string[] = [];
  const request: ChatCompletionRequest = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const result = toMistralRequest(request, upstreamModel, (param) => void unsupported.push(param));
  return { request, result, unsupported };
}

const messagesOf = (...messages: ChatMessage[]): unknown[] => translate({ messages }).result.messages;
const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } });

describe('toMistralRequest', () => {
  it.each<Partial<ChatCompletionRequest>>([
    {},
    { max_tokens: 5, random_seed: 3, safe_prompt: true, prefix: true, n: 2, stop: ['a'], tool_choice: 'required' },
    { reasoning_effort: 'high', parallel_tool_calls: false, logprobs: true, top_logprobs: 2, my_own: null },
    { messages: [{ role: 'assistant', content: null, tool_calls: [call('abcDEF123')] }] },
    { messages: [{ role: 'tool', tool_call_id: 'abcDEF123', content: 'ok', name: 'f' }] },
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com' } }] }] },
  ])('leaves %j alone', (fields) => {
    const { request, result, unsupported } = translate(fields);
    expect(result).toBe(request);
    expect(unsupported).toEqual([]);
  });

  it('renames what is under another name, and keeps to itself what is the gateway’s', () => {
    const { result, unsupported } = translate({
      max_completion_tokens: 7,
      seed: 3,
      user: 'me',
      stream: true,
      stream_options: { include_usage: true },
      my_own: 1,
    });
    expect(result).toEqual({
      model: 'fast',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      my_own: 1,
      max_tokens: 7,
      random_seed: 3,
    });
    expect(unsupported).toEqual([]);
  });

  it('leaves out what Mistral refuses, and says so where it asks for something', () => {
    const { result, unsupported } = translate({
      logit_bias: { '1': 1 },
      service_tier: 'auto',
      store: false,
      modalities: ['text'],
      verbosity: null,
      functions: [],
      seed: null,
    });
    expect(Object.keys(result).sort()).toEqual(['messages', 'model']);
    expect(unsupported).toEqual(['logit_bias', 'service_tier']);
  });

  it.each([
    ['mistral-small-latest', 'none', 'none'],
    ['mistral-small-latest', 'minimal', 'none'],
    ['mistral-medium-3-5', 'low', 'high'],
    ['magistral-medium-latest', 'xhigh', 'high'],
    ['mistral-large-4-0', 'low', 'low'],
    ['mistral-large-4-0', 'minimal', 'low'],
    ['mistral-large-4-0', 'xhigh', 'high'],
  ])('%s: effort %s becomes %s', (model, effort, expected) => {
    expect(translate({ reasoning_effort: effort }, model).result.reasoning_effort).toBe(expected);
  });

  it('gives calls and their results the same id of nine letters and digits', () => {
    const [first, second] = messagesOf(
      { role: 'assistant', content: '', tool_calls: [call('call_1'), call('abcDEF123')] },
      { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
    ) as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
    const [own, kept] = first.tool_calls.map(({ id }) => id);
    expect(own).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect([second.tool_call_id, kept]).toEqual([own, 'abcDEF123']);
  });

  it('sends instructions of developers as those of the system, and no names', () => {
    const { result, unsupported } = translate({
      messages: [
        { role: 'developer', content: 'Be short.', name: 'dev' },
        { role: 'user', content: 'Hi', name: 'Ann' },
      ],
    });
    expect(result.messages).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hi' },
    ]);
    expect(unsupported).toEqual(['messages[0].name', 'messages[1].name']);
  });

  it('takes back an answer as OpenAI’s clients keep it', () => {
    const answer = { refusal: null, annotations: [], audio: null, function_call: null };
    expect(messagesOf({ role: 'assistant', content: 'So.', ...answer })).toEqual([
      { role: 'assistant', content: 'So.' },
    ]);
    expect(messagesOf({ role: 'assistant', content: null, refusal: 'No.' })).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'No.' }] },
    ]);
  });

  it('lets Mistral say no to what would be lost', () => {
    const [message] = messagesOf({ role: 'assistant', function_call: { name: 'f', arguments: '{}' }, refusal: null });
    expect(message).toEqual({ role: 'assistant', function_call: { name: 'f', arguments: '{}' } });
  });

  it('sends Mistral’s own thinking back, no other', () => {
    const detail = (text: string, format: string) => ({ type: 'reasoning.text' as const, text, format, index: 0 });
    expect(
      messagesOf(
        {
          role: 'assistant',
          content: 'So.',
          reasoning_content: 'Hm. Well.',
          reasoning_details: [detail('Hm. ', 'mistral-thinking-v1'), detail('Well.', 'mistral-thinking-v1')],
        },
        {
          role: 'assistant',
          content: 'So.',
          reasoning_content: 'Hm.',
          reasoning_details: [detail('Hm.', 'anthropic-claude-v1')],
        },
      ),
    ).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm. Well.' }] },
          { type: 'text', text: 'So.' },
        ],
      },
      { role: 'assistant', content: 'So.' },
    ]);
  });

  it('writes audio and files in Mistral’s parts', () => {
    const pdf = 'data:application/pdf;base64,JVBERi0=';
    const [message] = messagesOf({
      role: 'user',
      content: [
        { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
        { type: 'file', file: { file_data: pdf, filename: 'a.pdf' } },
        { type: 'file', file: { file_id: 'f' } },
      ],
    });
    expect(message).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'input_audio', input_audio: 'UklGRg==' },
        { type: 'document_url', document_url: pdf, document_name: 'a.pdf' },
        { type: 'file', file_id: 'f' },
      ],
    });
  });
});

describe('toCallId', () => {
  it('is the same each time, and another for another', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => toCallId(`call_${index}`));
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => /^[a-zA-Z0-9]{9}$/.test(id))).toBe(true);
    expect(ids[0]).toBe(toCallId('call_0'));
    expect(toCallId('chatcmpl-tool-9f149c74c42f265b')).toBe('2qh2hgy8r');
  });
});

describe('toMistralEmbeddingRequest', () => {
  it('renames the dimensions', () => {
    const request = { model: 'm', input: 'Hi', encoding_format: 'base64' as const };
    expect(toMistralEmbeddingRequest(request)).toBe(request);
    expect(toMistralEmbeddingRequest({ ...request, dimensions: 64, user: 'me' })).toEqual({
      ...request,
      output_dimension: 64,
    });
  });
});
