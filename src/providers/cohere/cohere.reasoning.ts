import { type ChatAssistantMessage, type ReasoningDetail } from '../../protocol/chat-completions.js';
import { joinReasoningDeltas } from '../reasoning-details.js';
import { type CohereThinkingBlock } from './cohere.types.js';

/**
 * Says which of Cohere's two kinds of reasoning a detail holds. Models that reason write it into blocks of their own;
 * the others write a plan before they call tools. Each has its own place when it is sent back.
 */
export const THINKING_FORMAT = 'cohere-thinking-v2';
export const PLAN_FORMAT = 'cohere-tool-plan-v2';

/** @param index among the pieces of reasoning of one answer, from 0. */
export function toReasoningDetail(
  text: string,
  format: typeof THINKING_FORMAT | typeof PLAN_FORMAT,
  index: number,
): Extract<ReasoningDetail, { type: 'reasoning.text' }> {
  return { type: 'reasoning.text', text, format, index };
}

export interface SentBackReasoning {
  readonly thinking: CohereThinkingBlock[];
  readonly plan: string;
}

/**
 * The reasoning that a client sends back. Where its details are Cohere's own they go back to where they came from;
 * reasoning of another provider, and plain text, becomes the plan of the tool calls that follow it, which every model
 * takes, or else thinking.
 *
 * @see https://docs.cohere.com/docs/reasoning
 */
export function readReasoning(message: ChatAssistantMessage): SentBackReasoning {
  const own = joinReasoningDeltas(message.reasoning_details ?? []).flatMap((detail) =>
    detail.type === 'reasoning.text' && (detail.format === THINKING_FORMAT || detail.format === PLAN_FORMAT)
      ? [detail]
      : [],
  );
  if (own.length > 0) {
    const textsOf = (format: string): string[] =>
      own.filter((detail) => detail.format === format).map(({ text }) => text);
    return { thinking: textsOf(THINKING_FORMAT).flatMap(toThinkingBlocks), plan: textsOf(PLAN_FORMAT).join('') };
  }
  const text = plainReasoning(message);
  const callsTools = (message.tool_calls ?? []).length > 0 || Boolean(message.function_call);
  return callsTools ? { thinking: [], plan: text } : { thinking: toThinkingBlocks(text), plan: '' };
}

function toThinkingBlocks(text: string): CohereThinkingBlock[] {
  return text.trim() === '' ? [] : [{ type: 'thinking', thinking: text }];
}

function plainReasoning(message: ChatAssistantMessage): string {
  if (typeof message.reasoning_content === 'string') return message.reasoning_content;
  const other: unknown = 'reasoning' in message ? message.reasoning : undefined;
  return typeof other === 'string' ? other : '';
}
