import { type ChatAssistantMessage, type ReasoningDetail } from '../../protocol/chat-completions.js';
import { CLAUDE_REASONING, joinReasoningDeltas } from '../reasoning-details.js';
import { type BedrockModel } from './bedrock.models.js';
import { type ReasoningBlock } from './bedrock.types.js';

/** What a detail holds is Bedrock's own: nobody else can read it. */
const BEDROCK_REASONING = 'bedrock-converse-v1';

/** Reasoning of a block, or of a piece of one. */
export interface Reasoning {
  readonly text?: string | undefined;
  readonly signature?: string | undefined;
  /** Base64. */
  readonly redactedContent?: string | undefined;
}

/**
 * Reasoning as OpenRouter writes it. Claude's signatures are the same at Anthropic, so that a conversation may go on
 * there; what Claude encrypted is text there and that text's bytes here.
 *
 * @param index of the block among those of reasoning, from 0.
 */
export function toReasoningDetail(reasoning: Reasoning, { claude }: BedrockModel, index: number): ReasoningDetail {
  const { text = '', signature, redactedContent } = reasoning;
  const format = claude === undefined ? BEDROCK_REASONING : CLAUDE_REASONING;
  if (redactedContent === undefined) {
    return { type: 'reasoning.text', text, ...(signature === undefined ? {} : { signature }), format, index };
  }
  const data = claude === undefined ? undefined : printable(redactedContent);
  return data === undefined
    ? { type: 'reasoning.encrypted', data: redactedContent, format: BEDROCK_REASONING, index }
    : { type: 'reasoning.encrypted', data, format, index };
}

/**
 * The reasoning that a client sends back. Models take back only what was signed or encrypted for them: plain text and
 * what others signed is left out.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html
 */
export function toReasoningBlocks(message: ChatAssistantMessage, { claude }: BedrockModel): ReasoningBlock[] {
  return joinReasoningDeltas(message.reasoning_details ?? []).flatMap((detail): ReasoningBlock[] => {
    const format = detail.format ?? (claude === undefined ? BEDROCK_REASONING : CLAUDE_REASONING);
    const isClaudes = format === CLAUDE_REASONING;
    if (isClaudes ? claude === undefined : format !== BEDROCK_REASONING) return [];
    if (detail.type === 'reasoning.encrypted') {
      const redactedContent = isClaudes ? Buffer.from(detail.data).toString('base64') : detail.data;
      return [{ reasoningContent: { redactedContent } }];
    }
    if (detail.type !== 'reasoning.text' || !detail.signature) return [];
    return [{ reasoningContent: { reasoningText: { text: detail.text ?? '', signature: detail.signature } } }];
  });
}

/** The text that base64 holds; `undefined` where it is not one of ASCII. */
function printable(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  return /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}
