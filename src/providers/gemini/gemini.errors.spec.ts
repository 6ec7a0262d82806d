import { describe, expect, it } from 'vitest';
import { toGeminiError, toGeminiStreamError } from './gemini.errors.js';

const read = (status: number, body: unknown, headers = {}) =>
  toGeminiError({ status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });
const error = (code: number, status: string, details: unknown[] = []) => ({
  error: { code, status, message: `It is ${status}.`, details },
});

describe('toGeminiError', () => {
  it('tells status, code and message', () => {
    expect(read(404, error(404, 'NOT_FOUND'))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      message: 'It is NOT_FOUND.',
      retryable: false,
    });
    expect(read(503, error(503, 'UNAVAILABLE'))).toMatchObject({ status: 503, retryable: true });
  });

  it('reads it out of an array', () => {
    expect(read(400, [error(400, 'INVALID_ARGUMENT')])).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
  });

  it('says what the details say', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
    expect(read(400, error(400, 'INVALID_ARGUMENT', details)).code).toBe('API_KEY_INVALID');
  });

  it.each([
    ['48s', undefined, 48],
    ['1.5s', undefined, 1.5],
    ['soon', undefined, undefined],
    ['48s', '7', 7],
  ])('waits for %s, or as long as the header says (%s)', (retryDelay, header, retryAfter) => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }];
    const headers = header === undefined ? {} : { 'retry-after': header };
    expect(read(429, error(429, 'RESOURCE_EXHAUSTED', details), headers)).toMatchObject({
      status: 429,
      retryAfter,
      retryable: true,
    });
  });

  it.each([
    ['<html>Bad gateway</html>', 'The provider answered with status 502.'],
    ['upstream connect error', 'upstream connect error'],
    ['', 'The provider answered with status 502.'],
    ['{"error":"text"}', 'text'],
    ['{"error":', 'The provider answered with status 502.'],
  ])('makes a sentence of %j', (body, message) => {
    expect(read(502, body)).toMatchObject({ status: 502, message, code: null });
  });

  it('shortens what is too long, and has statuses that clients know', () => {
    expect(read(400, { error: { message: 'x'.repeat(9_000) } }).message).toHaveLength(2_001);
    expect([read(499, {}).status, read(529, {}).status]).toEqual([502, 502]);
  });
});

describe('toGeminiStreamError', () => {
  it('has the status that it tells', () => {
    expect(toGeminiStreamError(error(429, 'RESOURCE_EXHAUSTED').error)).toMatchObject({
      status: 429,
      code: 'RESOURCE_EXHAUSTED',
    });
    expect(toGeminiStreamError({ code: 13 })).toMatchObject({
      status: 502,
      message: 'The provider broke off its answer with an error.',
    });
  });
});
