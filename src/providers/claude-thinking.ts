import { type ChatCompletionRequest } from '../protocol/chat-completions.js';
import { isObject } from '../protocol/json.js';
import { type ModelTraits } from './claude-models.js';

export type ClaudeThinking =
  | { type: 'enabled'; budget_tokens: number }
  | { type: 'adaptive'; display?: 'summarized' }
  | { type: 'disabled' }
  | Record<string, unknown>;

export interface ThinkingPlan {
  readonly thinking?: ClaudeThinking;
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
 * How a model of Anthropic's is to think. What the client says in Anthropic's own `thinking` stands; otherwise `reasoning_effort`
 * (or OpenRouter's `reasoning: {effort, max_tokens}`) becomes
 *
 * - on models that think as they see fit, `thinking: {type: 'adaptive'}` with `output_config.effort`;
 * - on earlier ones a budget, always less than `max_tokens`.
 *
 * An effort is a wish, so it gives way where the API would refuse the request: where the conversation takes no budget,
 * and with a `max_tokens` that leaves no room for it.
 *
 * @param given `takesBudget`: not with a forced tool call, nor with an answer begun by the client, nor in the middle of
 * tool calls whose thinking the client did not keep.
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 * @see https://platform.claude.com/docs/en/build-with-claude/effort
 */
export function planThinking(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  given: { readonly maxTokens: number; readonly takesBudget: boolean },
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
  if (!given.takesBudget) return {};
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
