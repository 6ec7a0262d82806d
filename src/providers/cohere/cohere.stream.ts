import { type GatewayError } from '../../errors/gateway-error.js';
import { type ChatDelta } from '../../protocol/chat-completions.js';
import { type ChunkHead, ChunkWriter } from '../chunk-writer.js';
import { EventSourceReader } from '../event-source-reader.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { toCohereError, toUnfinishedError } from './cohere.errors.js';
import { PLAN_FORMAT, THINKING_FORMAT, toReasoningDetail } from './cohere.reasoning.js';
import {
  type CohereCitations,
  isUnfinished,
  toAnnotations,
  toArguments,
  toFinishReason,
  toLogprob,
} from './cohere.response.js';
import { type CohereAnswerBlock, type CohereLogprobs, type CohereStreamEvent } from './cohere.types.js';
import { toTokenUsage } from './cohere.usage.js';

export interface CohereStreamOptions {
  /** Whether the client asked for the usage chunk. */
  readonly showsUsage: boolean;
  /** What the chunks say where Cohere does not. */
  readonly fallback: ChunkHead;
}

/** A tool call that is still coming. */
interface OpenCall {
  /** Among the tool calls of this answer. */
  readonly ordinal: number;
  hasArguments: boolean;
}

/**
 * Cohere's stream as OpenAI's chunks.
 *
 * @see https://docs.cohere.com/docs/streaming
 */
export class CohereStreamReader implements StreamTranslator {
  private readonly chunks: ChunkWriter;
  private readonly events: EventSourceReader;
  /** By Cohere's index. */
  private readonly calls = new Map<number, OpenCall>();
  /** Where the text of each block begins in the whole text, by Cohere's index. */
  private readonly textStarts = new Map<number, number>();
  private toolCalls = 0;
  private textLength = 0;
  /** Pieces of reasoning so far, and the block or plan that the latest belongs to. */
  private reasoningPieces = 0;
  private reasoningPlace: number | 'plan' | undefined;

  constructor({ fallback, showsUsage }: CohereStreamOptions) {
    this.chunks = new ChunkWriter(fallback, showsUsage);
    this.events = new EventSourceReader(this.chunks, (event) => this.take(event));
  }

  push(bytes: Buffer): StreamPart | undefined {
    return this.events.push(bytes);
  }

  end(): StreamPart | undefined {
    return this.events.end();
  }

  private take(event: CohereStreamEvent): void {
    const { type, index = 0, delta = {} } = event;
    const { content, tool_plan: plan, tool_calls: calls, citations } = delta.message ?? {};
    switch (type) {
      case 'message-start':
        this.chunks.begin({ id: event.id });
        return this.chunks.open();
      case 'content-start':
        this.textStarts.set(index, this.textLength);
        return this.takeContent(index, firstOf(content), event.logprobs);
      case 'content-delta':
        return this.takeContent(index, firstOf(content), event.logprobs);
      case 'tool-plan-delta':
        return this.takeReasoning(plan ?? '', 'plan');
      case 'tool-call-start': {
        const { id = '', function: called } = firstOf(calls) ?? {};
        const call: OpenCall = { ordinal: this.toolCalls++, hasArguments: false };
        this.calls.set(index, call);
        const named = { name: called?.name ?? '', arguments: '' };
        this.show({ tool_calls: [{ index: call.ordinal, id, type: 'function', function: named }] });
        return this.takeArguments(index, called?.arguments);
      }
      case 'tool-call-delta':
        return this.takeArguments(index, firstOf(calls)?.function?.arguments);
      case 'tool-call-end':
        return this.endCall(index);
      case 'citation-start':
        for (const citation of listOf(citations)) {
          const annotations = toAnnotations(citation, this.textStarts.get(citation.content_index ?? -1) ?? 0);
          this.show({ ...(annotations.length === 0 ? {} : { annotations }), citations: [citation] });
        }
        return;
      case 'message-end':
        return this.close(delta);
      case undefined:
        // An error has no type, and the words of one in an answer of its own.
        if (typeof event.message === 'string') this.chunks.fail(errorOf(event));
        return;
      default:
      // `content-end`, `citation-end`, `debug`, and what is not known yet.
    }
  }

  private takeContent(
    index: number,
    block: CohereAnswerBlock | undefined,
    logprobs: CohereLogprobs | null | undefined,
  ) {
    if (block?.thinking) this.takeReasoning(block.thinking, index);
    const { text } = block ?? {};
    if (!text) return;
    this.textLength += text.length;
    this.show({ content: text }, text, logprobs);
  }

  private takeReasoning(text: string, place: number | 'plan'): void {
    if (text === '') return;
    if (place !== this.reasoningPlace) this.reasoningPieces++;
    this.reasoningPlace = place;
    const format = place === 'plan' ? PLAN_FORMAT : THINKING_FORMAT;
    const detail = toReasoningDetail(text, format, this.reasoningPieces - 1);
    this.show({ reasoning_content: text, reasoning_details: [detail] }, text);
  }

  private takeArguments(index: number, json: string | null | undefined): void {
    const call = this.calls.get(index);
    if (call === undefined || !json) return;
    // `null`, in one piece, is Cohere's word for no arguments.
    if (!call.hasArguments && json.trim() === 'null') return;
    call.hasArguments = true;
    this.show({ tool_calls: [{ index: call.ordinal, function: { arguments: json } }] }, json);
  }

  private endCall(index: number): void {
    const call = this.calls.get(index);
    this.calls.delete(index);
    if (call === undefined || call.hasArguments) return;
    const none = toArguments(undefined);
    this.show({ tool_calls: [{ index: call.ordinal, function: { arguments: none } }] }, none);
  }

  private close({ finish_reason: reason = '', usage, ...said }: NonNullable<CohereStreamEvent['delta']>): void {
    this.chunks.count(toTokenUsage(usage));
    if (isUnfinished(reason)) return this.chunks.fail(toUnfinishedError(reason, said));
    for (const index of this.calls.keys()) this.endCall(index);
    this.chunks.finish(toFinishReason(reason));
    this.chunks.close();
  }

  /** @param written what the model wrote in it. */
  private show(delta: ChatDelta & CohereCitations, written = '', logprobs?: CohereLogprobs | null): void {
    const probable = logprobs ? { content: [toLogprob(logprobs)], refusal: null } : null;
    this.chunks.show(delta, written, { logprobs: probable });
  }
}

/** Cohere writes one thing where a whole answer has a list of them, and an empty list at the start. */
function listOf<Item>(value: Item | Item[] | null | undefined): Item[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

const firstOf = <Item>(value: Item | Item[] | null | undefined): Item | undefined => listOf(value)[0];

function errorOf(event: CohereStreamEvent): GatewayError {
  return toCohereError({ status: 502, headers: {}, body: Buffer.from(JSON.stringify(event)) });
}
