import { FLAG, listOf, NamedSchema, NUMBER, TEXT } from '../../protocol/json-schema.js';
import { FILE, formShape, jsonShape, MODEL, OBJECT, whole, WORDS } from '../request-shape.js';

/** The parameters of OpenAI's images. @see https://platform.openai.com/docs/api-reference/images/create */
export const IMAGE_REQUEST = jsonShape(
  'ImageGenerationRequest',
  { prompt: WORDS },
  {
    background: TEXT,
    model: MODEL,
    moderation: TEXT,
    n: whole(1),
    output_compression: whole(0, 100),
    output_format: TEXT,
    partial_images: whole(0),
    quality: TEXT,
    response_format: TEXT,
    size: TEXT,
    stream: FLAG,
    style: TEXT,
    user: TEXT,
  },
  { model: 'gpt-image-1', prompt: 'A lighthouse', size: '1024x1024' },
);

/** @see https://platform.openai.com/docs/api-reference/images/createEdit */
export const IMAGE_EDIT_REQUEST = formShape(
  'ImageEditRequest',
  { model: MODEL, prompt: TEXT, image: FILE },
  {
    background: TEXT,
    input_fidelity: TEXT,
    mask: FILE,
    moderation: TEXT,
    n: TEXT,
    output_compression: TEXT,
    output_format: TEXT,
    partial_images: TEXT,
    quality: TEXT,
    response_format: TEXT,
    size: TEXT,
    stream: TEXT,
    user: TEXT,
  },
);

export const IMAGES = new NamedSchema('Images', {
  type: 'object',
  properties: {
    created: NUMBER,
    data: listOf({ type: 'object', properties: { b64_json: TEXT, url: TEXT, revised_prompt: TEXT } }),
    background: TEXT,
    output_format: TEXT,
    quality: TEXT,
    size: TEXT,
    usage: OBJECT,
  },
  required: ['created', 'data'],
});
