import { describe, expect, it } from 'vitest';
import { type UpstreamError } from '../../errors/upstream-error.js';
import { toOpenAiError, toOpenAiStreamError } from './openai.errors.js';

function errorOf(body: unknown, status = 400, headers: Record<string, string> = {}): UpstreamError {
  return toOpenAiError({
    status,
    headers,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
}

const UNSAID = 'The provider answered with status 400.';

describe('an error of a provider that speaks OpenAI’s dialect', () => {
  it.each([
    [
      'OpenAI',
      { error: { message: 'No such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' } },
      { message: 'No such model', param: 'model', code: 'model_not_found' },
    ],
    ['OpenRouter', { error: { message: 'Busy', code: 429 } }, { message: 'Busy', param: null, code: '429' }],
    [
      'Mistral',
      { object: 'error', message: 'Invalid model', type: 'invalid_model', param: null, code: '1500' },
      { message: 'Invalid model', param: null, code: '1500' },
    ],
    [
      'Mistral, of a field',
      { detail: [{ loc: ['body', 'n'], msg: 'too many' }] },
      { message: 'n: too many', param: 'n', code: null },
    ],
    [
      'Mistral, of several fields',
      {
        object: 'error',
        message: {
          detail: [
            { type: 'extra_forbidden', loc: ['body', 'messages', 0, 'user', 'name'], msg: 'Not permitted', input: 'x' },
            { loc: ['body'], msg: 'Odd' },
          ],
        },
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
      { message: 'messages[0].user.name: Not permitted; Odd', param: 'messages[0].user.name', code: null },
    ],
    ['a validator in other words', { detail: [{ why: 'odd' }] }, { message: '{"why":"odd"}', param: null, code: null }],
    ['an object for words', { message: { deep: 1 } }, { message: '{"deep":1}', param: null, code: null }],
    ['Mistral, in a word', { detail: 'Unauthorized' }, { message: 'Unauthorized', param: null, code: null }],
    [
      'xAI',
      { code: 'Bad key', error: 'Incorrect API key' },
      { message: 'Incorrect API key', param: null, code: 'Bad key' },
    ],
    ['Hugging Face', { error: 'Overloaded' }, { message: 'Overloaded', param: null, code: null }],
    ['a proxy’s plain text', ' no healthy upstream\n', { message: 'no healthy upstream', param: null, code: null }],
    ['a proxy’s page', '<html><body>502</body></html>', { message: UNSAID, param: null, code: null }],
    ['no body', '', { message: UNSAID, param: null, code: null }],
    ['an empty object', {}, { message: UNSAID, param: null, code: null }],
    ['an empty error', { error: {} }, { message: UNSAID, param: null, code: null }],
    ['an error that is null', { error: null }, { message: UNSAID, param: null, code: null }],
  ])('%s', (_name, body, expected) => {
    expect(errorOf(body)).toMatchObject({ ...expected, status: 400, upstreamStatus: 400, type: 'upstream_error' });
  });

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [429, true],
    [500, true],
    [501, false],
    [503, true],
  ])('status %i may be tried again or not', (status, retryable) => {
    expect(errorOf({}, status)).toMatchObject({ status, retryable });
  });

  it('says when to come back', () => {
    expect(errorOf({}, 429, { 'retry-after': '7' }).retryAfter).toBe(7);
    expect(errorOf({}, 429).retryAfter).toBeUndefined();
  });

  it('is never too long to read', () => {
    for (const body of [
      'x'.repeat(10_000),
      { error: { message: 'x'.repeat(10_000) } },
      { error: 'x'.repeat(10_000) },
    ]) {
      expect(errorOf(body).message).toBe(`${'x'.repeat(2_000)}…`);
    }
  });
});

describe('an error in a stream', () => {
  it.each([
    [
      { message: 'Overloaded', code: 'busy', param: 'model' },
      { message: 'Overloaded', code: 'busy', param: 'model' },
    ],
    ['Overloaded', { message: 'Overloaded', code: null, param: null }],
    [{}, { message: 'The provider broke off its answer with an error.', code: null, param: null }],
  ])('%j', (error, expected) => {
    expect(toOpenAiStreamError(error)).toMatchObject({ ...expected, status: 502, retryable: true });
  });
});
