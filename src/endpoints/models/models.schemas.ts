import { FLAG, listOf, NamedSchema, oneOf, TEXT, WHOLE } from '../../protocol/json-schema.js';
import { type Model, type ModelCapabilities } from '../../protocol/models.js';

const CAPABILITIES: Record<keyof ModelCapabilities, object> = { tools: FLAG, json_schema: FLAG, reasoning: FLAG };

const MEMBERS: Record<keyof Model, object> = {
  id: TEXT,
  object: oneOf('model'),
  created: WHOLE,
  owned_by: TEXT,
  context_window: WHOLE,
  max_output_tokens: WHOLE,
  input_modalities: listOf(TEXT),
  output_modalities: listOf(TEXT),
  capabilities: { type: 'object', properties: CAPABILITIES },
};

export const MODEL = new NamedSchema('Model', {
  type: 'object',
  properties: MEMBERS,
  required: ['id', 'object', 'created', 'owned_by'],
});

export const MODEL_LIST = new NamedSchema('ModelList', {
  type: 'object',
  properties: { object: oneOf('list'), data: listOf(MODEL) },
  required: ['object', 'data'],
});
