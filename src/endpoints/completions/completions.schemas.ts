import { FLAG, listOf, NamedSchema, NUMBER, oneOf, orNull, TEXT, WHOLE } from '../../protocol/json-schema.js';
import { anyOf, between, jsonShape, MODEL, OBJECT, whole } from '../request-shape.js';

/** The parameters of OpenAI's completions. @see https://platform.openai.com/docs/api-reference/completions/create */
export const COMPLETION_REQUEST = jsonShape(
  'CompletionRequest',
  { model: MODEL, prompt: anyOf(TEXT, listOf(TEXT), listOf(WHOLE), listOf(listOf(WHOLE))) },
  {
    best_of: whole(0),
    echo: FLAG,
    frequency_penalty: between(-2, 2),
    logit_bias: OBJECT,
    logprobs: whole(0),
    max_tokens: whole(0),
    n: whole(1, 128),
    presence_penalty: between(-2, 2),
    seed: WHOLE,
    stop: anyOf(TEXT, listOf(TEXT)),
    stream: FLAG,
    stream_options: { type: 'object', properties: { include_usage: { type: ['boolean', 'null'] } } },
    suffix: TEXT,
    temperature: between(0, 2),
    top_p: between(0, 1),
    user: TEXT,
  },
  { model: 'gpt-3.5-turbo-instruct', prompt: 'Once upon a time', max_tokens: 32 },
);

export const COMPLETION = new NamedSchema('Completion', {
  type: 'object',
  properties: {
    id: TEXT,
    object: oneOf('text_completion'),
    created: NUMBER,
    model: TEXT,
    choices: listOf({
      type: 'object',
      properties: { index: WHOLE, text: TEXT, finish_reason: orNull(TEXT), logprobs: orNull(OBJECT) },
      required: ['index', 'text'],
    }),
    usage: OBJECT,
    system_fingerprint: orNull(TEXT),
  },
  required: ['id', 'object', 'created', 'model', 'choices'],
});
