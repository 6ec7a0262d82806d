import { isObject } from '../../protocol/json.js';
import { type ModerationRequest } from '../../protocol/moderations.js';
import {
  checkModel,
  checkNames,
  checkNotStreamed,
  checkString,
  invalidType,
  invalidValue,
  missing,
} from '../parameter-checks.js';
import { MODERATION_REQUEST } from './moderations.schemas.js';

/** The model of a request that names none, as OpenAI has it. */
const DEFAULT_MODEL = 'omni-moderation-latest';

/**
 * Sees that a body asks for a moderation as far as every provider would agree.
 * @throws GatewayError naming the parameter.
 */
export function checkModerationRequest(body: Record<string, unknown>): ModerationRequest {
  checkNames(body, MODERATION_REQUEST.names);
  const request = { ...body, model: body['model'] ?? DEFAULT_MODEL };
  checkModel(request);
  checkInput(body);
  checkString(body, 'user');
  checkNotStreamed(body);
  // Every field that this gateway reads has been looked at.
  return request as unknown as ModerationRequest;
}

/** A text, texts, or parts with text and images. */
function checkInput({ input }: Readonly<Record<string, unknown>>): void {
  if (input === undefined || input === null) throw missing('input');
  if (typeof input === 'string') return;
  if (!Array.isArray(input)) throw invalidType('input', 'a string or an array');
  if (input.length === 0) throw invalidValue('input', 'an array that is not empty');
  const place = input.findIndex((item) => typeof item !== 'string' && !isObject(item));
  if (place >= 0) throw invalidType(`input[${place}]`, 'a string or an object');
}
