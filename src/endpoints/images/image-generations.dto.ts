import { type ImageGenerationRequest } from '../../protocol/images.js';
import { checkBoolean, checkInteger, checkModel, checkNames, checkString, checkText } from '../parameter-checks.js';

/** The parameters of OpenAI's images. @see https://platform.openai.com/docs/api-reference/images/create */
const KNOWN: ReadonlySet<string> = new Set([
  'background',
  'model',
  'moderation',
  'n',
  'output_compression',
  'output_format',
  'partial_images',
  'prompt',
  'quality',
  'response_format',
  'size',
  'stream',
  'style',
  'user',
]);

/** The model of a request that names none, as OpenAI has it. */
const DEFAULT_MODEL = 'dall-e-2';

/**
 * Sees that a body asks for images as far as every provider would agree.
 * @throws GatewayError naming the parameter.
 */
export function checkImageGenerationRequest(body: Record<string, unknown>): ImageGenerationRequest {
  checkNames(body, KNOWN);
  const request = { ...body, model: body['model'] ?? DEFAULT_MODEL };
  checkModel(request);
  checkText(body, 'prompt');
  checkBoolean(body, 'stream');
  checkInteger(body, 'n', 1, Number.MAX_SAFE_INTEGER);
  checkInteger(body, 'output_compression', 0, 100);
  checkInteger(body, 'partial_images', 0, Number.MAX_SAFE_INTEGER);
  for (const param of TEXTS) checkString(body, param);
  // Every field that this gateway reads has been looked at.
  return request as unknown as ImageGenerationRequest;
}

const TEXTS = ['background', 'moderation', 'output_format', 'quality', 'response_format', 'size', 'style', 'user'];
