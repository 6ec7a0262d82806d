import { createParser, type EventSourceParser } from 'eventsource-parser';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type ChatDelta, type ChatFinishReason } from '../../protocol/chat-completions.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { toAnthropicStreamError } from './anthropic.errors.js';
import { REASONING_FORMAT, toReasoningDetail } from './anthropic.reasoning.js';
import { refusalText, toAnnotations } from './anthropic.response.js';
import { toFinishReason } from './anthropic.stop-reason.js';
import {
  type AnswerBlock,
  type Citation,
  type MessagesStreamDelta,
  type MessagesStreamEvent,
  type MessagesUsage,
} from './anthropic.types.js';
import { mergeUsage, toChatUsage, toTokenUsage } from './anthropic.usage.js';

/** The most that one event may weigh, in characters. */
const MAX_EVENT_LENGTH = 1024 * 1024;

export interface AnthropicStreamOptions {
  /** Whether the client asked for the usage chunk. */
  readonly showsUsage: boolean;
  /** What the chunks say where the provider does not. */
  readonly fallback: { readonly id: string; readonly model: string };
}

/** A content block that is still coming. */
interface OpenBlock {
  readonly type: string | undefined;
  /** Among the tool calls, or among the blocks of reasoning, of this answer. */
  readonly ordinal: number;
  /** The whole input, where the provider sent it at the block's start. */
  readonly input: unknown;
  /** Length of the answer's text before it. */
  readonly textStart: number;
  readonly citations: Citation[];
  hasArguments: boolean;
}

