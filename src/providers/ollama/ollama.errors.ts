import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { retryAfterSeconds, type UpstreamResponse } from '../../upstream/upstream-request.js';

const MAX_MESSAGE = 2_000;

/**
 * What an error answer of Ollama's means: `{"error": "text"}`, without a code. Plain text and HTML come from proxies in
 * front of it.
 *
 * @see https://docs.ollama.com/api/errors
 */
export function toOllamaError({ status, headers, body }: UpstreamResponse): UpstreamError {
  const text = body.toString('utf8');
  const value = parseJson(text);
  const message = isObject(value) ? messageOf(value['error']) : plainText(text);
  const retryAfter = retryAfterSeconds(headers);
  return new UpstreamError('upstream_error', {
    status: shownStatus(status),
    message: message ?? `The provider answered with status ${status}.`,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** Unusual statuses are those of proxies: no client of OpenAI's knows them. */
function shownStatus(status: number): number {
  if (status === 529) return 503;
  return status > 504 ? 502 : status;
}

/** The `error` of a line in a stream, or of an answer with status 200: Ollama had begun before it failed. */
export function toOllamaStreamError(error: unknown): UpstreamError {
  return new UpstreamError('upstream_error', {
    status: 502,
    message: messageOf(error) ?? 'The provider broke off its answer with an error.',
  });
}

/** @param error a text; Ollama's endpoint in OpenAI's dialect, and some proxies, have an object with one in it. */
function messageOf(error: unknown): string | undefined {
  const text = isObject(error) ? error['message'] : error;
  return typeof text === 'string' && text !== '' ? cut(text) : undefined;
}

function plainText(text: string): string | undefined {
  const plain = text.trim();
  return plain === '' || plain.startsWith('<') ? undefined : cut(plain);
}

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
