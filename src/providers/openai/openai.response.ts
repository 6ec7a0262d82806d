import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { OPEN_BRACKET } from '../../protocol/json-bytes.js';
import { JsonMembers, PiecedJson } from '../../protocol/json-members.js';
import { unitsFromOpenAi, unitsOfChat, unitsOfRanking } from '../../protocol/openai-units.js';
import { tokenUsageFromOpenAi, tokenUsageOfReading } from '../../protocol/openai-usage.js';
import { PiecedAnswer } from '../../protocol/pieced-answer.js';
import { headerValue, type UpstreamResponse, withStatus } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';

type ToError = (response: UpstreamResponse) => GatewayError;

/**
 * A provider's completion of a chat or a text, byte for byte; looked through only to see that it is one, and for its
 * usage.
 * @param toError what a 200 that carries an error envelope (OpenRouter sends those) means.
 * @throws UpstreamError
 */
export function toChatAnswer(response: UpstreamResponse, toError: ToError): Answer {
  const members = membersOf(response, 'choices', toError);
  const told = members.parse('usage');
  const usage = tokenUsageFromOpenAi(told);
  const units = unitsOfChat(told, members.parse('service_tier'));
  return answerOf(response, {
    usage,
    units,
    textBytes: usage === undefined ? textBytesOf(members.parse('choices')) : 0,
  });
}

/**
 * The same for answers without text: embeddings, images (`data`), moderations, rankings (`results`).
 * @param list the member that holds what was asked for.
 */
export function toListAnswer(response: UpstreamResponse, list: 'data' | 'results', toError: ToError): Answer {
  const members = membersOf(response, list, toError);
  const usage = members.parse('usage');
  const units = unitsFromOpenAi(usage) ?? (list === 'results' ? unitsOfRanking(members.parse('meta')) : undefined);
  return answerOf(response, { usage: tokenUsageOfReading(usage), units, textBytes: 0 });
}

/**
 * OpenAI's moderation says `flagged`. Mistral's leaves it to the reader to look through the categories: a client that
 * knows OpenAI's alone would take everything for harmless.
 *
 * @see https://platform.openai.com/docs/api-reference/moderations/object
 * @see https://docs.mistral.ai/api/#tag/classifiers
 */
export function withFlags(answer: Answer): Answer {
  const moderation = parseJsonBytes(answer.bytes);
  if (!isObject(moderation) || !Array.isArray(moderation['results'])) return answer;
  const results: unknown[] = moderation['results'];
  if (!results.some(isUnflagged)) return answer;
  const flagged = results.map((result) =>
    isUnflagged(result) ? { flagged: Object.values(result['categories']).includes(true), ...result } : result,
  );
  return { ...answer, bytes: Buffer.from(JSON.stringify({ ...moderation, results: flagged })) };
}

function isUnflagged(result: unknown): result is { categories: Record<string, unknown> } {
  return isObject(result) && result['flagged'] === undefined && isObject(result['categories']);
}

/** Of an answer that came in pieces known already: `body` would join them. */
export function membersIn(response: UpstreamResponse): JsonMembers {
  return response.pieces instanceof PiecedJson ? response.pieces.members : JsonMembers.of(response.body);
}

/** The provider's bytes, and what they tell. */
export function answerOf(response: UpstreamResponse, told: Pick<Answer, 'usage' | 'units' | 'textBytes'>): Answer {
  const contentType = headerValue(response.headers, 'content-type') ?? 'application/json';
  if (response.pieces instanceof PiecedJson) return new PiecedAnswer(contentType, response.pieces, told);
  return { contentType, bytes: response.body, usage: told.usage, units: told.units, textBytes: told.textBytes };
}

/** @throws UpstreamError where the answer is not what was asked for. */
function membersOf(response: UpstreamResponse, list: string, toError: ToError): JsonMembers {
  const members = membersIn(response);
  if (members.isWhole && members.firstByteOf(list) === OPEN_BRACKET) return members;
  const error = members.isWhole ? members.parse('error') : undefined;
  if (error) throw toError(withStatus(response, errorStatus(error)));
  throw new UpstreamError('upstream_invalid_response', { message: `The provider’s answer has no list of ${list}.` });
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
