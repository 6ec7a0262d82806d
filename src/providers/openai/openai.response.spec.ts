import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';
import { toOpenAiError } from './openai.errors.js';
import { toChatAnswer } from './openai.response.js';

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
