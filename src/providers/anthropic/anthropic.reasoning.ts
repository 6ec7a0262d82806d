import { type ChatAssistantMessage, type ReasoningDetail } from '../../protocol/chat-completions.js';
import { CLAUDE_REASONING, joinReasoningDeltas } from '../reasoning-details.js';
import { type AnswerBlock, type RedactedThinkingBlock, type ThinkingBlock } from './anthropic.types.js';

/** @param index of the block among those of reasoning, from 0. */
export function toReasoningDetail(block: AnswerBlock, index: number): ReasoningDetail | undefined {
  const shared = { format: CLAUDE_REASONING, index };
  if (block.type === 'thinking') {
    return { type: 'reasoning.text', text: block.thinking ?? '', signature: block.signature ?? null, ...shared };
  }
  if (block.type === 'redacted_thinking') return { type: 'reasoning.encrypted', data: block.data ?? '', ...shared };
  return undefined;
}

/**
 * The thinking that a client sends back: from `reasoning_details`, or from `thinking_blocks`, which hold Anthropic's own
 * blocks. Anthropic takes back only what it signed or encrypted itself, so reasoning of other providers and plain
 * `reasoning_content` are left out.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking#preserving-thinking-blocks
 */
export function toThinkingBlocks(message: ChatAssistantMessage): (ThinkingBlock | RedactedThinkingBlock)[] {
  const details = joinReasoningDeltas(message.reasoning_details ?? []);
  const blocks = details.flatMap((detail): (ThinkingBlock | RedactedThinkingBlock)[] => {
    if (typeof detail.format === 'string' && detail.format !== CLAUDE_REASONING) return [];
    if (detail.type === 'reasoning.encrypted') return [{ type: 'redacted_thinking', data: detail.data }];
    if (detail.type !== 'reasoning.text' || !detail.signature) return [];
    return [{ type: 'thinking', thinking: detail.text ?? '', signature: detail.signature }];
  });
  return blocks.length > 0 ? blocks : nativeBlocks(message);
}

function nativeBlocks(message: ChatAssistantMessage): (ThinkingBlock | RedactedThinkingBlock)[] {
  const blocks: unknown = 'thinking_blocks' in message ? message.thinking_blocks : undefined;
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block: unknown): (ThinkingBlock | RedactedThinkingBlock)[] => {
    if (typeof block !== 'object' || block === null || !('type' in block)) return [];
    if (block.type === 'redacted_thinking' && 'data' in block && typeof block.data === 'string') {
      return [{ type: 'redacted_thinking', data: block.data }];
    }
    if (block.type !== 'thinking' || !('signature' in block) || typeof block.signature !== 'string') return [];
    const thinking = 'thinking' in block && typeof block.thinking === 'string' ? block.thinking : '';
    return block.signature === '' ? [] : [{ type: 'thinking', thinking, signature: block.signature }];
  });
}
