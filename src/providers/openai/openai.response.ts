import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject } from '../../protocol/json.js';
import { OPEN_BRACKET } from '../../protocol/json-bytes.js';
import { JsonMembers } from '../../protocol/json-body.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { headerValue, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';

/**
 * A provider's chat completion, byte for byte; looked through only to see that it is one, and for its usage.
 * @param toError what a 200 that carries an error envelope (OpenRouter sends those) means.
 * @throws UpstreamError
 */
export function toChatAnswer(
  response: UpstreamResponse,
  toError: (response: UpstreamResponse) => GatewayError,
): Answer {
  const { body, headers } = response;
  const answer = new JsonMembers(body);
  if (!answer.isWhole || answer.firstByteOf('choices') !== OPEN_BRACKET) {
    const error = answer.isWhole ? answer.parse('error') : undefined;
    if (error) throw toError({ ...response, status: errorStatus(error) });
    throw new UpstreamError('upstream_invalid_response', {
      message: 'The provider’s answer is not a chat completion.',
    });
  }
  const usage = tokenUsageFromOpenAi(answer.parse('usage'));
  return {
    contentType: headerValue(headers, 'content-type') ?? 'application/json',
    bytes: body,
    usage,
    textBytes: usage === undefined ? textBytesOf(answer.parse('choices')) : 0,
  };
}

function errorStatus(error: unknown): number {
  const code = isObject(error) ? error['code'] : undefined;
  return typeof code === 'number' && code >= 400 && code < 600 ? code : 502;
}

/** Bytes of everything that a model writes: text, reasoning, refusals, arguments of tool calls. */
function textBytesOf(value: unknown, key = ''): number {
  if (typeof value === 'string') return WRITTEN.has(key) ? Buffer.byteLength(value) : 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textBytesOf(item, key), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [name, item]) => sum + textBytesOf(item, name), 0);
}

const WRITTEN: ReadonlySet<string> = new Set([
  'content',
  'text',
  'thinking',
  'refusal',
  'arguments',
  'reasoning',
  'reasoning_content',
]);
