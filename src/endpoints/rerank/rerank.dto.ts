import { isObject } from '../../protocol/json.js';
import { type RerankRequest } from '../../protocol/rerank.js';
import {
  checkArray,
  checkInteger,
  checkModel,
  checkNames,
  checkNotStreamed,
  checkString,
  checkText,
  invalidType,
  invalidValue,
  missing,
} from '../parameter-checks.js';
import { RERANK_REQUEST } from './rerank.schemas.js';

/**
 * Sees that a body asks for a ranking as far as every provider would agree.
 * @throws GatewayError naming the parameter.
 */
export function checkRerankRequest(body: Record<string, unknown>): RerankRequest {
  checkNames(body, RERANK_REQUEST.names);
  checkModel(body);
  checkText(body, 'query');
  checkDocuments(body);
  checkInteger(body, 'top_n', 1, Number.MAX_SAFE_INTEGER);
  checkInteger(body, 'max_tokens_per_doc', 1, Number.MAX_SAFE_INTEGER);
  checkString(body, 'user');
  checkNotStreamed(body);
  // Every field that this gateway reads has been looked at.
  return body as unknown as RerankRequest;
}

function checkDocuments(body: Readonly<Record<string, unknown>>): void {
  const documents = checkArray(body, 'documents');
  if (documents === undefined) throw missing('documents');
  if (documents.length === 0) throw invalidValue('documents', 'an array with at least one document');
  const place = documents.findIndex((document) => typeof document !== 'string' && !isObject(document));
  if (place >= 0) throw invalidType(`documents[${place}]`, 'a string or an object');
}
