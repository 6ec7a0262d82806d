import { listOf, NamedSchema, NUMBER, oneOf, TEXT, WHOLE } from '../../protocol/json-schema.js';
import { anyOf, jsonShape, MODEL, some, whole, WORDS } from '../request-shape.js';

const TOKEN_IDS = some(whole(0));

/** The parameters of OpenAI's embeddings. @see https://platform.openai.com/docs/api-reference/embeddings/create */
export const EMBEDDING_REQUEST = jsonShape(
  'EmbeddingRequest',
  { model: MODEL, input: anyOf(WORDS, some(TEXT), TOKEN_IDS, some(TOKEN_IDS)) },
  { dimensions: whole(1), encoding_format: oneOf('float', 'base64'), user: TEXT },
  { model: 'text-embedding-3-small', input: 'A text' },
);

export const EMBEDDING_LIST = new NamedSchema('EmbeddingList', {
  type: 'object',
  properties: {
    object: oneOf('list'),
    data: listOf({
      type: 'object',
      properties: { object: oneOf('embedding'), index: WHOLE, embedding: anyOf(listOf(NUMBER), TEXT) },
      required: ['object', 'index', 'embedding'],
    }),
    model: TEXT,
    usage: {
      type: 'object',
      properties: { prompt_tokens: WHOLE, total_tokens: WHOLE },
      required: ['prompt_tokens', 'total_tokens'],
    },
  },
  required: ['object', 'data', 'model', 'usage'],
});
