import { type ChatAssistantMessage, type ReasoningDetail } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { joinReasoningDeltas } from '../reasoning-details.js';
import { type GeminiPart } from './gemini.types.js';

/** Says whose signatures a reasoning detail holds: no other provider can read them. The name OpenRouter has for it. */
export const GEMINI_REASONING = 'google-gemini-v1';

/**
 * What Google documents to be sent in place of a signature for calls that its model did not make: it then checks none.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const NO_SIGNATURE = 'skip_thought_signature_validator';

/**
 * The signature of a part, as the client is to keep it. That of a tool call also stands in the call itself, under
 * `extra_content.google.thought_signature`, where Google's own endpoint in OpenAI's dialect has it.
 *
 * @param of the text of a thought, the id of a tool call, or nothing for the answer's text.
 * @param index counts the details of one message from 0.
 */
export function toReasoningDetail(
  signature: string,
  of: { readonly thought?: string; readonly callId?: string },
  index: number,
): ReasoningDetail {
  const shared = { format: GEMINI_REASONING, index };
  if (of.thought !== undefined) return { type: 'reasoning.text', text: of.thought, signature, ...shared };
  return {
    type: 'reasoning.encrypted',
    data: signature,
    ...(of.callId === undefined ? {} : { id: of.callId }),
    ...shared,
  };
}

/** The signatures that a client sends back with an assistant message. */
export interface Signatures {
  /** By the id of the tool call. */
  readonly ofCalls: ReadonlyMap<string, string>;
  /** Of the answer's text. */
  readonly ofText: string | undefined;
  /** Thoughts that were signed; others are summaries, which the model has no use for. */
  readonly thoughts: readonly GeminiPart[];
}

/** From the calls' `extra_content`, the message's own, and `reasoning_details` of Google's; of others, none. */
export function signaturesOf(message: ChatAssistantMessage): Signatures {
  const ofCalls = new Map<string, string>();
  const thoughts: GeminiPart[] = [];
  let ofText = signatureIn(message);
  for (const detail of joinReasoningDeltas(message.reasoning_details ?? [])) {
    if (detail.format !== GEMINI_REASONING) continue;
    if (detail.type === 'reasoning.encrypted') {
      if (detail.id) ofCalls.set(detail.id, detail.data);
      else ofText = detail.data;
    } else if (detail.type === 'reasoning.text' && detail.signature) {
      thoughts.push({ text: detail.text, thought: true, thoughtSignature: detail.signature });
    }
  }
  for (const call of message.tool_calls ?? []) {
    const signature = signatureIn(call);
    if (signature !== undefined) ofCalls.set(call.id, signature);
  }
  return { ofCalls, ofText, thoughts };
}

/** Vertex AI's endpoint in OpenAI's dialect has its own name in the place of Google's. */
export function signatureIn(holder: object): string | undefined {
  const content: unknown = 'extra_content' in holder ? holder.extra_content : undefined;
  if (!isObject(content)) return undefined;
  const google = content['google'] ?? content['vertex'];
  const signature = isObject(google) ? google['thought_signature'] : undefined;
  return typeof signature === 'string' && signature !== '' ? signature : undefined;
}
