import { expect } from 'vitest';
import { type ProviderFeature } from '../../src/providers/provider-limits.js';
import { type Json, list, type NativeEmbeddingRequest } from './provider-double.js';

/** One thing that a request for embeddings can ask for, and that not every provider has. */
export interface EmbeddingCase {
  readonly feature: ProviderFeature;
  /** The row in docs/conformance.md. */
  readonly title: string;
  readonly asks: Json;
  /** Fails unless the provider is asked for it. */
  seen?(native: NativeEmbeddingRequest): void;
  /** Fails unless the client gets it. @param answer what the client got, in OpenAI's form. */
  told?(answer: Json): void;
}

/** Of each text; 32-bit floats hold them exactly. */
export const VECTORS: ReadonlyMap<unknown, readonly number[]> = new Map([
  ['alpha', [0.5, -0.25, 1]],
  ['größer', [0.125, 2, -3]],
  ['漢字', [4, 0, -0.5]],
]);
const TEXTS = [...VECTORS.keys()];

const vectorsIn = (answer: Json): unknown[] => list(answer['data']).map(({ embedding }) => embedding);

export const EMBEDDING_CASES: readonly EmbeddingCase[] = [
  {
    feature: 'embeddings.several',
    title: 'several texts at once',
    asks: { input: TEXTS },
    // Those who are asked for one at a time are asked at once.
    seen: ({ inputs }) => {
      expect(inputs).toHaveLength(TEXTS.length);
      expect(inputs).toEqual(expect.arrayContaining(TEXTS));
    },
    told: (answer) => {
      expect(vectorsIn(answer)).toEqual([...VECTORS.values()]);
      expect(list(answer['data']).map(({ index }) => index)).toEqual([0, 1, 2]);
    },
  },
  {
    feature: 'embeddings.base64',
    title: '`encoding_format: base64`',
    asks: { input: 'alpha', encoding_format: 'base64' },
    told: (answer) => {
      const bytes = Buffer.from(String(vectorsIn(answer)[0]), 'base64');
      expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual(VECTORS.get('alpha'));
      expect(bytes).toHaveLength(12);
    },
  },
  {
    feature: 'embeddings.dimensions',
    title: '`dimensions`',
    asks: { input: 'alpha', dimensions: 256 },
    seen: ({ parameters }) => expect(parameters['dimensions']).toBe(256),
  },
  {
    feature: 'embeddings.token_ids',
    title: 'token ids in place of a text',
    asks: { input: [[1, 2, 3]] },
    seen: ({ inputs }) => expect(inputs).toEqual([[1, 2, 3]]),
  },
  {
    feature: 'embeddings.user',
    title: '`user`',
    asks: { input: 'alpha', user: 'user-1' },
    seen: ({ parameters }) => expect(parameters['user']).toBe('user-1'),
  },
];
