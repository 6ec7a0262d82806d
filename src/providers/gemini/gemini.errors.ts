import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { retryAfterSeconds, type UpstreamResponse } from '../../upstream/upstream-request.js';

const MAX_MESSAGE = 2_000;

/**
 * What an error answer of Google's means: `{error: {code, status, message, details}}`, in an array where the request
 * was for a stream. A key that is not valid is told with status 400, and `API_KEY_INVALID` in the details.
 *
 * @see https://ai.google.dev/gemini-api/docs/troubleshooting
 * @see https://cloud.google.com/apis/design/errors
 */
export function toGeminiError(response: UpstreamResponse): UpstreamError {
  const { status, headers, body } = response;
  const text = body.toString('utf8');
  const error = errorIn(parseJson(text));
  const retryAfter = retryAfterSeconds(headers) ?? retryDelay(error);
  return new UpstreamError('upstream_error', {
    status: shownStatus(status),
    upstreamCode: codeOf(error),
    message: messageOf(error) ?? foreignMessage(status, error === undefined ? text : ''),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** An error within a stream, or in an answer of status 200: its `code` is the status. */
export function toGeminiStreamError(value: unknown): UpstreamError {
  const error = errorIn({ error: value });
  const code = error?.['code'];
  const retryAfter = retryDelay(error);
  return new UpstreamError('upstream_error', {
    status: shownStatus(typeof code === 'number' && code >= 400 ? code : 502),
    upstreamCode: codeOf(error),
    message: messageOf(error) ?? 'The provider broke off its answer with an error.',
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** 499 says that the call was cancelled at Google's: nobody here did. */
function shownStatus(status: number): number {
  return status === 499 || status > 504 ? 502 : status;
}

function errorIn(body: unknown): Record<string, unknown> | undefined {
  const envelope: unknown = Array.isArray(body) ? body.find((one) => isObject(one) && 'error' in one) : body;
  const error = isObject(envelope) ? envelope['error'] : undefined;
  if (isObject(error)) return error;
  return typeof error === 'string' ? { message: error } : undefined;
}

/** The reason in the details says more than the status, which is one of sixteen. */
function codeOf(error: Record<string, unknown> | undefined): string | null {
  const reason = detailsOf(error).find((detail) => typeof detail['reason'] === 'string')?.['reason'];
  const code = reason ?? error?.['status'];
  return typeof code === 'string' ? code : null;
}

/** @see https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
function retryDelay(error: Record<string, unknown> | undefined): number | undefined {
  const delay = detailsOf(error).find((detail) => detail['retryDelay'] !== undefined)?.['retryDelay'];
  const seconds = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined;
  return seconds === undefined ? undefined : Number(seconds);
}

function detailsOf(error: Record<string, unknown> | undefined): Record<string, unknown>[] {
  const details = error?.['details'];
  return Array.isArray(details) ? details.filter(isObject) : [];
}

function messageOf(error: Record<string, unknown> | undefined): string | undefined {
  const message = error?.['message'];
  return typeof message === 'string' && message !== '' ? cut(message) : undefined;
}

/** Of a body that is not Google's. Markup is a proxy's page, not a message for anybody. */
function foreignMessage(status: number, text: string): string {
  const plain = text.trim();
  const isReadable = plain !== '' && !plain.startsWith('<') && !plain.startsWith('{');
  return isReadable ? cut(plain) : `The provider answered with status ${status}.`;
}

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
