import { FLAG, listOf, NamedSchema, NUMBER, TEXT, WHOLE } from '../../protocol/json-schema.js';
import { anyOf, jsonShape, MODEL, OBJECT, some, whole, WORDS } from '../request-shape.js';

/** The parameters of Cohere's rerank, of both versions. @see https://docs.cohere.com/reference/rerank */
export const RERANK_REQUEST = jsonShape(
  'RerankRequest',
  { model: MODEL, query: WORDS, documents: some(anyOf(TEXT, OBJECT)) },
  {
    max_chunks_per_doc: WHOLE,
    max_tokens_per_doc: whole(1),
    priority: WHOLE,
    rank_fields: listOf(TEXT),
    return_documents: FLAG,
    top_n: whole(1),
  },
  { model: 'rerank-v3.5', query: 'What is the capital?', documents: ['Paris is.', 'Lyon is not.'], top_n: 1 },
);

export const RANKING = new NamedSchema('Ranking', {
  type: 'object',
  properties: {
    id: TEXT,
    meta: OBJECT,
    results: listOf({
      type: 'object',
      properties: { index: WHOLE, relevance_score: NUMBER },
      required: ['index', 'relevance_score'],
    }),
  },
  required: ['results'],
});
