import { list, object, pick, type ProviderDouble } from '../provider-double.js';
import { GENERATE_CONTENT } from './gemini.js';

const KEY = 'vertex-key-0123456789';
const EMBEDDER = 'text-embedding-005';
const HOME = '/v1/projects/our-project/locations/europe-west4/publishers/google/models';

/**
 * With a key, which Vertex AI takes in place of a token.
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 */
export const vertex: ProviderDouble = {
  ...GENERATE_CONTENT,
  kind: 'vertex',
  settings: (origin) => ({ baseUrl: origin, apiKey: KEY, project: 'our-project', region: 'europe-west4' }),
  chatPath: (streaming) =>
    `${HOME}/${GENERATE_CONTENT.model}:${streaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  letsIn: ({ headers }) => headers['x-goog-api-key'] === KEY,
  embeddings: {
    model: EMBEDDER,
    path: `${HOME}/${EMBEDDER}:predict`,
    counts: true,
    read: ({ json, path }) => ({
      model: /\/models\/([^:]+):predict$/.exec(path)?.[1] ?? '',
      inputs: list(json['instances']).map(({ content }) => content),
      parameters: pick(object(json['parameters']), { outputDimensionality: 'dimensions' }),
    }),
    answer: (vectors, _request, tokens) => ({
      predictions: vectors.map((values, index) => ({
        embeddings: { values, statistics: { token_count: index === 0 ? tokens : 0, truncated: false } },
      })),
    }),
  },
};
