import { FLAG, listOf, NamedSchema, TEXT } from '../../protocol/json-schema.js';
import { anyOf, jsonShape, MODEL, OBJECT, some } from '../request-shape.js';

/** The parameters of OpenAI's moderations. @see https://platform.openai.com/docs/api-reference/moderations/create */
export const MODERATION_REQUEST = jsonShape(
  'ModerationRequest',
  { input: anyOf(TEXT, some(anyOf(TEXT, OBJECT))) },
  { model: MODEL },
  { model: 'omni-moderation-latest', input: 'A text' },
);

export const MODERATION = new NamedSchema('Moderation', {
  type: 'object',
  properties: {
    id: TEXT,
    model: TEXT,
    results: listOf({
      type: 'object',
      properties: { flagged: FLAG, categories: OBJECT, category_scores: OBJECT, category_applied_input_types: OBJECT },
      required: ['flagged', 'categories', 'category_scores'],
    }),
  },
  required: ['id', 'model', 'results'],
});
