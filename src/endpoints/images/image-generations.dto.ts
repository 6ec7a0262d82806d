import { type ImageGenerationRequest } from '../../protocol/images.js';
import { checkBoolean, checkInteger, checkModel, checkNames, checkString, checkText } from '../parameter-checks.js';
import { IMAGE_REQUEST } from './images.schemas.js';

/** The model of a request that names none, as OpenAI has it. */
const DEFAULT_MODEL = 'dall-e-2';

/**
 * Sees that a body asks for images as far as every provider would agree.
 * @throws GatewayError naming the parameter.
 */
export function checkImageGenerationRequest(body: Record<string, unknown>): ImageGenerationRequest {
  checkNames(body, IMAGE_REQUEST.names);
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
