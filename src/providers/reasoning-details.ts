import { type ReasoningDetail } from '../protocol/chat-completions.js';

/**
 * Says whose signatures and encrypted data a reasoning detail holds: no other model can read them. Those of Claude are
 * the same wherever it is served.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
export const CLAUDE_REASONING = 'anthropic-claude-v1';

/** Clients that keep the details of a stream as they came have one for each delta: those of one index are one block. */
export function joinReasoningDeltas(details: readonly ReasoningDetail[]): ReasoningDetail[] {
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
