import { describe, expect, it } from 'vitest';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { toBatches, toEmbeddingAnswer, toEmbeddingCall, toListPiece } from './gemini.embeddings.js';
import { type GeminiService } from './gemini.request.js';

function batches(fields: Record<string, unknown>, model = 'gemini-embedding-001', service: GeminiService = 'gemini') {
  const unsupported = new UnsupportedParameters('warn');
  const request = { model: 'm', input: 'a', ...fields } as EmbeddingRequest;
  return { found: toBatches(request, { upstreamModel: model, service, unsupported }), names: unsupported.names };
}

function call(fields: Record<string, unknown>, model: string, service: GeminiService) {
  const [first] = batches(fields, model, service).found;
  if (first === undefined) throw new Error('There is no batch.');
  return toEmbeddingCall(first, model, service);
}

const response = (value: unknown) => ({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(value)) });

describe('toBatches', () => {
  it.each<[GeminiService, string, number, number[]]>([
    ['gemini', 'gemini-embedding-001', 201, [100, 100, 1]],
    ['vertex', 'gemini-embedding-001', 3, [1, 1, 1]],
    ['vertex', 'text-embedding-005', 251, [250, 1]],
  ])('gives %s as many texts for %s as it takes', (service, model, count, sizes) => {
    const input = Array.from({ length: count }, (_, at) => String(at));
    const { found } = batches({ input }, model, service);
    expect(found.map(({ texts }) => texts.length)).toEqual(sizes);
    expect(found.flatMap(({ texts }) => texts)).toEqual(input);
    expect(found.map(({ offset, texts }) => input[offset] === texts[0])).toEqual(sizes.map(() => true));
  });

  it('gives Vertex AI no more to read at once than it reads', () => {
    const { found } = batches({ input: ['x'.repeat(50_000), 'y'.repeat(20_000), 'z'] }, 'text-embedding-005', 'vertex');
    expect(found.map(({ texts }) => texts.length)).toEqual([1, 2]);
  });

  it.each([[[1, 2, 3]], [[[1], [2]]]])('refuses token ids', (input) => {
    expect(() => batches({ input })).toThrow(expect.objectContaining({ status: 400, param: 'input' }));
  });

  it('names what has no counterpart', () => {
    expect(batches({ user: 'u', dimensions: null, task_type: 'CLUSTERING', own: 1 }).names).toEqual(['own']);
  });
});

describe('toEmbeddingCall', () => {
  it('asks the Gemini API for several', () => {
    expect(
      call({ input: ['a', 'b'], dimensions: 8, task_type: 'CLUSTERING' }, 'gemini-embedding-001', 'gemini'),
    ).toEqual({
      method: 'batchEmbedContents',
      body: {
        requests: ['a', 'b'].map((text) => ({
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text }] },
          taskType: 'CLUSTERING',
          outputDimensionality: 8,
        })),
      },
    });
  });

  it('asks Vertex AI for predictions', () => {
    expect(call({ input: ['a', 'b'], dimensions: 8, task_type: 'CLUSTERING' }, 'text-embedding-005', 'vertex')).toEqual(
      {
        method: 'predict',
        body: {
          instances: [
            { content: 'a', task_type: 'CLUSTERING' },
            { content: 'b', task_type: 'CLUSTERING' },
          ],
          parameters: { outputDimensionality: 8 },
        },
      },
    );
  });

  it('asks Vertex AI for one, of later models', () => {
    expect(call({}, 'gemini-embedding-2-preview', 'vertex')).toEqual({
      method: 'embedContent',
      body: { content: { parts: [{ text: 'a' }] } },
    });
  });
});

describe('the answer', () => {
  const batch = { texts: ['a', 'b'], offset: 3, format: 'float', dimensions: undefined, taskType: undefined } as const;
  const vectors = { embeddings: [{ values: [1, 0.5] }, { values: [-1, 0] }] };

  it('is a list, in the order of the texts', () => {
    const first = toListPiece(response(vectors), { ...batch, offset: 0 });
    const second = toListPiece(response({ embedding: { values: [7] } }), {
      ...batch,
      texts: ['c'],
      offset: 2,
      format: 'base64',
    });
    const { bytes, usage } = toEmbeddingAnswer([first, second], 'm');
    expect(JSON.parse(bytes.toString())).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [1, 0.5] },
        { object: 'embedding', index: 1, embedding: [-1, 0] },
        { object: 'embedding', index: 2, embedding: Buffer.from(new Float32Array([7]).buffer).toString('base64') },
      ],
      model: 'm',
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
    expect(usage).toBeUndefined();
  });

  it('counts what was counted', () => {
    const one = (tokens: number) =>
      toListPiece(response({ predictions: [{ embeddings: { values: [1], statistics: { token_count: tokens } } }] }), {
        ...batch,
        texts: ['a'],
      });
    const other = toListPiece(response({ ...vectors, usageMetadata: { promptTokenCount: 4 } }), batch);
    const { bytes, usage } = toEmbeddingAnswer([one(2), one(3), other], 'm');
    expect(usage).toMatchObject({ inputUncached: 9 });
    expect(JSON.parse(bytes.toString())).toMatchObject({ usage: { prompt_tokens: 9, total_tokens: 9 } });
    expect(toEmbeddingAnswer([one(2), toListPiece(response(vectors), batch)], 'm').usage).toBeUndefined();
  });

  it.each([
    [{}, 'upstream_invalid_response'],
    [{ embeddings: [{ values: [1] }] }, 'upstream_invalid_response'],
    [{ error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT' } }, 'INVALID_ARGUMENT'],
  ])('is refused where it is %j', (value, code) => {
    expect(() => toListPiece(response(value), batch)).toThrow(expect.objectContaining({ code }));
  });
});
