import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject } from '../../protocol/json.js';
import { retryAfterSeconds, type UpstreamResponse } from '../../upstream/upstream-request.js';

const MAX_MESSAGE = 2_000;
/** Of a body that is not Anthropic's: a proxy's page, most often. */
const MAX_FOREIGN_TEXT = 500;

/**
 * What an error answer of Anthropic's means.
 *
 * 529 (overloaded) is Anthropic's own status, which no client of OpenAI's knows: it becomes 503, which says the same and
 * is tried again. Other unusual ones of 505 and above come from proxies in front of the API and become 502.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
export function toAnthropicError(response: UpstreamResponse): UpstreamError {
  const { headers, body } = response;
  const status = shownStatus(response.status);
  const text = body.toString('utf8');
  const envelope = parseObject(text);
  const error = fieldsOf(envelope?.['error']);
  const retryAfter = retryAfterSeconds(headers);
  const requestId = envelope?.['request_id'];
  return new UpstreamError('upstream_error', {
    status,
    upstreamCode: error.type,
    message: error.message ?? foreignMessage(status, envelope === undefined ? text : ''),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(typeof requestId === 'string' ? { cause: `request_id ${requestId}` } : {}),
  });
}

/**
 * The `error` of an event in a stream: its type tells which status the same error has in an answer of its own.
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#error-events
 */
export function toAnthropicStreamError(error: unknown): UpstreamError {
  const { type, message } = fieldsOf(error);
  return new UpstreamError('upstream_error', {
    status: STATUS_BY_TYPE.get(type ?? '') ?? 502,
    upstreamCode: type,
    message: message ?? 'The provider broke off its answer with an error.',
  });
}

const STATUS_BY_TYPE: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['overloaded_error', 503],
  ['timeout_error', 504],
]);

function shownStatus(status: number): number {
  if (status === 529) return 503;
  return status > 504 ? 502 : status;
}

function fieldsOf(error: unknown): { type: string | null; message: string | undefined } {
  if (!isObject(error)) return { type: null, message: typeof error === 'string' ? cut(error, MAX_MESSAGE) : undefined };
  const { type, message } = error;
  return {
    type: typeof type === 'string' ? type : null,
    message: typeof message === 'string' && message !== '' ? cut(message, MAX_MESSAGE) : undefined,
  };
}

function foreignMessage(status: number, text: string): string {
  const said = text
    .slice(0, 20_000)
    .replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, ' ')
    .replace(/<[^>]*(>|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = `The provider answered with status ${status}`;
  return said === '' ? `${sentence}.` : `${sentence}: ${cut(said, MAX_FOREIGN_TEXT)}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
