import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';
import { toOpenAiError } from './openai.errors.js';
import { toChatAnswer, toListAnswer, withFlags } from './openai.response.js';

const responseOf = (body: unknown, headers: UpstreamResponse['headers'] = {}): UpstreamResponse => ({
  status: 200,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

const answerOf = (body: unknown, headers?: UpstreamResponse['headers']): Answer =>
  toChatAnswer(responseOf(body, headers), toOpenAiError);

function errorOf(body: unknown): unknown {
  try {
    return answerOf(body);
  } catch (error) {
    return error;
  }
}

const choice = (message: object): object => ({ index: 0, message, finish_reason: 'stop' });

describe('toChatAnswer', () => {
  it('hands the provider’s bytes on, with what they cost', () => {
    const body = ' {"choices":[ ],"x_extra":1.0,\n"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}';
    const answer = answerOf(body, { 'content-type': 'application/json; charset=utf-8' });
    expect(answer).toEqual({
      contentType: 'application/json; charset=utf-8',
      bytes: Buffer.from(body),
      usage: { ...NO_TOKENS, inputUncached: 5, output: 3 },
      textBytes: 0,
    });
    expect(answerOf(body).contentType).toBe('application/json');
  });

  it.each([
    ['text', { role: 'assistant', content: 'Größe' }, 7],
    [
      'parts',
      {
        content: [
          { type: 'text', text: 'ab' },
          { type: 'thinking', thinking: [{ text: 'cd' }] },
        ],
      },
      4,
    ],
    ['reasoning', { content: null, reasoning_content: 'abc', reasoning: 'de' }, 5],
    ['a refusal', { content: null, refusal: 'no' }, 2],
    ['a tool call', { content: null, tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' } }] }, 2],
    ['nothing', { content: null }, 0],
  ])('measures what was written where nobody counted: %s', (_name, message, textBytes) => {
    expect(answerOf({ choices: [choice(message)] })).toMatchObject({ usage: undefined, textBytes });
  });

  it('finds the error in a success', () => {
    expect(errorOf({ error: { message: 'Busy', code: 429 } })).toMatchObject({
      status: 429,
      message: 'Busy',
      retryable: true,
    });
    expect(errorOf({ error: { message: 'Odd', code: 'odd' } })).toMatchObject({ status: 502, code: 'odd' });
    expect(errorOf({ error: { message: 'Odd', code: 200 } })).toMatchObject({ status: 502 });
    expect(errorOf({ error: 'Odd' })).toMatchObject({ status: 502, message: 'Odd' });
  });

  it.each(['', '<html>', '[]', 'null', '{}', '{"choices":{}}', '{"choices":['])('refuses %j', (body) => {
    expect(errorOf(body)).toMatchObject({ code: 'upstream_invalid_response', retryable: false });
  });
});

describe('toListAnswer', () => {
  const listOf = (body: unknown, list: 'data' | 'results' = 'data'): Answer =>
    toListAnswer(responseOf(body, { 'content-type': 'application/json; charset=utf-8' }), list, toOpenAiError);

  it('hands the provider’s bytes on, with what they cost', () => {
    const body = ' {"data":[ {"embedding":[0.10]} ],"x_extra":1.0,\n"usage":{"prompt_tokens":5,"total_tokens":5}}';
    expect(listOf(body)).toEqual({
      contentType: 'application/json; charset=utf-8',
      bytes: Buffer.from(body),
      usage: { ...NO_TOKENS, inputUncached: 5 },
      textBytes: 0,
    });
    expect(listOf({ results: [], usage: { total_tokens: 3 } }, 'results').usage).toMatchObject({ inputUncached: 3 });
    expect(listOf({ data: [] }).usage).toBeUndefined();
  });

  it.each(['', '<html>', '[]', 'null', '{}', '{"data":{}}', '{"data":[', '{"choices":[]}'])('refuses %j', (body) => {
    expect(() => listOf(body)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });

  it('finds the error in a success', () => {
    expect(() => listOf({ error: { message: 'Busy', code: 429 } })).toThrow(expect.objectContaining({ status: 429 }));
  });
});

describe('withFlags', () => {
  const moderated = (body: unknown): Answer => withFlags(toListAnswer(responseOf(body), 'results', toOpenAiError));

  it('leaves OpenAI’s own bytes as they are', () => {
    const body = '{ "results":[ {"flagged":false,"categories":{"hate":true}} ] }';
    expect(moderated(body).bytes.toString()).toBe(body);
    expect(moderated('{"results":[ ]}').bytes.toString()).toBe('{"results":[ ]}');
    expect(moderated('{"results":[7,null,{} ]}').bytes.toString()).toBe('{"results":[7,null,{} ]}');
  });

  it('adds what is missing', () => {
    const results = [{ categories: { hate: false, law: true } }, { categories: {} }, { flagged: false }];
    expect(JSON.parse(moderated({ id: 'x', results, usage: { prompt_tokens: 1 } }).bytes.toString())).toEqual({
      id: 'x',
      results: [{ flagged: true, ...results[0] }, { flagged: false, ...results[1] }, results[2]],
      usage: { prompt_tokens: 1 },
    });
  });
});
