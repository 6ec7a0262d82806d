import { describe, expect, it } from 'vitest';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { toEmbeddings, toEmbedRequest } from './ollama.embeddings.js';

const requestOf = (fields: Record<string, unknown> = {}): EmbeddingRequest => ({
  model: 'embed',
  input: 'Hello',
  ...fields,
});

const translate = (fields: Record<string, unknown>, unsupported = new UnsupportedParameters('strict')) =>
  toEmbedRequest(requestOf(fields), { upstreamModel: 'all-minilm', unsupported });

const read = (body: unknown, fields: Record<string, unknown> = {}) => {
  const response = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  const answer = toEmbeddings(response, { request: requestOf(fields), upstreamModel: 'all-minilm' });
  return { ...answer, list: JSON.parse(answer.bytes.toString()) as unknown };
};

describe('toEmbedRequest', () => {
  it('asks for one or several, of a length', () => {
    expect(translate({})).toEqual({ model: 'all-minilm', input: 'Hello' });
    expect(translate({ input: ['a', 'b'], dimensions: 64, encoding_format: 'base64', user: 'u' })).toEqual({
      model: 'all-minilm',
      input: ['a', 'b'],
      dimensions: 64,
    });
  });

  it('passes Ollama’s own parameters on', () => {
    const own = { truncate: false, keep_alive: 0, options: { num_ctx: 512 } };
    expect(translate(own)).toMatchObject(own);
  });

  it.each([[[1, 2]], [[[1], [2]]], [['a', 7]]])('refuses token ids: %j', (input) => {
    expect(() => translate({ input })).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: 'input' }),
    );
  });

  it('says what there is nothing for', () => {
    const unsupported = new UnsupportedParameters('warn');
    translate({ input_type: 'query' }, unsupported);
    expect(unsupported.names).toEqual(['input_type']);
  });
});

describe('toEmbeddings', () => {
  const BODY = {
    model: 'all-minilm:latest',
    embeddings: [
      [1, -2],
      [0.5, 0],
    ],
    prompt_eval_count: 8,
  };

  it('lists them in their order', () => {
    const { list, usage } = read(BODY);
    expect(list).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [1, -2] },
        { object: 'embedding', index: 1, embedding: [0.5, 0] },
      ],
      model: 'all-minilm:latest',
      usage: { prompt_tokens: 8, total_tokens: 8 },
    });
    expect(usage).toEqual({ ...NO_TOKENS, inputUncached: 8 });
  });

  it('writes them as base64 where that is asked for', () => {
    const bytes = Buffer.from('0000803f000000c0', 'hex');
    expect(read(BODY, { encoding_format: 'base64' }).list).toMatchObject({
      data: [{ embedding: bytes.toString('base64') }, {}],
    });
  });

  it('leaves the tokens to be estimated where they are not counted', () => {
    expect(read({ embeddings: [[1]] })).toMatchObject({ usage: undefined, list: { model: 'all-minilm' } });
  });

  it.each([[{}], [{ embeddings: [1, 2] }], [{ embeddings: [['a']] }], ['text']])('fails for %j', (body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});
