import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson, parseJsonBytes } from '../../protocol/json.js';
import { headerValue, retryAfterSeconds, type UpstreamResponse } from '../../upstream/upstream-request.js';

const MAX_MESSAGE = 2_000;

/**
 * What an error answer of Bedrock's means.
 *
 * Two of its statuses say something else to clients of OpenAI's, and are tried again under another: 408, where the model
 * took too long, becomes 504, and 424, where it failed, 502.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
 */
export function toBedrockError(response: UpstreamResponse): UpstreamError {
  const { headers } = response;
  const status = shownStatus(response.status);
  const code = errorCode(response);
  const retryAfter = retryAfterSeconds(headers);
  const requestId = headerValue(headers, 'x-amzn-requestid');
  return new UpstreamError('upstream_error', {
    status,
    upstreamCode: code,
    message: messageIn(response.body.toString('utf8')) ?? `The provider answered with status ${status}.`,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(requestId === undefined ? {} : { cause: `x-amzn-requestid ${requestId}` }),
  });
}

/** `ValidationException`: from `x-amzn-errortype`, where an address may follow, or `__type`, where one may precede. */
export function errorCode({ headers, body }: UpstreamResponse): string | null {
  const named = headerValue(headers, 'x-amzn-errortype') ?? typeIn(body);
  return named?.split(':')[0]?.split('#').at(-1) || null;
}

function typeIn(body: Buffer): string | undefined {
  const value = parseJsonBytes(body);
  const type = isObject(value) ? (value['__type'] ?? value['code']) : undefined;
  return typeof type === 'string' ? type : undefined;
}

/**
 * An exception in a stream: its type tells which status the same one has in an answer of its own.
 * @param type `throttlingException`
 * @param payload JSON
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export function toBedrockStreamError(type: string, payload: string): UpstreamError {
  const code = type.charAt(0).toUpperCase() + type.slice(1);
  return new UpstreamError('upstream_error', {
    status: shownStatus(STATUS_BY_CODE.get(code) ?? 502),
    upstreamCode: code || null,
    message: messageIn(payload) ?? 'The provider broke off its answer with an error.',
  });
}

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ['ValidationException', 400],
  ['ServiceQuotaExceededException', 400],
  ['AccessDeniedException', 403],
  ['ExpiredTokenException', 403],
  ['UnrecognizedClientException', 403],
  ['ResourceNotFoundException', 404],
  ['ModelTimeoutException', 408],
  ['ModelErrorException', 424],
  ['ModelStreamErrorException', 424],
  ['ModelNotReadyException', 429],
  ['ThrottlingException', 429],
  ['InternalServerException', 500],
  ['ServiceUnavailableException', 503],
]);

function shownStatus(status: number): number {
  if (status === 408) return 504;
  return status === 424 || status > 504 ? 502 : status;
}

function messageIn(text: string): string | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  // Which of the two depends on which of AWS's front ends refuses.
  const message = value['message'] ?? value['Message'];
  if (typeof message !== 'string' || message === '') return undefined;
  // Where a signature is wrong, the whole of what should have been signed follows: a session token among it.
  const [said = ''] = message.split(/\s*The Canonical String for this request/);
  return said.length > MAX_MESSAGE ? `${said.slice(0, MAX_MESSAGE)}…` : said;
}
