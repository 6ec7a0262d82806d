import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type ModelTraits } from './anthropic.models.js';
import { type MessagesThinking, type MessagesToolChoice, type MessageTurn } from './anthropic.types.js';

export interface ThinkingPlan {
  readonly thinking?: MessagesThinking;
  /** `output_config.effort` */
  readonly effort?: string;
}

/** The least that `budget_tokens` may be, and what is left for the answer beside it at least. */
const MIN_TOKENS = 1_024;

/** Tokens to think with, by OpenAI's effort, on models that take a budget. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', MIN_TOKENS],
  ['low', 2_048],
  ['medium', 8_192],
  ['high', 16_384],
  ['xhigh', 32_768],
  ['max', 32_768],
]);

/**
 * How the model is to think. What the client says in Anthropic's own `thinking` stands; otherwise `reasoning_effort`
 * (or OpenRouter's `reasoning: {effort, max_tokens}`) becomes
 *
 * - on models that think as they see fit, `thinking: {type: 'adaptive'}` with `output_config.effort`;
 * - on earlier ones a budget, always less than `max_tokens`.
 *
 * An effort is a wish, so it gives way where the API would refuse the request: a budget goes neither with a forced tool
 * call, nor with an answer begun by the client, nor in the middle of tool calls whose thinking the client did not keep,
 * nor with a `max_tokens` that leaves no room for it.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 * @see https://platform.claude.com/docs/en/build-with-claude/effort
 */
export function planThinking(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  given: { maxTokens: number; messages: readonly MessageTurn[]; toolChoice: MessagesToolChoice | undefined },
): ThinkingPlan {
  const { thinking } = request;
  if (isObject(thinking)) return { thinking };
  const reasoning = isObject(request['reasoning']) ? request['reasoning'] : {};
  const wished = request.reasoning_effort ?? reasoning['effort'];
  const budget = reasoning['max_tokens'];
  const effort = typeof wished === 'string' ? wished : typeof budget === 'number' ? 'medium' : undefined;
  if (effort === undefined || traits.thinking === 'none') return {};
  if (effort === 'none') return withoutThinking(traits);
  if (traits.thinking === 'adaptive') {
    return {
      thinking: { type: 'adaptive', ...(traits.hidesThinking ? { display: 'summarized' } : {}) },
      effort: knownEffort(effort, traits),
    };
  }
  if (!takesBudget(given.messages, given.toolChoice)) return {};
  const tokens = typeof budget === 'number' ? budget : (BUDGETS.get(effort) ?? 8_192);
  const budgetTokens = Math.min(Math.max(tokens, MIN_TOKENS), given.maxTokens - MIN_TOKENS);
  return budgetTokens < MIN_TOKENS ? {} : { thinking: { type: 'enabled', budget_tokens: budgetTokens } };
}

function withoutThinking(traits: ModelTraits): ThinkingPlan {
  if (traits.thinkingSwitch === 'disable') return { thinking: { type: 'disabled' } };
  return traits.thinkingSwitch === 'never' ? { effort: 'low' } : {};
}

function knownEffort(effort: string, traits: ModelTraits): string {
  if (traits.efforts.has(effort)) return effort;
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' ? 'max' : 'high';
}

function takesBudget(messages: readonly MessageTurn[], toolChoice: MessagesToolChoice | undefined): boolean {
  if (toolChoice?.type === 'any' || toolChoice?.type === 'tool') return false;
  const last = messages.at(-1);
  if (last?.role === 'assistant') return false;
  if (last?.content[0]?.type !== 'tool_result') return true;
  const calling = messages.at(-2)?.content[0]?.type;
  return calling === 'thinking' || calling === 'redacted_thinking';
}
