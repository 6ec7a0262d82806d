import { describe, expect, it } from 'vitest';
import { readModelNames } from './ollama.models.js';
import { toOllamaError, toOllamaStreamError } from './ollama.errors.js';

const errorOf = (status: number, body: string, headers: Record<string, string> = {}) =>
  toOllamaError({ status, headers, body: Buffer.from(body) });

describe('toOllamaError', () => {
  it.each([
    [
      404,
      `{"error":"model 'llama9' not found, try pulling it first"}`,
      "model 'llama9' not found, try pulling it first",
    ],
    [400, '{"error":{"message":"too long"}}', 'too long'],
    [401, '{"error":"unauthorized","signin_url":"https://ollama.com/connect?key=abc"}', 'unauthorized'],
    [403, 'Forbidden by the proxy', 'Forbidden by the proxy'],
    [404, '<html>nginx</html>', 'The provider answered with status 404.'],
    [405, '', 'The provider answered with status 405.'],
    [400, '{"error":""}', 'The provider answered with status 400.'],
  ])('%s %s', (status, body, message) => {
    expect(errorOf(status, body)).toMatchObject({ status, message, type: 'upstream_error', retryable: false });
  });

  it.each([
    [429, 429],
    [500, 500],
    [503, 503],
    [529, 503],
    [520, 502],
  ])('is tried again after %s', (status, shown) => {
    expect(errorOf(status, '{"error":"server busy"}', { 'retry-after': '2' })).toMatchObject({
      status: shown,
      message: 'server busy',
      retryAfter: 2,
      retryable: true,
    });
  });

  it('cuts what is too long for a message', () => {
    expect(errorOf(400, JSON.stringify({ error: 'a'.repeat(5_000) })).message).toHaveLength(2_001);
  });
});

describe('toOllamaStreamError', () => {
  it('has the message where there is one', () => {
    expect(toOllamaStreamError('out of memory')).toMatchObject({ status: 502, message: 'out of memory' });
    expect(toOllamaStreamError(null).message).toBe('The provider broke off its answer with an error.');
  });
});

describe('readModelNames', () => {
  const read = (value: unknown): string[] => readModelNames(Buffer.from(JSON.stringify(value)));

  it('reads the names with their tags', () => {
    expect(read({ models: [{ name: 'a:latest', model: 'a:latest' }, { name: 'b:1b' }, {}, null] })).toEqual([
      'a:latest',
      'b:1b',
    ]);
    expect(read({ models: null })).toEqual([]);
  });

  it.each([[{}], [{ models: 'a' }], ['a']])('fails for %j', (value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});
