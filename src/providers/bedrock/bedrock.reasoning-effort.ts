import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type ClaudeThinking, planThinking } from '../claude-thinking.js';
import { type ContentTranslation } from './bedrock.content.js';
import { type ConverseTurn, type ToolConfig } from './bedrock.types.js';

export interface ReasoningPlan {
  /** For `additionalModelRequestFields`. */
  readonly fields: Record<string, unknown>;
  /** The limit of tokens that goes with it, where the client set none. */
  readonly maxTokens?: number;
  /** Of Claude: it refuses most sampling parameters then. */
  readonly thinks: boolean;
}

const NOTHING: ReasoningPlan = { fields: {}, thinks: false };

/**
 * How much the model is to reason: `reasoning_effort` (or OpenRouter's `reasoning: {effort, max_tokens}`) in the words of
 * its maker, among the model's own parameters. For Claude also Anthropic's `thinking`, as the client wrote it.
 *
 * An effort is a wish, so it gives way where the model would refuse the request; the client is told.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html
 * @see https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
 */
export function planReasoning(
  request: ChatCompletionRequest,
  conversation: { readonly messages: readonly ConverseTurn[]; readonly toolConfig: ToolConfig | undefined },
  { model, unsupported }: ContentTranslation,
): ReasoningPlan {
  if (model.claude === undefined && isObject(request['thinking'])) unsupported.add('thinking');
  const reasoning = isObject(request['reasoning']) ? request['reasoning'] : {};
  const wished = request.reasoning_effort ?? reasoning['effort'];
  const param = typeof request.reasoning_effort === 'string' ? 'reasoning_effort' : 'reasoning';
  const hasBudget = typeof reasoning['max_tokens'] === 'number';
  const effort = typeof wished === 'string' ? wished : hasBudget ? 'medium' : undefined;
  if (model.reasoning === 'claude') {
    const plan = planForClaude(request, conversation, model.claude);
    const gaveWay = effort !== undefined && effort !== 'none' && Object.keys(plan.fields).length === 0;
    if (gaveWay) unsupported.add(param);
    return plan;
  }
  if (effort === undefined) return NOTHING;
  const fields = fieldsOf(model.reasoning, effort, request);
  if (fields === undefined) unsupported.add(param);
  else if (hasBudget) unsupported.add('reasoning.max_tokens');
  return { fields: fields ?? {}, thinks: false };
}

function fieldsOf(
  words: 'nova' | 'flat' | 'nested' | 'none',
  effort: string,
  request: ChatCompletionRequest,
): Record<string, unknown> | undefined {
  switch (words) {
    case 'nova':
      if (effort === 'none') return { reasoningConfig: { type: 'disabled' } };
      return { reasoningConfig: { type: 'enabled', maxReasoningEffort: novaEffort(effort, request) } };
    case 'flat':
      return { reasoning_effort: threeSteps(effort) };
    case 'nested':
      return { reasoning: { effort: effort === 'minimal' ? 'low' : effort } };
    default:
      return undefined;
  }
}

/** Its highest step goes with no limit of tokens and no sampling parameter. */
function novaEffort(effort: string, request: ChatCompletionRequest): string {
  const step = threeSteps(effort);
  const limits = [request.max_tokens, request.max_completion_tokens, request.temperature, request.top_p];
  return step === 'high' && limits.some((limit) => typeof limit === 'number') ? 'medium' : step;
}

function threeSteps(effort: string): string {
  if (effort === 'none' || effort === 'minimal') return 'low';
  return effort === 'low' || effort === 'medium' ? effort : 'high';
}

function planForClaude(
  request: ChatCompletionRequest,
  { messages, toolConfig }: { readonly messages: readonly ConverseTurn[]; readonly toolConfig: ToolConfig | undefined },
  traits: ContentTranslation['model']['claude'],
): ReasoningPlan {
  if (traits === undefined) return NOTHING;
  const limit = request.max_completion_tokens ?? request.max_tokens;
  const { thinking, effort } = planThinking(request, traits, {
    maxTokens: limit ?? traits.defaultMaxTokens,
    takesBudget: takesBudget(messages, toolConfig),
  });
  const budget = thinking === undefined ? undefined : budgetOf(thinking);
  return {
    fields: {
      ...(thinking === undefined ? {} : { thinking }),
      ...(effort === undefined ? {} : { output_config: { effort } }),
    },
    // Bedrock's own limit may be below the budget, and is refused then.
    ...(budget === undefined || typeof limit === 'number'
      ? {}
      : { maxTokens: traits.defaultMaxTokens + (budget >= traits.defaultMaxTokens ? budget : 0) }),
    thinks: thinking !== undefined && thinking['type'] !== 'disabled',
  };
}

function budgetOf(thinking: ClaudeThinking): number | undefined {
  const budget: unknown = 'budget_tokens' in thinking ? thinking['budget_tokens'] : undefined;
  return typeof budget === 'number' ? budget : undefined;
}

function takesBudget(turns: readonly ConverseTurn[], toolConfig: ToolConfig | undefined): boolean {
  if (toolConfig?.toolChoice !== undefined) return false;
  const last = turns.at(-1);
  if (last?.role === 'assistant') return false;
  const [first] = last?.content ?? [];
  if (first === undefined || !('toolResult' in first)) return true;
  const [calling] = turns.at(-2)?.content ?? [];
  return calling !== undefined && 'reasoningContent' in calling;
}
