import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { modelTraits, type ModelTraits } from '../claude-models.js';
import { type ClaudeThinking, planThinking } from '../claude-thinking.js';
import { toConversation } from './anthropic.conversation.js';
import { toToolChoice, toTools } from './anthropic.tools.js';
import { type MessagesRequest, type MessagesToolChoice, type MessageTurn, type TextBlock } from './anthropic.types.js';

export interface MessagesRequestOptions {
  /** The model by Anthropic's name for it. */
  readonly upstreamModel: string;
  readonly streaming: boolean;
}

/**
 * A chat completion request as Anthropic's Messages API takes it. Decisions:
 *
 * - `max_tokens`, required there: the client's, or the model's default (`modelTraits`).
 * - `temperature` goes to 2 at OpenAI and to 1 at Anthropic: what is above 1 becomes 1, as Anthropic's own OpenAI
 *   endpoint does it. Where the model takes fewer sampling parameters than the client sends, `temperature` goes first;
 *   beside thinking there are none.
 * - `response_format` `json_schema` becomes `output_config.format`, always strict; `json_object`, which Anthropic lacks,
 *   becomes an instruction.
 * - `user` (or `safety_identifier`, or `metadata.user_id`) becomes `metadata.user_id`; other metadata stays here.
 * - `service_tier`: `default` is Anthropic's `standard_only`; `priority` its `auto`.
 * - Of Anthropic's own parameters `thinking`, `top_k` and `output_config` are passed on; for the rest see
 *   `anthropic.limits.ts`.
 *
 * @throws GatewayError (400) where the answer would not be what was asked for.
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export function toMessagesRequest(
  request: ChatCompletionRequest,
  { upstreamModel, streaming }: MessagesRequestOptions,
): MessagesRequest {
  refuseUnsupported(request);
  const traits = modelTraits(upstreamModel);
  const conversation = toConversation(request.messages);
  const system = [...conversation.system, ...formatInstruction(request)];
  const tools = toTools(request);
  const toolChoice = toToolChoice(request);
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? defaultMaxTokens(request, traits);
  const plan = planThinking(request, traits, {
    maxTokens,
    takesBudget: takesBudget(conversation.messages, toolChoice),
  });
  const outputConfig = toOutputConfig(request, plan.effort);
  const stopSequences = toStopSequences(request.stop);
  const userId = toUserId(request);
  const serviceTier = toServiceTier(request.service_tier);
  return {
    model: upstreamModel,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: conversation.messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...toSampling(request, traits, plan.thinking),
    ...(stopSequences.length === 0 ? {} : { stop_sequences: stopSequences }),
    ...(plan.thinking === undefined ? {} : { thinking: plan.thinking }),
    ...(outputConfig === undefined ? {} : { output_config: outputConfig }),
    ...(userId === undefined ? {} : { metadata: { user_id: userId } }),
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
    ...(streaming ? { stream: true } : {}),
  };
}

function refuseUnsupported(request: ChatCompletionRequest): void {
  const { n, logprobs, modalities, functions } = request;
  const refused =
    typeof n === 'number' && n > 1
      ? ['n', 'The model gives one answer to a request.']
      : logprobs === true
        ? ['logprobs', 'The model does not give log probabilities.']
        : Array.isArray(modalities) && modalities.includes('audio')
          ? ['modalities', 'The model does not answer with audio.']
          : Array.isArray(functions) && functions.length > 0
            ? ['functions', 'The model takes tools in place of functions.']
            : undefined;
  const [param, message] = refused ?? [];
  if (param !== undefined && message !== undefined) throw new GatewayError('unsupported_parameter', { message, param });
}

/** A budget for thinking that the client set in Anthropic's own words counts towards `max_tokens`. */
function defaultMaxTokens(request: ChatCompletionRequest, { defaultMaxTokens: tokens }: ModelTraits): number {
  const { thinking } = request;
  const budget = isObject(thinking) ? thinking['budget_tokens'] : undefined;
  return typeof budget === 'number' && budget >= tokens ? budget + tokens : tokens;
}

function formatInstruction({ response_format: format }: ChatCompletionRequest): TextBlock[] {
  const wantsObject = format?.type === 'json_object' || (format?.type === 'json_schema' && !format.json_schema.schema);
  return wantsObject
    ? [{ type: 'text', text: 'Answer with one valid JSON object and nothing else: no code fence, no other text.' }]
    : [];
}

function takesBudget(messages: readonly MessageTurn[], toolChoice: MessagesToolChoice | undefined): boolean {
  if (toolChoice?.type === 'any' || toolChoice?.type === 'tool') return false;
  const last = messages.at(-1);
  if (last?.role === 'assistant') return false;
  if (last?.content[0]?.type !== 'tool_result') return true;
  const calling = messages.at(-2)?.content[0]?.type;
  return calling === 'thinking' || calling === 'redacted_thinking';
}

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
function toOutputConfig(
  request: ChatCompletionRequest,
  effort: string | undefined,
): Record<string, unknown> | undefined {
  const { response_format: format, output_config: native } = request;
  const schema = format?.type === 'json_schema' ? format.json_schema.schema : undefined;
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...(schema ? { format: { type: 'json_schema', schema } } : {}),
    ...(isObject(native) ? native : {}),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

function toSampling(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  thinking: ClaudeThinking | undefined,
): Pick<MessagesRequest, 'temperature' | 'top_p' | 'top_k'> {
  const thinks = thinking !== undefined && thinking['type'] !== 'disabled';
  if (thinks || traits.sampling === 'neither') return {};
  const { temperature, top_p: topP, top_k: topK } = request;
  const hasTemperature = typeof temperature === 'number';
  return {
    ...(hasTemperature ? { temperature: Math.min(temperature, 1) } : {}),
    ...(typeof topP === 'number' && !(hasTemperature && traits.sampling === 'either') ? { top_p: topP } : {}),
    ...(typeof topK === 'number' ? { top_k: topK } : {}),
  };
}

/** The API refuses stop sequences of white space alone. */
function toStopSequences(stop: string | readonly string[] | null | undefined): string[] {
  const sequences = typeof stop === 'string' ? [stop] : (stop ?? []);
  return sequences.filter((sequence) => sequence.trim() !== '');
}

function toUserId({ user, safety_identifier: identifier, metadata }: ChatCompletionRequest): string | undefined {
  return [user, identifier, metadata?.['user_id']].find((id): id is string => typeof id === 'string' && id !== '');
}

function toServiceTier(tier: string | null | undefined): 'auto' | 'standard_only' | undefined {
  if (tier === 'auto' || tier === 'priority') return 'auto';
  return tier === 'default' || tier === 'standard_only' ? 'standard_only' : undefined;
}
