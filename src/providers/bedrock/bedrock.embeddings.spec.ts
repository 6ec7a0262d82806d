import { describe, expect, it } from 'vitest';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { readVectors, toEmbeddingAnswer, toEmbeddingBatches } from './bedrock.embeddings.js';

const TITAN_1 = 'amazon.titan-embed-text-v1';
const TITAN_2 = 'amazon.titan-embed-text-v2:0';
const TITAN_IMAGE = 'amazon.titan-embed-image-v1';
const COHERE_3 = 'cohere.embed-multilingual-v3';
const COHERE_4 = 'us.cohere.embed-v4:0';

function batchesOf(changes: object, upstreamModel: string) {
  const unsupported = new UnsupportedParameters('warn');
  const request = { model: 'm', input: 'text', ...changes } as EmbeddingRequest;
  const batches = toEmbeddingBatches(request, { upstreamModel, unsupported });
  return { bodies: batches.map(({ body }) => body), warnings: unsupported.names };
}

describe('toEmbeddingBatches', () => {
  it.each([
    [TITAN_1, { inputText: 'text' }, ['dimensions']],
    [TITAN_2, { inputText: 'text', dimensions: 256 }, []],
    [TITAN_IMAGE, { inputText: 'text', embeddingConfig: { outputEmbeddingLength: 256 } }, []],
    [COHERE_3, { texts: ['text'], input_type: 'search_document' }, ['dimensions']],
    [COHERE_4, { texts: ['text'], input_type: 'search_document', output_dimension: 256 }, []],
  ])('asks %s in its words', (model, body, warnings) => {
    expect(batchesOf({ dimensions: 256, encoding_format: 'base64', user: 'u' }, model)).toEqual({
      bodies: [body],
      warnings,
    });
  });

  it('asks Titan for one text at a time, Cohere for many', () => {
    const input = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    expect(batchesOf({ input }, TITAN_2).bodies).toEqual(input.map((inputText) => ({ inputText })));
    expect(batchesOf({ input }, COHERE_4).bodies.map(({ texts }) => texts)).toEqual([
      input.slice(0, 96),
      input.slice(96),
    ]);
  });

  it('passes on what is the model’s own, and tells the rest', () => {
    const asked = { normalize: false, input_type: 'search_query', truncate: 'END', dimensions: null, of_tomorrow: 1 };
    expect(batchesOf(asked, TITAN_2)).toEqual({
      bodies: [{ inputText: 'text', normalize: false }],
      warnings: ['input_type', 'truncate', 'of_tomorrow'],
    });
    expect(batchesOf(asked, COHERE_3)).toEqual({
      bodies: [{ texts: ['text'], input_type: 'search_query', truncate: 'END' }],
      warnings: ['normalize', 'of_tomorrow'],
    });
  });

  it.each([
    ['token ids', { input: [1, 2] }, TITAN_2, 'input'],
    ['several texts of token ids', { input: ['a', [1, 2]] }, COHERE_4, 'input[1]'],
    ['a model nobody here knows', {}, 'acme.embed-v1', 'model'],
  ])('refuses %s', (_name, changes, model, param) => {
    expect(() => batchesOf(changes, model)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
    );
  });
});

describe('readVectors', () => {
  const read = (body: unknown, count = 1, headers = {}) =>
    readVectors({ status: 200, headers, body: Buffer.from(JSON.stringify(body)) }, count);

  it.each([
    ['Titan', { embedding: [1, 2], inputTextTokenCount: 5 }, 1, {}, { vectors: [[1, 2]], tokens: 5 }],
    [
      'Cohere 3',
      { embeddings: [[1], [2]] },
      2,
      { 'x-amzn-bedrock-input-token-count': '7' },
      { vectors: [[1], [2]], tokens: 7 },
    ],
    ['Cohere 4', { embeddings: { float: [[1]] } }, 1, {}, { vectors: [[1]], tokens: undefined }],
  ])('of %s', (_name, body, count, headers, vectors) => {
    expect(read(body, count, headers)).toEqual(vectors);
  });

  it.each([
    [{}],
    [{ embeddings: [[1], [2]] }],
    [{ embedding: 'x' }],
    [{ embeddings: { int8: [[1]] } }],
    [[]],
    [{ embedding: [] }],
  ])('refuses %j', (body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});

describe('toEmbeddingAnswer', () => {
  const parts = [
    { vectors: [[0.5, -1]], tokens: 3 },
    { vectors: [[2, 0.25]], tokens: 4 },
  ];
  const answerOf = (format: 'float' | 'base64' | null, counted = parts) => {
    const { bytes, usage } = toEmbeddingAnswer(counted, { model: 'm', input: '', encoding_format: format }, TITAN_2);
    return { usage, list: JSON.parse(bytes.toString()) as { data: { embedding: unknown }[]; usage: unknown } };
  };

  it('puts the parts together', () => {
    const { list, usage } = answerOf(null);
    expect(list).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -1] },
        { object: 'embedding', index: 1, embedding: [2, 0.25] },
      ],
      model: TITAN_2,
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    expect(usage?.inputUncached).toBe(7);
  });

  it('writes base64 where that is asked for', () => {
    const [first] = answerOf('base64').list.data;
    const bytes = Buffer.from(String(first?.embedding), 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([0.5, -1]);
  });

  it('counts nothing where a part was not counted', () => {
    expect(
      answerOf(null, [...parts, { vectors: [[1, 1]], tokens: undefined as unknown as number }]).usage,
    ).toBeUndefined();
  });
});
