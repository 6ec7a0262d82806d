import { type CompletionRequest } from '../../protocol/completions.js';
import {
  checkBoolean,
  checkInteger,
  checkModel,
  checkNames,
  checkNumber,
  checkObject,
  checkStop,
  checkStream,
  checkString,
  invalidType,
  missing,
} from '../parameter-checks.js';
import { COMPLETION_REQUEST } from './completions.schemas.js';

/**
 * Sees that a body asks for the completion of a text as far as every provider would agree.
 * @throws GatewayError naming the parameter.
 */
export function checkCompletionRequest(body: Record<string, unknown>): CompletionRequest {
  checkNames(body, COMPLETION_REQUEST.names);
  checkModel(body);
  checkPrompt(body);
  checkStream(body);
  checkInteger(body, 'max_tokens', 0, Number.MAX_SAFE_INTEGER);
  checkInteger(body, 'n', 1, 128);
  checkInteger(body, 'best_of', 0, Number.MAX_SAFE_INTEGER);
  checkInteger(body, 'logprobs', 0, Number.MAX_SAFE_INTEGER);
  checkNumber(body, 'temperature', 0, 2);
  checkNumber(body, 'top_p', 0, 1);
  checkNumber(body, 'presence_penalty', -2, 2);
  checkNumber(body, 'frequency_penalty', -2, 2);
  checkBoolean(body, 'echo');
  checkString(body, 'suffix');
  checkString(body, 'user');
  checkObject(body, 'logit_bias');
  checkStop(body);
  // Every field that this gateway reads has been looked at.
  return body as unknown as CompletionRequest;
}

function checkPrompt({ prompt }: Readonly<Record<string, unknown>>): void {
  if (prompt === undefined || prompt === null) throw missing('prompt');
  if (typeof prompt !== 'string' && !Array.isArray(prompt)) throw invalidType('prompt', 'a string or an array');
}
