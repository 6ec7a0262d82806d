import { createHash } from 'node:crypto';
import { type EmbeddingList, type EmbeddingRequest } from '../../protocol/embeddings.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { encodeEmbedding } from '../embedding-values.js';
import { jsonAnswer, type SimulatedOperation } from './simulator.capability.js';
import { invalid } from './simulator.controls.js';
import { reportOthers } from './simulator.parameters.js';
import { tokensIn } from './simulator.text.js';

const DONE: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user', 'simulator']);

const DEFAULT_DIMENSIONS = 1536;
const MAX_DIMENSIONS = 8192;

/** The same text has the same vector, of length 1; what two texts mean has no part in it. */
export const SIMULATED_EMBEDDINGS: SimulatedOperation<EmbeddingRequest> = {
  content: [],
  report: ({ request, body, unsupported }) => {
    if ((request.dimensions ?? 1) > MAX_DIMENSIONS) throw invalid('dimensions', `at most ${MAX_DIMENSIONS}`);
    reportOthers(body.value, DONE, unsupported);
  },
  answer: ({ request }) => {
    const inputs = inputsOf(request.input);
    const format = request.encoding_format ?? 'float';
    const tokens = inputs.reduce((sum, input) => sum + (typeof input === 'string' ? tokensIn(input) : input.length), 0);
    const usage = { prompt_tokens: tokens, total_tokens: tokens };
    const list: EmbeddingList = {
      object: 'list',
      data: inputs.map((input, index) => ({
        object: 'embedding',
        index,
        embedding: encodeEmbedding(vectorOf(input, request.dimensions ?? DEFAULT_DIMENSIONS), format),
      })),
      model: request.model,
      usage,
    };
    return jsonAnswer(list, tokenUsageFromOpenAi(usage));
  },
};

function inputsOf(input: EmbeddingRequest['input']): (string | number[])[] {
  if (typeof input === 'string') return [input];
  const ids = input.filter((item) => typeof item === 'number');
  return ids.length > 0 ? [ids] : input.filter((item) => typeof item !== 'number');
}

/** Values that 32 bits hold exactly, so that both formats say the same. */
function vectorOf(input: string | number[], dimensions: number): number[] {
  const random = randomsFrom(createHash('sha256').update(JSON.stringify(input)).digest().readUInt32LE(0));
  const values = Array.from({ length: dimensions }, () => random() * 2 - 1);
  const length = Math.hypot(...values);
  return values.map((value) => Math.fround(value / length));
}

/** Numbers from 0 to 1, the same for the same seed. @see https://en.wikipedia.org/wiki/Xorshift */
function randomsFrom(seed: number): () => number {
  // Zero would stay zero.
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
