import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { retryAfterSeconds, type UpstreamResponse } from '../../upstream/upstream-request.js';

const MAX_MESSAGE = 2_000;

/**
 * What an error answer of Cohere's means: `{message, id}`, with an `error_type` now and then.
 *
 * 498 is Cohere's own, for words on a list of its own, and becomes 400. What is above 504 comes from proxies in front of
 * the API and becomes 502.
 *
 * @see https://docs.cohere.com/reference/errors
 */
export function toCohereError(response: UpstreamResponse): UpstreamError {
  const { headers, body } = response;
  const status = shownStatus(response.status);
  const text = body.toString('utf8').trim();
  const { message, code, id } = fieldsOf(parseJson(text), text);
  const retryAfter = retryAfterSeconds(headers);
  return new UpstreamError('upstream_error', {
    status,
    upstreamCode: code,
    message: message ?? `The provider answered with status ${response.status}.`,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(id === undefined ? {} : { cause: `id ${id}` }),
  });
}

/**
 * An answer that Cohere could not finish, though it began with status 200.
 * @param finishReason `ERROR`, `TIMEOUT`, …
 */
export function toUnfinishedError(
  finishReason: string,
  said: { error?: unknown; error_type?: unknown },
): UpstreamError {
  const message = typeof said.error === 'string' && said.error !== '' ? cut(said.error) : undefined;
  return new UpstreamError('upstream_error', {
    status: finishReason === 'TIMEOUT' ? 504 : 502,
    upstreamCode: typeof said.error_type === 'string' ? said.error_type : finishReason,
    message: message ?? 'The provider broke off its answer with an error.',
  });
}

function shownStatus(status: number): number {
  if (status === 498) return 400;
  return status > 504 ? 502 : status;
}

interface ErrorFields {
  readonly message: string | undefined;
  readonly code: string | null;
  readonly id?: string | undefined;
}

function fieldsOf(body: unknown, text: string): ErrorFields {
  if (!isObject(body)) {
    // Markup is a proxy's page, not a message for anybody.
    return { message: text === '' || text.startsWith('<') ? undefined : cut(text), code: null };
  }
  const { message, error, error_type: code, id } = body;
  const said = message ?? error;
  return {
    message: typeof said === 'string' && said !== '' ? cut(said) : undefined,
    code: typeof code === 'string' ? code : null,
    id: typeof id === 'string' ? id : undefined,
  };
}

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
