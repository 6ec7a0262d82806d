import { UpstreamError } from '../../errors/upstream-error.js';
import {
  type ChatAnnotation,
  type ChatCompletion,
  type ChatCompletionMessage,
  type ChatToolCall,
} from '../../protocol/chat-completions.js';
import { unitsOfChat } from '../../protocol/openai-units.js';
import { toChatUsage } from '../../protocol/openai-usage.js';
import { decodeUtf8 } from '../../protocol/utf8.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';
import { toAnthropicStreamError } from './anthropic.errors.js';
import { toReasoningDetail } from './anthropic.reasoning.js';
import { toFinishReason } from './anthropic.stop-reason.js';
import { type Citation, type MessagesResponse, type StopDetails } from './anthropic.types.js';
import { toTokenUsage } from './anthropic.usage.js';

/** @throws UpstreamError where the answer is not a message. */
export function toChatAnswer({ body }: UpstreamResponse): Answer {
  const message = readMessage(body);
  const completion = toChatCompletion(message, Math.floor(Date.now() / 1000));
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage: toTokenUsage(message.usage),
    units: unitsOfChat(message.usage, message.usage?.service_tier),
    textBytes: completion.choices.reduce((sum, choice) => sum + textBytesOf(choice.message), 0),
  };
}

function readMessage(body: Buffer): MessagesResponse {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(body));
  } catch (cause) {
    throw new UpstreamError('upstream_invalid_response', { cause });
  }
  const message = value as Partial<MessagesResponse> | null;
  if (typeof message === 'object' && message !== null) {
    if (Array.isArray(message.content)) return { ...message, content: message.content };
    if (message.type === 'error' && 'error' in message) throw toAnthropicStreamError(message.error);
  }
  throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is not a message.' });
}

/**
 * Anthropic's message as OpenAI's chat completion. Blocks of the provider's own tools (`server_tool_use`,
 * `web_search_tool_result`, `mcp_tool_use`, …) are not shown: the provider has run them, and a client that saw them as
 * tool calls would wait to answer them. What they found is in the text, with its citations as annotations.
 *
 * @param created seconds since 1970; Anthropic does not say.
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export function toChatCompletion(message: MessagesResponse, created: number): ChatCompletion {
  const usage = toTokenUsage(message.usage);
  const serviceTier = toChatServiceTier(message.usage?.service_tier);
  return {
    id: message.id ?? '',
    object: 'chat.completion',
    created,
    model: message.model ?? '',
    choices: [
      {
        index: 0,
        message: toChatMessage(message),
        logprobs: null,
        finish_reason: toFinishReason(message.stop_reason),
      },
    ],
    ...(usage === undefined ? {} : { usage: toChatUsage(usage) }),
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
  };
}

function toChatMessage({ content, stop_reason: stopReason, stop_details: details }: MessagesResponse) {
  let text = '';
  let reasoning = '';
  const toolCalls: ChatToolCall[] = [];
  const annotations: ChatAnnotation[] = [];
  const reasoningDetails: NonNullable<ChatCompletionMessage['reasoning_details']> = [];
  for (const block of content) {
    if (block.type === 'text') {
      const start = text.length;
      text += block.text ?? '';
      annotations.push(...toAnnotations(block.citations ?? [], start, text.length));
    } else if (block.type === 'tool_use') {
      toolCalls.push({
        id: block.id ?? '',
        type: 'function',
        function: { name: block.name ?? '', arguments: JSON.stringify(block.input ?? {}) },
      });
    }
    const detail = toReasoningDetail(block, reasoningDetails.length);
    if (detail !== undefined) reasoningDetails.push(detail);
    if (detail?.type === 'reasoning.text') reasoning += detail.text;
  }
  const refusal = stopReason === 'refusal' ? refusalText(details) : null;
  const hasOther = toolCalls.length > 0 || refusal !== null;
  const message: ChatCompletionMessage = {
    role: 'assistant',
    content: text === '' && hasOther ? null : text,
    refusal,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(reasoningDetails.length === 0 ? {} : { reasoning_details: reasoningDetails }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
  return message;
}

/** @see https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals */
export function refusalText(details: StopDetails | null | undefined): string {
  return details?.explanation || 'The model refused to answer.';
}

/**
 * Web citations of the text between two places in the answer. Citations of documents that the client sent have no URL
 * and no place in OpenAI's annotations: they are left out.
 */
export function toAnnotations(citations: readonly Citation[], start: number, end: number): ChatAnnotation[] {
  return citations.flatMap(({ url, title }): ChatAnnotation[] =>
    typeof url === 'string' && url !== ''
      ? [{ type: 'url_citation', url_citation: { url, title: title ?? '', start_index: start, end_index: end } }]
      : [],
  );
}

/** @see https://platform.claude.com/docs/en/api/service-tiers */
export function toChatServiceTier(tier: string | null | undefined): string | undefined {
  return tier === 'standard' ? 'default' : (tier ?? undefined);
}

function textBytesOf({
  content,
  refusal,
  reasoning_content: reasoning,
  tool_calls: calls,
}: ChatCompletionMessage): number {
  const texts = [content, refusal, reasoning, ...(calls ?? []).map((call) => call.function.arguments)];
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
}
