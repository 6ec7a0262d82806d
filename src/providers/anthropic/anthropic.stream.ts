import { type ChatFinishReason } from '../../protocol/chat-completions.js';
import { unitsOfChat } from '../../protocol/openai-units.js';
import { type ChunkHead, ChunkWriter } from '../chunk-writer.js';
import { EventSourceReader } from '../event-source-reader.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { CLAUDE_REASONING } from '../reasoning-details.js';
import { toAnthropicStreamError } from './anthropic.errors.js';
import { toReasoningDetail } from './anthropic.reasoning.js';
import { refusalText, toAnnotations } from './anthropic.response.js';
import { toFinishReason } from './anthropic.stop-reason.js';
import {
  type AnswerBlock,
  type Citation,
  type MessagesStreamDelta,
  type MessagesStreamEvent,
  type MessagesUsage,
} from './anthropic.types.js';
import { mergeUsage, toTokenUsage } from './anthropic.usage.js';

export interface AnthropicStreamOptions {
  /** Whether the client asked for the usage chunk. */
  readonly showsUsage: boolean;
  /** What the chunks say where the provider does not. */
  readonly fallback: ChunkHead;
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
  private readonly chunks: ChunkWriter;
  private readonly events: EventSourceReader;
  private readonly blocks = new Map<number, OpenBlock>();
  private toolCalls = 0;
  private reasoningBlocks = 0;
  private textLength = 0;
  private counts: MessagesUsage | undefined;
  /** The reason to stop has been written. */
  private finished = false;

  constructor({ fallback, showsUsage }: AnthropicStreamOptions) {
    this.chunks = new ChunkWriter(fallback, showsUsage);
    this.events = new EventSourceReader(this.chunks, (event) => this.read(event));
  }

  push(bytes: Buffer): StreamPart | undefined {
    return this.events.push(bytes);
  }

  end(): StreamPart | undefined {
    return this.events.end();
  }

  private read(event: MessagesStreamEvent): void {
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
        return this.chunks.fail(toAnthropicStreamError(event.error));
      default:
      // `ping`, and what is not known yet.
    }
  }

  private start({ message }: MessagesStreamEvent): void {
    this.chunks.begin({ id: message?.id, model: message?.model });
    this.chunks.open();
    this.count(message?.usage);
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
      this.chunks.show({ tool_calls: [{ index: ordinal, id, type: 'function', function: { name, arguments: '' } }] });
    } else if (block.type === 'redacted_thinking') {
      const detail = toReasoningDetail(block, ordinal);
      if (detail !== undefined) this.chunks.show({ reasoning_details: [detail] });
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
          this.chunks.show({ content: delta.text }, delta.text);
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
          this.chunks.show({ reasoning_content: delta.thinking, reasoning_details: [detail] }, delta.thinking);
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
          this.chunks.show({ reasoning_details: [detail] });
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
    if (annotations.length > 0) this.chunks.show({ annotations });
  }

  private continueMessage({ delta, usage }: MessagesStreamEvent): void {
    this.count(usage);
    const stopReason = delta?.stop_reason;
    if (typeof stopReason !== 'string') return;
    const refusal = stopReason === 'refusal' ? refusalText(delta?.stop_details) : undefined;
    if (refusal !== undefined) this.chunks.show({ refusal }, refusal);
    this.finish(toFinishReason(stopReason));
  }

  private stop(): void {
    // Others who speak the dialect may leave the reason out.
    if (!this.finished) this.finish(this.toolCalls > 0 ? 'tool_calls' : 'stop');
    this.chunks.close();
  }

  private finish(reason: ChatFinishReason): void {
    if (this.finished) return;
    this.finished = true;
    this.chunks.finish(reason);
  }

  private count(usage: MessagesUsage | null | undefined): void {
    this.counts = mergeUsage(this.counts, usage);
    this.chunks.count(toTokenUsage(this.counts), unitsOfChat(this.counts, this.counts?.service_tier));
  }

  private showArguments(block: OpenBlock, json: string): void {
    this.chunks.show({ tool_calls: [{ index: block.ordinal, function: { arguments: json } }] }, json);
  }
}

function reasoningPlace({ ordinal }: OpenBlock): { format: string; index: number } {
  return { format: CLAUDE_REASONING, index: ordinal };
}
