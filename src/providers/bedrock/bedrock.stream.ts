import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { withServiceTier } from '../../protocol/service-tier.js';
import { ChunkWriter } from '../chunk-writer.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { toReadingError } from '../reading-error.js';
import { toAnnotations } from './bedrock.citations.js';
import { toBedrockStreamError } from './bedrock.errors.js';
import { type EventFrame, EventFrames } from './bedrock.event-frames.js';
import { type BedrockModel, bedrockModel } from './bedrock.models.js';
import { type Reasoning, toReasoningDetail } from './bedrock.reasoning.js';
import { type AnswerHead, besides, isForClient } from './bedrock.response.js';
import { toFinishReason } from './bedrock.stop-reason.js';
import {
  type AnswerToolUse,
  type Citation,
  type ContentBlockDelta,
  type ContentBlockStart,
  type ConverseMetadata,
  type MessageStop,
} from './bedrock.types.js';
import { toTokenUsage } from './bedrock.usage.js';

export interface BedrockStreamOptions {
  /** Whether the client asked for the usage chunk. */
  readonly showsUsage: boolean;
  readonly head: AnswerHead;
}

/** A content block that is still coming. Only those of tools are announced. */
interface OpenBlock {
  readonly toolUse: AnswerToolUse | undefined;
  /** Among the tool calls of this answer; `undefined` where it is no call of the client's. */
  readonly call: number | undefined;
  /** Length of the answer's text before it. */
  readonly textStart: number;
  readonly citations: Citation[];
  /** Among the blocks of reasoning of this answer. */
  reasoning: number | undefined;
  hasArguments: boolean;
}

/**
 * Bedrock's stream as OpenAI's chunks. Blocks of the provider's own tools are not shown, as in a whole answer.
 *
 * `messageStop` ends the message, and `metadata`, which follows it, the stream.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export class BedrockStreamReader implements StreamTranslator {
  private readonly frames = new EventFrames();
  private readonly chunks: ChunkWriter;
  private readonly model: BedrockModel;
  private readonly blocks = new Map<number, OpenBlock>();
  private toolCalls = 0;
  private reasoningBlocks = 0;
  private textLength = 0;
  /** What is Bedrock's own of what `messageStop` brought. */
  private stopFields: Record<string, unknown> = {};
  /** The reason to stop has been written. */
  private finished = false;

  constructor(private readonly options: BedrockStreamOptions) {
    const { head, showsUsage } = options;
    this.chunks = new ChunkWriter(head, showsUsage);
    this.model = bedrockModel(head.model);
  }

  push(bytes: Buffer): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    try {
      this.frames.push(bytes, (frame) => this.read(frame));
    } catch (error) {
      // What came whole before it is still told.
      this.chunks.fail(toReadingError(error));
    }
    return this.chunks.take();
  }

  end(): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    // A whole message whose tokens nobody counted.
    if (this.finished && this.frames.isBetween) this.chunks.close();
    else this.chunks.fail(new UpstreamError('upstream_stream_broken'));
    return this.chunks.take();
  }

  private read({ kind, type, payload }: EventFrame): void {
    // Nothing follows the end, and what follows an error is not to be believed.
    if (this.chunks.isOver) return;
    if (kind !== 'event') {
      const said = kind === 'error' ? JSON.stringify({ message: payload }) : payload;
      return this.chunks.fail(toBedrockStreamError(type, said));
    }
    const event = parseJson(payload);
    if (!isObject(event)) {
      const message = 'The provider’s stream is not valid.';
      return this.chunks.fail(new UpstreamError('upstream_invalid_response', { message }));
    }
    // The types of events say that any of their fields may be missing.
    switch (type) {
      case 'messageStart':
        return this.chunks.open();
      case 'contentBlockStart':
        return this.startBlock(event);
      case 'contentBlockDelta':
        return this.continueBlock(event);
      case 'contentBlockStop':
        return this.stopBlock(event);
      case 'messageStop':
        return this.finish(event);
      case 'metadata':
        return this.close(event);
      default:
      // What is not known yet.
    }
  }

  private startBlock({ contentBlockIndex = 0, start }: ContentBlockStart): void {
    const { toolUse } = start ?? {};
    const block = this.addBlock(contentBlockIndex, toolUse);
    if (toolUse === undefined || block.call === undefined) return;
    const { toolUseId = '', name = '' } = toolUse;
    this.chunks.show({
      tool_calls: [{ index: block.call, id: toolUseId, type: 'function', function: { name, arguments: '' } }],
    });
  }

  private addBlock(index: number, toolUse: AnswerToolUse | undefined): OpenBlock {
    const block: OpenBlock = {
      toolUse,
      call: toolUse !== undefined && isForClient(toolUse) ? this.toolCalls++ : undefined,
      textStart: this.textLength,
      citations: [],
      reasoning: undefined,
      hasArguments: false,
    };
    this.blocks.set(index, block);
    return block;
  }

  private continueBlock({ contentBlockIndex = 0, delta }: ContentBlockDelta): void {
    const block = this.blocks.get(contentBlockIndex) ?? this.addBlock(contentBlockIndex, undefined);
    const { text, toolUse, reasoningContent, citation } = delta ?? {};
    if (text) {
      this.textLength += text.length;
      this.chunks.show({ content: text }, text);
    }
    if (toolUse?.input && block.call !== undefined) {
      block.hasArguments = true;
      this.showArguments(block.call, toolUse.input);
    }
    if (reasoningContent !== undefined) this.showReasoning(block, reasoningContent);
    if (citation !== undefined) block.citations.push(citation);
  }

  private showReasoning(block: OpenBlock, { text, signature, redactedContent }: Reasoning): void {
    if (!text && !signature && !redactedContent) return;
    block.reasoning ??= this.reasoningBlocks++;
    const detail = toReasoningDetail({ text, signature, redactedContent }, this.model, block.reasoning);
    this.chunks.show({ ...(text ? { reasoning_content: text } : {}), reasoning_details: [detail] }, text);
  }

  private stopBlock({ contentBlockIndex = 0 }: { readonly contentBlockIndex?: number }): void {
    const block = this.blocks.get(contentBlockIndex);
    if (block === undefined) return;
    this.blocks.delete(contentBlockIndex);
    if (block.call !== undefined && !block.hasArguments) this.showArguments(block.call, '{}');
    // The place of a citation is known when its text has ended.
    const annotations = toAnnotations(block.citations, block.textStart, this.textLength);
    if (annotations.length > 0) this.chunks.show({ annotations });
  }

  private finish({ stopReason, additionalModelResponseFields }: MessageStop): void {
    if (this.finished) return;
    this.finished = true;
    this.chunks.finish(toFinishReason(stopReason, this.toolCalls > 0));
    this.stopFields = besides({ additionalModelResponseFields });
  }

  private close(metadata: ConverseMetadata): void {
    const usage = toTokenUsage(metadata.usage);
    this.chunks.count(usage, withServiceTier(undefined, metadata.serviceTier?.type));
    if (!this.finished) return this.chunks.fail(new UpstreamError('upstream_stream_broken'));
    const others = { ...this.stopFields, ...besides(metadata) };
    const tier = metadata.serviceTier?.type;
    // The tier goes with what else is told; it is not worth a chunk that few expect.
    const isTold = Object.keys(others).length > 0 || (this.options.showsUsage && usage !== undefined);
    this.chunks.close(isTold && tier !== undefined ? { ...others, service_tier: tier } : others);
  }

  private showArguments(call: number, json: string): void {
    this.chunks.show({ tool_calls: [{ index: call, function: { arguments: json } }] }, json);
  }
}
