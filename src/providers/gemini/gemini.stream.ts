import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { type ChunkHead, ChunkWriter } from '../chunk-writer.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { toReadingError } from '../reading-error.js';
import { toGeminiStreamError } from './gemini.errors.js';
import { toBlockedEnding } from './gemini.finish-reason.js';
import { createdAt, toChatServiceTier } from './gemini.parts.js';
import { StreamedChoice } from './gemini.streamed-choice.js';
import { StreamObjects } from './gemini.stream-objects.js';
import { type GenerateContentResponse, type PromptFeedback } from './gemini.types.js';
import { searchesIn, toChatUnits, toTokenUsage } from './gemini.usage.js';

export interface GeminiStreamOptions {
  /** Whether the client asked for the usage chunk. */
  readonly showsUsage: boolean;
  /** What the chunks say where the provider does not. */
  readonly fallback: ChunkHead;
}

/**
 * Google's stream as OpenAI's chunks. Google marks no end: the stream is whole when the connection ends after every
 * candidate has told why it finished. Some say so in every piece, so the end is written when the connection ends.
 *
 * @see https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
export class GeminiStreamReader implements StreamTranslator {
  private readonly chunks: ChunkWriter;
  private readonly objects = new StreamObjects();
  private readonly choices = new Map<number, StreamedChoice>();
  private feedback: PromptFeedback | undefined;
  private searches = 0;

  constructor(private readonly options: GeminiStreamOptions) {
    this.chunks = new ChunkWriter(options.fallback, options.showsUsage);
  }

  push(bytes: Buffer): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    this.guard(() => {
      for (const object of this.objects.push(bytes)) this.read(object);
    });
    return this.chunks.take();
  }

  end(): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    this.guard(() => this.close());
    return this.chunks.take();
  }

  /** What is wrong with the stream is told after what was right. */
  private guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.chunks.fail(toReadingError(error));
    }
  }

  private read(object: Buffer): void {
    const value = parseJsonBytes(object);
    if (!isObject(value)) {
      throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s stream is not valid.' });
    }
    if (value['error'] !== undefined) throw toGeminiStreamError(value['error']);
    // Every field may be missing; what is there is checked where it is read.
    const response: GenerateContentResponse = value;
    if (!this.chunks.hasBegun) this.begin(response);
    this.feedback = response.promptFeedback ?? this.feedback;
    this.count(response);
    (response.candidates ?? []).forEach((candidate, at) => {
      this.choice(candidate.index ?? at, response).read(candidate);
    });
  }

  private count(response: GenerateContentResponse): void {
    const { usageMetadata } = response;
    // Told once, and the usage with every piece.
    this.searches = Math.max(this.searches, searchesIn(response, this.options.fallback.model));
    const tier = toChatServiceTier(usageMetadata);
    this.chunks.count(toTokenUsage(usageMetadata), toChatUnits(usageMetadata, this.searches, tier));
  }

  private choice(index: number, { responseId = this.options.fallback.id }: GenerateContentResponse): StreamedChoice {
    let choice = this.choices.get(index);
    if (choice === undefined) {
      choice = new StreamedChoice(index, responseId, this.chunks);
      this.choices.set(index, choice);
    }
    return choice;
  }

  private close(): void {
    if (this.objects.isWithin) throw new UpstreamError('upstream_stream_broken');
    if (this.choices.size === 0) this.writeBlocked();
    for (const choice of this.choices.values()) {
      if (!choice.isFinished) throw new UpstreamError('upstream_stream_broken');
    }
    for (const choice of this.choices.values()) choice.finish();
    this.chunks.close();
  }

  private writeBlocked(): void {
    if (this.feedback === undefined) throw new UpstreamError('upstream_stream_broken');
    const { reason, refusal = '' } = toBlockedEnding(this.feedback);
    this.chunks.show({ refusal }, refusal);
    this.chunks.finish(reason);
  }

  private begin({ responseId: id, modelVersion: model, createTime }: GenerateContentResponse): void {
    this.chunks.begin({ id, model, created: createdAt(createTime) });
  }
}
