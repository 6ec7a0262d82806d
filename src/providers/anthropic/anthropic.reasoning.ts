import { type ChatAssistantMessage, type ReasoningDetail } from '../../protocol/chat-completions.js';
import { type AnswerBlock, type RedactedThinkingBlock, type ThinkingBlock } from './anthropic.types.js';

/** Says whose signatures and encrypted data a reasoning detail holds: no other provider can read them. */
export const REASONING_FORMAT = 'anthropic-claude-v1';

/** @param index of the block among those of reasoning, from 0. */
export function toReasoningDetail(block: AnswerBlock, index: number): ReasoningDetail | undefined {
  const shared = { format: REASONING_FORMAT, index };
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
  const details = joinDeltas(message.reasoning_details ?? []);
  const blocks = details.flatMap((detail): (ThinkingBlock | RedactedThinkingBlock)[] => {
    if (typeof detail.format === 'string' && detail.format !== REASONING_FORMAT) return [];
    if (detail.type === 'reasoning.encrypted') return [{ type: 'redacted_thinking', data: detail.data }];
    if (detail.type !== 'reasoning.text' || !detail.signature) return [];
    return [{ type: 'thinking', thinking: detail.text ?? '', signature: detail.signature }];
  });
  return blocks.length > 0 ? blocks : nativeBlocks(message);
}

/** Clients that keep the details of a stream as they came have one for each delta: those of one index are one block. */
function joinDeltas(details: readonly ReasoningDetail[]): ReasoningDetail[] {
  const joined: ReasoningDetail[] = [];
  for (const detail of details) {
    const last = joined.at(-1);
    const continues =
      detail.type === 'reasoning.text' &&
      last?.type === 'reasoning.text' &&
      detail.index !== undefined &&
      detail.index === last.index &&
      !last.signature;
    if (!continues) joined.push(detail);
    else joined[joined.length - 1] = { ...last, ...detail, text: (last.text ?? '') + (detail.text ?? '') };
  }
  return joined;
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
