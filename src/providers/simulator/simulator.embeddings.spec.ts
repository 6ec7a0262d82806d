import { describe, expect, it } from 'vitest';
import { type EmbeddingList, type EmbeddingRequest } from '../../protocol/embeddings.js';
import { answerOf, jsonCall, simulator } from '../../../test/support/simulator.js';

const embed = (fields: Record<string, unknown>) => answerOf(simulator.embeddings, jsonCall<EmbeddingRequest>(fields));

/** The vectors of an answer as numbers. */
async function vectorsOf(fields: Record<string, unknown>): Promise<number[][]> {
  const { json } = await embed(fields);
  return (json as unknown as EmbeddingList).data.map(({ embedding }) => {
    if (typeof embedding !== 'string') return embedding;
    const bytes = Buffer.from(embedding, 'base64');
    return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  });
}

describe('simulated embeddings', () => {
  it('are the same for the same text, and of length 1', async () => {
    const [one = [], two, again] = await vectorsOf({ input: ['one', 'two', 'one'] });
    expect(one).toHaveLength(1536);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(await vectorsOf({ input: 'one' })).toEqual([one]);
    expect(Math.hypot(...one)).toBeCloseTo(1, 5);
  });

  it('are as long as is asked for, in either format the same', async () => {
    const fields = { input: 'one', dimensions: 3 };
    const [vector = []] = await vectorsOf(fields);
    expect(vector).toHaveLength(3);
    expect(await vectorsOf({ ...fields, encoding_format: 'base64' })).toEqual([vector]);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it('take token ids, and count', async () => {
    expect(await vectorsOf({ input: [1, 2], dimensions: 3 })).toEqual(
      await vectorsOf({ input: [[1, 2]], dimensions: 3 }),
    );
    const { json, usage } = await embed({ input: [[1, 2], [3]], dimensions: 1 });
    expect(json).toMatchObject({ data: [{ index: 0 }, { index: 1 }], usage: { prompt_tokens: 3, total_tokens: 3 } });
    expect(usage).toMatchObject({ inputUncached: 3, output: 0 });
    expect((await embed({ input: 'four4', dimensions: 1 })).usage).toMatchObject({ inputUncached: 2 });
  });

  it('are not as long as anybody likes', async () => {
    await expect(embed({ input: 'a', dimensions: 1e9 })).rejects.toMatchObject({ status: 400, param: 'dimensions' });
  });
});
