import { UpstreamError } from '../../errors/upstream-error.js';
import {
  type ChatCompletion,
  type ChatCompletionMessage,
  type ChatCompletionRequest,
  type ChatOutputImage,
  type ChatToolCall,
  type ReasoningDetail,
} from '../../protocol/chat-completions.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { toChatUsage } from '../../protocol/openai-usage.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer, type ProviderCall } from '../provider-adapter.interface.js';
import { citationsIn, toAnnotations } from './gemini.annotations.js';
import { toChatAudio } from './gemini.audio.js';
import { toGeminiStreamError } from './gemini.errors.js';
import { type Ending, toBlockedEnding, toEnding } from './gemini.finish-reason.js';
import { toChatLogprobs } from './gemini.logprobs.js';
import { callId, createdAt, extraContent, readPart, toChatServiceTier, toOutputImage } from './gemini.parts.js';
import { toReasoningDetail } from './gemini.reasoning.js';
import { type Candidate, type GeminiBlob, type GenerateContentResponse } from './gemini.types.js';
import { searchesIn, toChatUnits, toTokenUsage } from './gemini.usage.js';

/** @throws UpstreamError where the answer is none. */
export function toChatAnswer({ body }: UpstreamResponse, call: ProviderCall<ChatCompletionRequest>): Answer {
  const response = readResponse(body);
  const completion = toChatCompletion(response, {
    id: call.requestId,
    model: call.upstreamModel,
    isWav: isObject(call.request['audio']) && call.request['audio']['format'] === 'wav',
  });
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage: toTokenUsage(response.usageMetadata),
    units: toChatUnits(response.usageMetadata, searchesIn(response, call.upstreamModel), completion.service_tier),
    textBytes: completion.choices.reduce((sum, choice) => sum + textBytesOf(choice.message), 0),
  };
}

/** @throws UpstreamError where the body is no answer, or an error in the place of one. */
export function readResponse(body: Buffer): GenerateContentResponse {
  const value = parseJsonBytes(body);
  if (isObject(value)) {
    if (value['error'] !== undefined) throw toGeminiStreamError(value['error']);
    // Every field may be missing; what is there is checked where it is read.
    if (Array.isArray(value['candidates']) || isObject(value['promptFeedback'])) return value;
  }
  throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer has no candidates.' });
}

export interface CompletionOptions {
  /** What the answer says where the provider does not. */
  readonly id: string;
  readonly model: string;
  readonly isWav: boolean;
}

/** Google's answer as OpenAI's chat completion: each candidate is a choice, a prompt that was blocked is one too. */
export function toChatCompletion(response: GenerateContentResponse, options: CompletionOptions): ChatCompletion {
  const { candidates = [], promptFeedback = {}, responseId, modelVersion, createTime, usageMetadata } = response;
  const id = responseId ?? options.id;
  const created = createdAt(createTime);
  const usage = toTokenUsage(usageMetadata);
  const serviceTier = toChatServiceTier(usageMetadata);
  const audio = { id, created, isWav: options.isWav };
  const choices = candidates.map((candidate, at) => toChoice(candidate, candidate.index ?? at, audio));
  return {
    id,
    object: 'chat.completion',
    created,
    model: modelVersion ?? options.model,
    choices: choices.length > 0 ? choices : [blockedChoice(toBlockedEnding(promptFeedback))],
    ...(usage === undefined ? {} : { usage: toChatUsage(usage) }),
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
  };
}

type Choice = ChatCompletion['choices'][number];

function blockedChoice({ reason, refusal }: Ending): Choice {
  const message: ChatCompletionMessage = { role: 'assistant', content: null, refusal: refusal ?? null };
  return { index: 0, message, logprobs: null, finish_reason: reason };
}

function toChoice(candidate: Candidate, index: number, audio: { id: string; created: number; isWav: boolean }): Choice {
  const { text, reasoning, details, calls, images, blobs } = readCandidate(candidate);
  const speech = toChatAudio(blobs, audio);
  const { reason, refusal } = toEnding(candidate.finishReason, candidate.finishMessage, {
    hasCalls: calls.length > 0,
    hasContent: text !== '' || calls.length > 0 || images.length > 0 || speech !== undefined,
  });
  const annotations = toAnnotations(text, candidate.groundingMetadata, citationsIn(candidate.citationMetadata));
  const hasOther = calls.length > 0 || refusal !== undefined || images.length > 0 || speech !== undefined;
  const message: ChatCompletionMessage = {
    role: 'assistant',
    content: text === '' && hasOther ? null : text,
    refusal: refusal ?? null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(images.length === 0 ? {} : { images }),
    ...(speech === undefined ? {} : { audio: speech }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
  return { index, message, logprobs: toChatLogprobs(candidate.logprobsResult), finish_reason: reason };
}

interface ReadCandidate {
  readonly text: string;
  readonly reasoning: string;
  readonly details: ReasoningDetail[];
  readonly calls: ChatToolCall[];
  readonly images: ChatOutputImage[];
  readonly blobs: GeminiBlob[];
}

function readCandidate({ content }: Candidate): ReadCandidate {
  let text = '';
  let reasoning = '';
  const details: ReasoningDetail[] = [];
  const calls: ChatToolCall[] = [];
  const images: ChatOutputImage[] = [];
  const blobs: GeminiBlob[] = [];
  const keep = (signature: string | undefined, of: { thought?: string; callId?: string }): void => {
    if (signature !== undefined) details.push(toReasoningDetail(signature, of, details.length));
  };
  for (const one of content?.parts ?? []) {
    const part = readPart(one);
    switch (part?.kind) {
      case 'text':
        text += part.text;
        keep(part.signature, {});
        break;
      case 'thought':
        reasoning += part.text;
        keep(part.signature, { thought: part.text });
        break;
      case 'call': {
        const { id = '', name = '', args = {} } = part.call;
        const call = toToolCall(id || callId(), name, args, part.signature);
        calls.push(call);
        keep(part.signature, { callId: call.id });
        break;
      }
      case 'image':
        images.push(toOutputImage(part.url, part.signature, images.length));
        break;
      case 'audio':
        blobs.push(part.blob);
        break;
      default:
    }
  }
  return { text, reasoning, details, calls, images, blobs };
}

function toToolCall(
  id: string,
  name: string,
  args: Record<string, unknown>,
  signature: string | undefined,
): ChatToolCall {
  return {
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
    ...(signature === undefined ? {} : extraContent(signature)),
  };
}

function textBytesOf({
  content,
  refusal,
  reasoning_content: reasoning,
  tool_calls: calls,
}: ChatCompletionMessage): number {
  const texts = [content, refusal, reasoning, ...(calls ?? []).map((call) => call.function.arguments)];
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
}
