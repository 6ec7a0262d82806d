import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { retryAfterSeconds, type UpstreamResponse } from '../../upstream/upstream-request.js';

const MAX_MESSAGE = 2_000;

/**
 * What an error of OpenAI, or of a service that follows it more or less, means. Seen in the wild beside OpenAI's
 * envelope: `{message, type, code}` and `{detail}` (Mistral), `{code, error: "text"}` (xAI), `{error: "text"}` (Hugging
 * Face), a list of what a validator found in place of any of these texts (Mistral, vLLM), plain text and HTML from proxies
 * in front of a service.
 *
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export function toOpenAiError(response: UpstreamResponse): UpstreamError {
  const { status, headers, body } = response;
  const text = body.toString('utf8');
  const { message, param, code } = readErrorBody(parseJson(text), text);
  const retryAfter = retryAfterSeconds(headers);
  return new UpstreamError('upstream_error', {
    status,
    upstreamCode: code,
    message: message ?? `The provider answered with status ${status}.`,
    ...(param === null ? {} : { param }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** The error that a provider put into its stream. */
export function toOpenAiStreamError(error: unknown): UpstreamError {
  const { message, param, code } = readErrorBody({ error }, '');
  return new UpstreamError('upstream_error', {
    status: 502,
    upstreamCode: code,
    message: message ?? 'The provider broke off its answer with an error.',
    ...(param === null ? {} : { param }),
  });
}

interface ErrorFields {
  readonly message: string | undefined;
  readonly param: string | null;
  readonly code: string | null;
}

function readErrorBody(body: unknown, text: string): ErrorFields {
  if (!isObject(body)) {
    // Markup is a proxy's page, not a message for anybody.
    const plain = text.trim();
    return { message: plain === '' || plain.startsWith('<') ? undefined : cut(plain), param: null, code: null };
  }
  const error = body['error'];
  if (isObject(error)) return fieldsOf(error);
  const fields = fieldsOf(body);
  const message = typeof error === 'string' ? error : fields.message;
  return { ...fields, message: message === undefined ? undefined : cut(message) };
}

function fieldsOf(error: Record<string, unknown>): ErrorFields {
  const { message, detail, param, code } = error;
  const said = message ?? detail;
  const found = findingsIn(said);
  return {
    message:
      typeof said === 'string'
        ? cut(said)
        : said === undefined
          ? undefined
          : cut(found?.message ?? JSON.stringify(said)),
    param: typeof param === 'string' ? param : (found?.param ?? null),
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
  };
}

/** Pydantic's findings: `[{loc: ['body', 'messages', 0, 'user', 'name'], msg}]`, or `{detail}` that holds them. */
function findingsIn(said: unknown): { message: string; param: string | null } | undefined {
  const list = isObject(said) ? said['detail'] : said;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const findings = list.map((finding: unknown) => {
    const { loc, msg } = isObject(finding) ? finding : {};
    return { path: pathOf(loc), text: typeof msg === 'string' ? msg : JSON.stringify(finding) };
  });
  return {
    message: findings.map(({ path, text }) => (path === '' ? text : `${path}: ${text}`)).join('; '),
    param: findings[0]?.path || null,
  };
}

function pathOf(loc: unknown): string {
  if (!Array.isArray(loc)) return '';
  const places = loc[0] === 'body' ? loc.slice(1) : loc;
  return places.reduce<string>((path, place: unknown) => {
    if (typeof place === 'number') return `${path}[${place}]`;
    return path === '' ? String(place) : `${path}.${String(place)}`;
  }, '');
}

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
