import { type ChatDelta } from '../../protocol/chat-completions.js';
import { type ChunkWriter } from '../chunk-writer.js';
import { citationsIn, toAnnotations } from './gemini.annotations.js';
import { toEnding } from './gemini.finish-reason.js';
import { toChatLogprobs } from './gemini.logprobs.js';
import { type AnswerPart, callId, extraContent, readPart, toOutputImage } from './gemini.parts.js';
import { PartialArguments } from './gemini.partial-arguments.js';
import { toReasoningDetail } from './gemini.reasoning.js';
import { type Candidate, type CitationSource, type FunctionCall, type GroundingMetadata } from './gemini.types.js';

/** A call whose arguments are still coming. */
interface OpenCall {
  readonly index: number;
  readonly args: PartialArguments;
}

/** One candidate of a stream as one of OpenAI's choices. */
export class StreamedChoice {
  private text = '';
  private hasContent = false;
  private calls = 0;
  private images = 0;
  private details = 0;
  private open: OpenCall | undefined;
  private finishReason: string | undefined;
  private finishMessage: string | undefined;
  private grounding: GroundingMetadata | undefined;
  private readonly citations: CitationSource[] = [];

  constructor(
    private readonly index: number,
    private readonly responseId: string,
    private readonly chunks: ChunkWriter,
  ) {
    chunks.open(index);
  }

  get isFinished(): boolean {
    return this.finishReason !== undefined;
  }

  read(candidate: Candidate): void {
    let logprobs: unknown = toChatLogprobs(candidate.logprobsResult);
    for (const one of candidate.content?.parts ?? []) {
      const part = readPart(one);
      if (part === undefined) continue;
      const isText = part.kind === 'text' && part.text !== '';
      this.readPart(part, isText ? logprobs : null);
      if (isText) logprobs = null;
    }
    if (logprobs !== null) this.show({}, '', logprobs);
    this.finishReason = candidate.finishReason ?? this.finishReason;
    this.finishMessage = candidate.finishMessage ?? this.finishMessage;
    // Empty at times, after one that was not.
    if (candidate.groundingMetadata?.groundingChunks !== undefined) this.grounding = candidate.groundingMetadata;
    this.citations.push(...citationsIn(candidate.citationMetadata));
  }

  /** The stream is whole: what is known only now is written, and the end. */
  finish(): void {
    this.closeCall();
    const annotations = toAnnotations(this.text, this.grounding, this.citations);
    if (annotations.length > 0) this.show({ annotations });
    const { reason, refusal } = toEnding(this.finishReason, this.finishMessage, {
      hasCalls: this.calls > 0,
      hasContent: this.hasContent,
    });
    if (refusal !== undefined) this.show({ refusal }, refusal);
    this.chunks.finish(reason, this.index);
  }

  private readPart(part: AnswerPart, logprobs: unknown): void {
    switch (part.kind) {
      case 'text': {
        if (part.text !== '') {
          this.text += part.text;
          this.hasContent = true;
        }
        const details = this.detail(part.signature, {});
        const delta = { ...(part.text === '' ? {} : { content: part.text }), ...details };
        return this.show(delta, part.text, logprobs);
      }
      case 'thought': {
        const details = this.detail(part.signature, { thought: part.text });
        const delta = { ...(part.text === '' ? {} : { reasoning_content: part.text }), ...details };
        return this.show(delta, part.text);
      }
      case 'call':
        return this.readCall(part.call, part.signature);
      case 'image':
        this.hasContent = true;
        return this.show({ images: [toOutputImage(part.url, part.signature, this.images++)] });
      case 'audio':
        this.hasContent = true;
        return this.show({ audio: { id: `audio_${this.responseId}`, data: part.blob.data } });
      default:
    }
  }

  private readCall(call: FunctionCall, signature: string | undefined): void {
    if (call.name !== undefined) {
      this.closeCall();
      this.startCall(call, call.name, signature);
    }
    const { open } = this;
    // A call that is neither named nor open ends one that has ended already.
    if (open === undefined) return;
    for (const argument of call.partialArgs ?? []) open.args.add(argument);
    if (call.willContinue !== true) this.closeCall();
  }

  private startCall({ id, args, willContinue, partialArgs }: FunctionCall, name: string, signature?: string): void {
    const index = this.calls++;
    const known = id || callId();
    const isWhole = willContinue !== true && partialArgs === undefined;
    const json = isWhole ? JSON.stringify(args ?? {}) : '';
    this.hasContent = true;
    const delta = {
      index,
      id: known,
      type: 'function',
      function: { name, arguments: json },
      ...(signature === undefined ? {} : extraContent(signature)),
    } as const;
    this.show({ tool_calls: [delta], ...this.detail(signature, { callId: known }) }, json);
    if (!isWhole) this.open = { index, args: new PartialArguments() };
  }

  private closeCall(): void {
    const { open } = this;
    if (open === undefined) return;
    this.open = undefined;
    const json = open.args.toJson();
    this.show({ tool_calls: [{ index: open.index, function: { arguments: json } }] }, json);
  }

  private detail(
    signature: string | undefined,
    of: { readonly thought?: string; readonly callId?: string },
  ): Pick<ChatDelta, 'reasoning_details'> {
    if (signature === undefined) return {};
    return { reasoning_details: [toReasoningDetail(signature, of, this.details++)] };
  }

  private show(delta: ChatDelta, written = '', logprobs: unknown = null): void {
    this.chunks.show(delta, written, { index: this.index, logprobs });
  }
}
