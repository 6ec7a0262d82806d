import { UpstreamError } from '../../errors/upstream-error.js';
import {
  type ChatAnnotation,
  type ChatCompletion,
  type ChatCompletionMessage,
  type ChatFinishReason,
  type ChatToolCall,
  type ReasoningDetail,
} from '../../protocol/chat-completions.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { toChatUsage } from '../../protocol/openai-usage.js';
import { type UpstreamResponse, withStatus } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';
import { toCohereError, toUnfinishedError } from './cohere.errors.js';
import { PLAN_FORMAT, THINKING_FORMAT, toReasoningDetail } from './cohere.reasoning.js';
import { type CohereChatResponse, type CohereCitation, type CohereLogprobs } from './cohere.types.js';
import { toTokenUsage } from './cohere.usage.js';

/** @throws UpstreamError where the answer is not a message, or not finished. */
export function toChatAnswer(
  response: UpstreamResponse,
  { upstreamModel }: { readonly upstreamModel: string },
): Answer {
  const answer = readAnswer(response);
  const completion = toChatCompletion(answer, { model: upstreamModel, created: Math.floor(Date.now() / 1000) });
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage: toTokenUsage(answer.usage),
    textBytes: completion.choices.reduce((sum, { message }) => sum + textBytesOf(message), 0),
  };
}

function readAnswer(response: UpstreamResponse): CohereChatResponse {
  const answer = parseJsonBytes(response.body);
  if (isObject(answer)) {
    const { message, finish_reason: reason } = answer;
    if (isObject(message)) {
      if (typeof reason === 'string' && isUnfinished(reason)) throw toUnfinishedError(reason, answer);
      return { ...answer, message };
    }
    // Where the API fails, `message` is its words.
    if (typeof message === 'string') throw toCohereError(withStatus(response, 502));
  }
  throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is not a message.' });
}

/** What a client of OpenAI's does not know, but may read: Cohere's citations, as Cohere writes them. */
export interface CohereCitations {
  citations?: CohereCitation[];
}

/**
 * Cohere's answer as OpenAI's chat completion.
 *
 * Citations say which words stand on which document or tool result. OpenAI's annotations know URLs alone: those
 * citations whose source has one become annotations, and all of them stand in `citations`, as Cohere wrote them.
 *
 * @param said what Cohere does not say. `created`: seconds since 1970.
 * @see https://docs.cohere.com/reference/chat
 */
export function toChatCompletion(
  answer: CohereChatResponse,
  said: { readonly model: string; readonly created: number },
): ChatCompletion {
  const usage = toTokenUsage(answer.usage);
  return {
    id: answer.id ?? '',
    object: 'chat.completion',
    created: said.created,
    model: said.model,
    choices: [
      {
        index: 0,
        message: toChatMessage(answer),
        logprobs: answer.logprobs ? { content: answer.logprobs.map(toLogprob), refusal: null } : null,
        finish_reason: toFinishReason(answer.finish_reason),
      },
    ],
    ...(usage === undefined ? {} : { usage: toChatUsage(usage) }),
  };
}

function toChatMessage({ message }: CohereChatResponse): ChatCompletionMessage & CohereCitations {
  let text = '';
  const textStarts: (number | undefined)[] = [];
  const details: Extract<ReasoningDetail, { type: 'reasoning.text' }>[] = [];
  const addReasoning = (said: string | null | undefined, format: typeof THINKING_FORMAT | typeof PLAN_FORMAT): void => {
    if (said) details.push(toReasoningDetail(said, format, details.length));
  };
  for (const block of message.content ?? []) {
    textStarts.push(block.type === 'text' ? text.length : undefined);
    if (block.type === 'text') text += block.text ?? '';
    if (block.type === 'thinking') addReasoning(block.thinking, THINKING_FORMAT);
  }
  addReasoning(message.tool_plan, PLAN_FORMAT);
  const toolCalls = (message.tool_calls ?? []).map(({ id = '', function: called }): ChatToolCall => ({
    id,
    type: 'function',
    function: { name: called?.name ?? '', arguments: toArguments(called?.arguments) },
  }));
  const citations = message.citations ?? [];
  const annotations = citations.flatMap((citation) => toAnnotations(citation, placeOf(citation, textStarts)));
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(details.length === 0 ? {} : { reasoning_content: details.map((detail) => detail.text).join('') }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(citations.length === 0 ? {} : { citations }),
  };
}

/**
 * Of a call without arguments Cohere says nothing, or `null`, and some clients send back an empty text: the other side
 * reads an object.
 */
export function toArguments(text: string | null | undefined): string {
  const said = text?.trim() ?? '';
  return said === '' || said === 'null' ? '{}' : (text ?? '');
}

function placeOf({ content_index: index }: CohereCitation, textStarts: readonly (number | undefined)[]): number {
  return (index === undefined ? textStarts.find((start) => start !== undefined) : textStarts[index]) ?? 0;
}

/** @param textStart of the block that is cited, in the whole text. */
export function toAnnotations(citation: CohereCitation, textStart: number): ChatAnnotation[] {
  const { type = 'TEXT_CONTENT', sources, start = 0, end = 0 } = citation;
  if (type !== 'TEXT_CONTENT') return [];
  return (sources ?? []).flatMap(({ document, tool_output: output }): ChatAnnotation[] => {
    const { url, title } = document ?? output ?? {};
    if (typeof url !== 'string' || url === '') return [];
    return [
      {
        type: 'url_citation',
        url_citation: {
          url,
          title: typeof title === 'string' ? title : '',
          start_index: textStart + start,
          end_index: textStart + end,
        },
      },
    ];
  });
}

/** One entry for a piece of text: Cohere does not tell the texts of its tokens apart, so a piece has their product. */
export function toLogprob({ text = '', logprobs = [] }: CohereLogprobs): Record<string, unknown> {
  const logprob = logprobs.reduce((sum, one) => sum + one, 0);
  return { token: text, logprob, bytes: [...Buffer.from(text)], top_logprobs: [] };
}

/** Whether an answer broke off for a reason that is no part of an answer. */
export function isUnfinished(reason: string): boolean {
  return reason === 'ERROR' || reason === 'TIMEOUT' || reason === 'USER_CANCEL';
}

/** @see https://docs.cohere.com/reference/chat#response.body.finish_reason */
export function toFinishReason(reason: string | null | undefined): ChatFinishReason {
  switch (reason) {
    case 'MAX_TOKENS':
    case 'ERROR_LIMIT':
      return 'length';
    case 'TOOL_CALL':
      return 'tool_calls';
    case 'ERROR_TOXIC':
      return 'content_filter';
    default:
      // `COMPLETE`, `STOP_SEQUENCE`, and what is not known yet.
      return 'stop';
  }
}

function textBytesOf({ content, reasoning_content: reasoning, tool_calls: calls }: ChatCompletionMessage): number {
  const texts = [content, reasoning, ...(calls ?? []).map((call) => call.function.arguments)];
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
}