/**
 * Anthropic's stream as OpenAI's chunks. Blocks of the provider's own tools are not shown, as in a whole answer.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class AnthropicStreamReader implements StreamTranslator {
  private readonly decoder = new TextDecoder('utf-8', { fatal: false });
  private readonly parser: EventSourceParser;
  private readonly blocks = new Map<number, OpenBlock>();
  /** Everything of a chunk before its delta. */
  private head: string | undefined;
  private base: string;
  private toolCalls = 0;
  private reasoningBlocks = 0;
  private textLength = 0;
  private counts: MessagesUsage | undefined;
  /** The reason to stop has been written. */
  private finished = false;
  /** `message_stop` has come. */
  private isClosed = false;
  /** Nothing more is read: the answer is whole, or it failed. */
  private stopped = false;
  private ended = false;

  // What the part in the making holds.
  private text = '';
  private hasContent = false;
  private textBytes = 0;
  private usage: TokenUsage | undefined;
  private error: GatewayError | undefined;

  constructor(private readonly options: AnthropicStreamOptions) {
    this.base = chunkBase(options.fallback);
    this.parser = createParser({
      onEvent: ({ data }) => this.read(data),
      onError: ({ type }) => {
        if (type !== 'max-buffer-size-exceeded' || this.stopped) return;
        this.error = new UpstreamError('upstream_invalid_response', {
          message: 'The provider’s stream has no end of line.',
        });
      },
      maxBufferSize: MAX_EVENT_LENGTH,
    });
  }

  push(bytes: Buffer): StreamPart | undefined {
    if (this.stopped) return undefined;
    this.parser.feed(this.decoder.decode(bytes, { stream: true }));
    return this.takePart();
  }

  end(): StreamPart | undefined {
    if (this.stopped) return undefined;
    // Some close the connection in place of the blank line after their last event.
    this.ended = true;
    this.parser.feed(`${this.decoder.decode()}\n\n`);
    if (!this.stopped) this.error ??= new UpstreamError('upstream_stream_broken');
    return this.takePart();
  }

  private takePart(): StreamPart | undefined {
    const { text, hasContent, textBytes, usage, error } = this;
    if (error !== undefined) this.stopped = true;
    if (text === '' && usage === undefined && error === undefined && !this.isClosed) return undefined;
    this.text = '';
    this.hasContent = false;
    this.textBytes = 0;
    this.usage = undefined;
    return { bytes: Buffer.from(text), hasContent, textBytes, usage, isLast: this.isClosed, error };
  }

  private read(data: string): void {
    // Nothing follows the end, and what follows an error is not to be believed.
    if (this.stopped || this.error !== undefined) return;
    const event = parseEvent(data);
    if (event === undefined) {
      // Cut off in its middle.
      if (this.ended) return;
      this.error = new UpstreamError('upstream_invalid_response', { message: 'The provider’s stream is not valid.' });
      return;
    }
    switch (event.type) {
      case 'message_start':
        return this.start(event);
      case 'content_block_start':
        return this.startBlock(event.index ?? 0, event.content_block ?? {});
      case 'content_block_delta':
        return this.continueBlock(event.index ?? 0, event.delta ?? {});
      case 'content_block_stop':
        return this.stopBlock(event.index ?? 0);
      case 'message_delta':
        return this.continueMessage(event);
      case 'message_stop':
        return this.stop();
      case 'error':
        this.error = toAnthropicStreamError(event.error);
        return;
      default:
      // `ping`, and what is not known yet.
    }
  }

  private start({ message }: MessagesStreamEvent): void {
    this.base = chunkBase({
      id: message?.id ?? this.options.fallback.id,
      model: message?.model ?? this.options.fallback.model,
    });
    if (this.head === undefined) this.open();
    this.count(message?.usage);
  }

  /** The first chunk carries the role. */
  private open(): string {
    this.head = `${this.base},"choices":[{"index":0,"delta":`;
    this.writeDelta({ role: 'assistant', content: '' }, null);
    return this.head;
  }

  private startBlock(index: number, block: AnswerBlock): void {
    const isTool = block.type === 'tool_use';
    const isReasoning = block.type === 'thinking' || block.type === 'redacted_thinking';
    const ordinal = isTool ? this.toolCalls++ : isReasoning ? this.reasoningBlocks++ : 0;
    this.blocks.set(index, {
      type: block.type,
      ordinal,
      input: block.input,
      textStart: this.textLength,
      citations: [...(block.citations ?? [])],
      hasArguments: false,
    });
    if (isTool) {
      const { id = '', name = '' } = block;
      this.show({ tool_calls: [{ index: ordinal, id, type: 'function', function: { name, arguments: '' } }] });
    } else if (block.type === 'redacted_thinking') {
      const detail = toReasoningDetail(block, ordinal);
      if (detail !== undefined) this.show({ reasoning_details: [detail] });
    } else {
      // Anthropic starts these empty; others who speak its dialect do not.
      if (block.text) this.continueBlock(index, { type: 'text_delta', text: block.text });
      if (block.thinking) this.continueBlock(index, { type: 'thinking_delta', thinking: block.thinking });
      if (block.signature) this.continueBlock(index, { type: 'signature_delta', signature: block.signature });
    }
  }

  private continueBlock(index: number, delta: MessagesStreamDelta): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    switch (delta.type) {
      case 'text_delta':
        if (block.type === 'text' && delta.text) {
          this.textLength += delta.text.length;
          this.show({ content: delta.text }, delta.text);
        }
        return;
      case 'input_json_delta':
        if (block.type === 'tool_use' && delta.partial_json) {
          block.hasArguments = true;
          this.showArguments(block, delta.partial_json);
        }
        return;
      case 'thinking_delta':
        if (block.type === 'thinking' && delta.thinking) {
          const detail = { type: 'reasoning.text', text: delta.thinking, ...reasoningPlace(block) } as const;
          this.show({ reasoning_content: delta.thinking, reasoning_details: [detail] }, delta.thinking);
        }
        return;
      case 'signature_delta':
        if (block.type === 'thinking' && delta.signature) {
          const detail = {
            type: 'reasoning.text',
            text: '',
            signature: delta.signature,
            ...reasoningPlace(block),
          } as const;
          this.show({ reasoning_details: [detail] });
        }
        return;
      case 'citations_delta':
        if (delta.citation !== undefined) block.citations.push(delta.citation);
        return;
      default:
    }
  }

  private stopBlock(index: number): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    this.blocks.delete(index);
    if (block.type === 'tool_use' && !block.hasArguments) this.showArguments(block, JSON.stringify(block.input ?? {}));
    if (block.type !== 'text') return;
    // The place of a citation is known when its text has ended.
    const annotations = toAnnotations(block.citations, block.textStart, this.textLength);
    if (annotations.length > 0) this.show({ annotations });
  }

  private continueMessage({ delta, usage }: MessagesStreamEvent): void {
    this.count(usage);
    const stopReason = delta?.stop_reason;
    if (typeof stopReason !== 'string') return;
    const refusal = stopReason === 'refusal' ? refusalText(delta?.stop_details) : undefined;
    if (refusal !== undefined) this.show({ refusal }, refusal);
    this.finish(toFinishReason(stopReason));
  }

  private stop(): void {
    // Others who speak the dialect may leave the reason out.
    if (!this.finished) this.finish(this.toolCalls > 0 ? 'tool_calls' : 'stop');
    const usage = toTokenUsage(this.counts);
    if (this.options.showsUsage && usage !== undefined) {
      this.text += `${this.base},"choices":[],"usage":${JSON.stringify(toChatUsage(usage))}}\n\n`;
    }
    this.isClosed = true;
    this.stopped = true;
  }

  private finish(reason: ChatFinishReason): void {
    if (this.finished) return;
    this.finished = true;
    this.writeDelta({}, reason);
    this.hasContent = true;
  }

  private count(usage: MessagesUsage | null | undefined): void {
    this.counts = mergeUsage(this.counts, usage);
    this.usage = toTokenUsage(this.counts) ?? this.usage;
  }

  private showArguments(block: OpenBlock, json: string): void {
    this.show({ tool_calls: [{ index: block.ordinal, function: { arguments: json } }] }, json);
  }

  /** @param written what the model wrote in it. */
  private show(delta: ChatDelta, written = ''): void {
    this.writeDelta(delta, null);
    this.hasContent = true;
    this.textBytes += Buffer.byteLength(written);
  }

  private writeDelta(delta: ChatDelta, finishReason: ChatFinishReason | null): void {
    const head = this.head ?? this.open();
    this.text += `${head}${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]}\n\n`;
  }
}

/** The beginning of every chunk, serialised once. */
function chunkBase({ id, model }: { id: string; model: string }): string {
  const created = Math.floor(Date.now() / 1000);
  return `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)}`;
}

function reasoningPlace({ ordinal }: OpenBlock): { format: string; index: number } {
  return { format: REASONING_FORMAT, index: ordinal };
}

function parseEvent(data: string): MessagesStreamEvent | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as MessagesStreamEvent) : undefined;
  } catch {
    return undefined;
  }
}
