import { type CallContext } from '../../events/call-context.js';
import { isObject } from '../../protocol/json.js';

/** What the usual tokenizers make of English text, JSON and code, near enough for an estimate. */
const BYTES_PER_TOKEN = 4;

/**
 * What a call is expected to use, before anybody has counted: a token for every four bytes of the request, and as much of
 * an answer as it asks for at most. Images and sounds in it count nothing: their tokens have nothing to do with their bytes.
 */
export function estimateTokens({ request, body }: Pick<CallContext, 'request' | 'body'>): number {
  if (!isObject(request)) return Math.ceil(body.size / BYTES_PER_TOKEN);
  const { messages, n } = request;
  const text = Array.isArray(messages) ? body.size - embeddedBytes(messages) : body.size;
  const longest = countOf(request['max_completion_tokens'] ?? request['max_tokens'], 0);
  return Math.ceil(text / BYTES_PER_TOKEN) + longest * countOf(n, 1);
}

/** Whatever stands there: not every endpoint has checked it. */
function countOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : otherwise;
}

function embeddedBytes(messages: readonly unknown[]): number {
  let bytes = 0;
  for (const message of messages) {
    if (!isObject(message) || !Array.isArray(message['content'])) continue;
    for (const part of message['content'] as readonly unknown[]) if (isObject(part)) bytes += dataBytesOf(part);
  }
  return bytes;
}

/** As OpenAI has images, sounds and files. */
function dataBytesOf({ image_url: image, input_audio: audio, file }: Record<string, unknown>): number {
  let bytes = 0;
  if (isObject(image)) bytes += embedded(image['url']);
  if (isObject(audio)) bytes += embedded(audio['data']);
  if (isObject(file)) bytes += embedded(file['file_data']);
  return bytes;
}

function embedded(data: unknown): number {
  return typeof data === 'string' && !/^https?:/i.test(data) ? data.length : 0;
}
