import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import {
  checkInteger,
  checkModel,
  checkNames,
  checkNotStreamed,
  checkString,
  invalidType,
  invalidValue,
  missing,
} from '../parameter-checks.js';
import { EMBEDDING_REQUEST } from './embeddings.schemas.js';

const FORMATS: ReadonlySet<unknown> = new Set(['float', 'base64']);

/**
 * Sees that a body asks for embeddings as far as every provider would agree; how much of it a model takes the provider
 * checks.
 * @throws GatewayError naming the parameter.
 */
export function checkEmbeddingRequest(body: Record<string, unknown>): EmbeddingRequest {
  checkNames(body, EMBEDDING_REQUEST.names);
  checkModel(body);
  checkInput(body);
  checkInteger(body, 'dimensions', 1, Number.MAX_SAFE_INTEGER);
  const format = body['encoding_format'];
  if (format !== undefined && format !== null && !FORMATS.has(format)) {
    throw invalidValue('encoding_format', 'one of float, base64');
  }
  checkString(body, 'user');
  checkNotStreamed(body);
  // Every field that this gateway reads has been looked at.
  return body as unknown as EmbeddingRequest;
}

/** A text, texts, the token ids of a text, or several of those. */
function checkInput({ input }: Readonly<Record<string, unknown>>): void {
  if (input === undefined || input === null) throw missing('input');
  if (typeof input === 'string') {
    if (input === '') throw invalidValue('input', 'a text that is not empty');
    return;
  }
  if (!Array.isArray(input)) throw invalidType('input', 'a string or an array');
  if (input.length === 0) throw invalidValue('input', 'an array that is not empty');
  const isWanted = wantedAfter(input[0]);
  const place = input.findIndex((item) => !isWanted(item));
  if (place >= 0)
    throw invalidType(`input[${place}]`, 'a string, a token id or an array of token ids, like the others');
}

const isText = (item: unknown): boolean => typeof item === 'string';
const isTokenId = (item: unknown): boolean => Number.isSafeInteger(item) && Number(item) >= 0;
const isTokenIds = (item: unknown): boolean => Array.isArray(item) && item.length > 0 && item.every(isTokenId);

/** All items are of the sort of the first. */
function wantedAfter(first: unknown): (item: unknown) => boolean {
  if (isText(first)) return isText;
  return Array.isArray(first) ? isTokenIds : isTokenId;
}
