import { UpstreamError } from '../../errors/upstream-error.js';
import {
  type ChatAnnotation,
  type ChatCompletion,
  type ChatCompletionMessage,
  type ChatToolCall,
  type ReasoningDetail,
} from '../../protocol/chat-completions.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { toChatUsage } from '../../protocol/openai-usage.js';
import { withServiceTier } from '../../protocol/service-tier.js';
import { headerValue, type UpstreamHeaders, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';
import { toAnnotations } from './bedrock.citations.js';
import { bedrockModel } from './bedrock.models.js';
import { toReasoningDetail } from './bedrock.reasoning.js';
import { toFinishReason } from './bedrock.stop-reason.js';
import { type AnswerBlock, type AnswerToolUse, type ConverseResponse } from './bedrock.types.js';
import { toTokenUsage } from './bedrock.usage.js';

/** What Bedrock's answers do not say: its own id of the request stands in, or else the gateway's. */
export interface AnswerHead {
  readonly id: string;
  readonly model: string;
}

export function answerHead(
  headers: UpstreamHeaders,
  { requestId, upstreamModel }: { readonly requestId: string; readonly upstreamModel: string },
): AnswerHead {
  return { id: headerValue(headers, 'x-amzn-requestid') ?? requestId, model: upstreamModel };
}

/** @throws UpstreamError where the answer is not a message. */
export function toChatAnswer({ body }: UpstreamResponse, head: AnswerHead): Answer {
  const response = readResponse(body);
  const completion = toChatCompletion(response, head, Math.floor(Date.now() / 1000));
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage: toTokenUsage(response.usage),
    units: withServiceTier(undefined, response.serviceTier?.type),
    textBytes: completion.choices.reduce((sum, choice) => sum + textBytesOf(choice.message), 0),
  };
}

function readResponse(body: Buffer): ConverseResponse {
  const value = parseJsonBytes(body);
  const output = isObject(value) ? value['output'] : undefined;
  const message = isObject(output) ? output['message'] : undefined;
  if (isObject(value) && isObject(message) && Array.isArray(message['content'])) {
    // Nothing of it need be there but the content: the types say so.
    return value as unknown as ConverseResponse;
  }
  throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is not a message.' });
}

/**
 * Bedrock's message as OpenAI's chat completion. Blocks of the provider's own tools are not shown: it has run them, and a
 * client that saw them as tool calls would wait to answer them.
 *
 * What a client asked for in Bedrock's words (`trace` of a guardrail, `additionalModelResponseFields`) stands beside, as
 * Bedrock gave it.
 *
 * @param created seconds since 1970; Bedrock does not say.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
 */
export function toChatCompletion(
  response: ConverseResponse,
  { id, model }: AnswerHead,
  created: number,
): ChatCompletion {
  const usage = toTokenUsage(response.usage);
  const serviceTier = response.serviceTier?.type;
  const message = toChatMessage(response.output.message.content, model);
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message,
        logprobs: null,
        finish_reason: toFinishReason(response.stopReason, message.tool_calls !== undefined),
      },
    ],
    ...(usage === undefined ? {} : { usage: toChatUsage(usage) }),
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
    ...besides(response),
  };
}

/** What is Bedrock's own, where it is there. */
export function besides({
  trace,
  additionalModelResponseFields: fields,
}: {
  readonly trace?: unknown;
  readonly additionalModelResponseFields?: unknown;
}): Record<string, unknown> {
  return {
    ...(trace === undefined || trace === null ? {} : { trace }),
    ...(fields === undefined || fields === null ? {} : { additionalModelResponseFields: fields }),
  };
}

function toChatMessage(content: readonly AnswerBlock[], modelName: string): ChatCompletionMessage {
  const model = bedrockModel(modelName);
  let text = '';
  let reasoning = '';
  const toolCalls: ChatToolCall[] = [];
  const annotations: ChatAnnotation[] = [];
  const details: ReasoningDetail[] = [];
  for (const { text: said, toolUse, reasoningContent, citationsContent } of content) {
    if (typeof said === 'string') text += said;
    if (citationsContent !== undefined) {
      const start = text.length;
      text += (citationsContent.content ?? []).map((piece) => piece.text ?? '').join('');
      annotations.push(...toAnnotations(citationsContent.citations ?? [], start, text.length));
    }
    if (toolUse !== undefined && isForClient(toolUse)) {
      const { toolUseId = '', name = '', input = {} } = toolUse;
      toolCalls.push({ id: toolUseId, type: 'function', function: { name, arguments: JSON.stringify(input) } });
    }
    if (reasoningContent !== undefined) {
      const { reasoningText, redactedContent } = reasoningContent;
      reasoning += reasoningText?.text ?? '';
      details.push(toReasoningDetail({ ...reasoningText, redactedContent }, model, details.length));
    }
  }
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
}

/** The provider runs its own tools. */
export function isForClient({ type }: AnswerToolUse): boolean {
  return type !== 'server_tool_use';
}

function textBytesOf({ content, reasoning_content: reasoning, tool_calls: calls }: ChatCompletionMessage): number {
  const texts = [content, reasoning, ...(calls ?? []).map((call) => call.function.arguments)];
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
}
