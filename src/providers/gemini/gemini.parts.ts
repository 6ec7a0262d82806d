import { randomUUID } from 'node:crypto';
import { type ChatOutputImage } from '../../protocol/chat-completions.js';
import { type FunctionCall, type GeminiBlob, type GeminiPart, type UsageMetadata } from './gemini.types.js';

/** A part of an answer, told apart. */
export type AnswerPart =
  | { readonly kind: 'text' | 'thought'; readonly text: string; readonly signature: string | undefined }
  | { readonly kind: 'call'; readonly call: FunctionCall; readonly signature: string | undefined }
  | { readonly kind: 'image'; readonly url: string; readonly signature: string | undefined }
  | { readonly kind: 'audio'; readonly blob: GeminiBlob };

/**
 * What a part of an answer is to the client. The code that Google's own tools run and what came of it are shown among
 * the thoughts: the answer's text stays free of it, and nothing is lost. Parts nobody here knows are left out.
 */
export function readPart(part: GeminiPart): AnswerPart | undefined {
  const signature = part.thoughtSignature || undefined;
  if (part.functionCall !== undefined) return { kind: 'call', call: part.functionCall, signature };
  if (part.inlineData !== undefined) return mediaPart(part.inlineData, signature);
  if (part.fileData !== undefined) return { kind: 'image', url: part.fileData.fileUri, signature };
  const { executableCode: code, codeExecutionResult: result } = part;
  if (code !== undefined) return fenced(code.code ?? '', (code.language ?? '').toLowerCase());
  if (result !== undefined) return fenced(result.output ?? '', '');
  const { text = '', thought } = part;
  return text === '' && signature === undefined
    ? undefined
    : { kind: thought === true ? 'thought' : 'text', text, signature };
}

function mediaPart(blob: GeminiBlob, signature: string | undefined): AnswerPart {
  if (blob.mimeType.startsWith('audio/')) return { kind: 'audio', blob };
  return { kind: 'image', url: `data:${blob.mimeType};base64,${blob.data}`, signature };
}

function fenced(text: string, language: string): AnswerPart {
  const end = text.endsWith('\n') ? '' : '\n';
  return { kind: 'thought', text: `\`\`\`${language}\n${text}${end}\`\`\`\n`, signature: undefined };
}

/** @see https://openrouter.ai/docs/features/multimodal/image-generation */
export function toOutputImage(url: string, signature: string | undefined, index: number): ChatOutputImage {
  return {
    type: 'image_url',
    image_url: { url },
    index,
    ...(signature === undefined ? {} : extraContent(signature)),
  };
}

/** @see https://ai.google.dev/gemini-api/docs/openai */
export function extraContent(signature: string): { extra_content: { google: { thought_signature: string } } } {
  return { extra_content: { google: { thought_signature: signature } } };
}

const ID_LENGTH = 24;

/** For calls that came without an id: Gemini 2.5 and earlier give none. */
export function callId(): string {
  return `call_${randomUUID().replaceAll('-', '').slice(0, ID_LENGTH)}`;
}

/** Seconds since 1970. Only Vertex AI says. */
export function createdAt(createTime: string | undefined): number {
  const time = createTime === undefined ? Number.NaN : Date.parse(createTime);
  return Math.floor((Number.isNaN(time) ? Date.now() : time) / 1000);
}

/**
 * @see https://ai.google.dev/gemini-api/docs/optimization
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo (`trafficType`)
 */
export function toChatServiceTier(usage: UsageMetadata | null | undefined): string | undefined {
  const tier = usage?.serviceTier ?? TRAFFIC_TIERS.get(usage?.trafficType);
  return tier === 'standard' ? 'default' : tier;
}

const TRAFFIC_TIERS: ReadonlyMap<string | undefined, string> = new Map([
  ['ON_DEMAND_FLEX', 'flex'],
  ['ON_DEMAND_PRIORITY', 'priority'],
]);
