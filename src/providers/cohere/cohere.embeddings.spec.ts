import { describe, expect, it } from 'vitest';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { toEmbeddingAnswer, toEmbedRequest } from './cohere.embeddings.js';

function translate(fields: Partial<EmbeddingRequest> & Record<string, unknown>) {
  const unsupported: string[] = [];
  const body = toEmbedRequest(
    { model: 'any', input: 'Hi', ...fields },
    { upstreamModel: 'embed-v4.0', unsupported: (param) => void unsupported.push(param) },
  );
  return { body, unsupported };
}

const BASE = { model: 'embed-v4.0', input_type: 'search_document', texts: ['Hi'], embedding_types: ['float'] };

describe('toEmbedRequest', () => {
  it.each([
    [{}, {}],
    [{ input: ['a', 'b'] }, { texts: ['a', 'b'] }],
    [{ dimensions: 256 }, { output_dimension: 256 }],
    [{ encoding_format: 'base64' as const, user: 'me' }, {}],
    [{ input_type: 'search_query' }, { input_type: 'search_query' }],
    [
      { truncate: 'NONE', max_tokens: 9 },
      { truncate: 'NONE', max_tokens: 9 },
    ],
  ])('carries %j', (fields, expected) => {
    expect(translate(fields)).toEqual({ body: { ...BASE, ...expected }, unsupported: [] });
  });

  it('tells what Cohere has nothing for', () => {
    expect(translate({ my_own: 1, other: null }).unsupported).toEqual(['my_own']);
  });

  it.each([[[1, 2]], [[[1], [2]]]])('refuses token ids: %j', (input) => {
    expect(() => translate({ input })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: 'input' }),
    );
  });
});

describe('toEmbeddingAnswer', () => {
  const answerOf = (body: unknown, encodingFormat: 'float' | 'base64' | null = null) =>
    toEmbeddingAnswer(
      { status: 200, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
      {
        upstreamModel: 'embed-v4.0',
        request: { model: 'any', input: ['a', 'b'], encoding_format: encodingFormat },
      },
    );
  const BODY = { embeddings: { float: [[0.5, -1], [2]] }, meta: { billed_units: { input_tokens: 3 } } };

  it('makes OpenAI’s list of it', () => {
    const { bytes, usage, contentType } = answerOf(BODY);
    expect(JSON.parse(bytes.toString())).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -1] },
        { object: 'embedding', index: 1, embedding: [2] },
      ],
      model: 'embed-v4.0',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    expect([usage, contentType]).toEqual([{ ...NO_TOKENS, inputUncached: 3 }, 'application/json']);
  });

  it('encodes where the client asks for it', () => {
    const { bytes } = answerOf(BODY, 'base64');
    const [first] = (JSON.parse(bytes.toString()) as { data: { embedding: string }[] }).data;
    const raw = Buffer.from(first?.embedding ?? '', 'base64');
    expect([raw.length, raw.readFloatLE(0), raw.readFloatLE(4)]).toEqual([8, 0.5, -1]);
  });

  it('does not make up a usage', () => {
    expect(answerOf({ embeddings: { float: [[1]] } }).usage).toBeUndefined();
  });

  it.each(['<html>', '[]', '{}', '{"embeddings":[[1]]}', '{"embeddings":{"float":[["a"]]}}'])('refuses %s', (body) => {
    expect(() => answerOf(body)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});
