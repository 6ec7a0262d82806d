import { type ReasoningDetail } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { joinReasoningDeltas } from '../reasoning-details.js';

/** Says that a reasoning detail is Mistral's, which takes back its own. */
export const THINKING_FORMAT = 'mistral-thinking-v1';

/** A part of content as Mistral writes thinking. @see https://docs.mistral.ai/capabilities/reasoning/native */
interface ThinkingPart {
  type: 'thinking';
  thinking: { type: 'text'; text: string }[];
}

/**
 * The thinking that a client sends back. Reasoning of other providers, and reasoning without details, is left out: models
 * that do not think refuse it.
 */
export function toThinkingParts(details: readonly ReasoningDetail[]): ThinkingPart[] {
  return joinReasoningDeltas(details).flatMap((detail): ThinkingPart[] =>
    detail.type === 'reasoning.text' && detail.format === THINKING_FORMAT
      ? [{ type: 'thinking', thinking: [{ type: 'text', text: detail.text }] }]
      : [],
  );
}

/** Content in parts, taken apart into what OpenAI's clients know. */
interface ReadContent {
  content: string;
  reasoning_content?: string;
  reasoning_details?: Extract<ReasoningDetail, { type: 'reasoning.text' }>[];
}

/**
 * The parts of an answer's content: what a model of Mistral's writes when it thinks. References to what its own tools
 * found are left out: they are numbers, without what they stand for.
 */
export function readContent(parts: readonly unknown[]): ReadContent {
  let content = '';
  const thoughts: string[] = [];
  for (const part of parts) {
    if (!isObject(part)) continue;
    if (part['type'] === 'thinking') thoughts.push(textOf(part['thinking']));
    else if (typeof part['text'] === 'string') content += part['text'];
  }
  const reasoning = thoughts.join('');
  if (reasoning === '') return { content };
  const detail = { type: 'reasoning.text', text: reasoning, format: THINKING_FORMAT, index: 0 } as const;
  return { content, reasoning_content: reasoning, reasoning_details: [detail] };
}

function textOf(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking
    .map((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}
