import { type CallContext } from '../../events/call-context.js';
import { isObject } from '../../protocol/json.js';
import { BYTES_PER_TOKEN, textBytesOf } from '../../protocol/text-bytes.js';

/**
 * What a call is expected to use, before anybody has counted: a token for every four bytes of the request, and as much of
 * an answer as it asks for at most. Images and sounds in it count nothing: their tokens have nothing to do with their bytes.
 */
export function estimateTokens(call: Pick<CallContext, 'request' | 'body'>): number {
  const read = Math.ceil(textBytesOf(call) / BYTES_PER_TOKEN);
  const { request } = call;
  if (!isObject(request)) return read;
  const longest = countOf(request['max_completion_tokens'] ?? request['max_tokens'], 0);
  return read + longest * countOf(request['n'], 1);
}

/** Whatever stands there: not every endpoint has checked it. */
function countOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : otherwise;
}
