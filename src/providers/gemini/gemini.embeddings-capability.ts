import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { type Answer, type Capability, type ProviderCall } from '../provider-adapter.interface.js';
import { type EmbeddingBatch, toBatches, toEmbeddingAnswer } from './gemini.embeddings.js';
import { type GeminiService } from './gemini.request.js';

/** How many requests of one call are on their way at once. */
const CONCURRENCY = 8;

/** Embeddings: Google takes at most a hundred texts at once, and of some models one, so that a call may become many. */
export class GeminiEmbeddings implements Capability<EmbeddingRequest> {
  constructor(
    private readonly batches: Capability<EmbeddingBatch>,
    private readonly service: GeminiService,
  ) {}

  async answer(call: ProviderCall<EmbeddingRequest>): Promise<Answer> {
    const { request, upstreamModel, unsupported } = call;
    const batches = toBatches(request, { upstreamModel, unsupported, service: this.service });
    return toEmbeddingAnswer(await this.answerAll(batches, call), upstreamModel);
  }

  /** The first that fails stops the others. */
  private async answerAll(batches: readonly EmbeddingBatch[], call: ProviderCall<EmbeddingRequest>): Promise<Answer[]> {
    const cancellation = new Cancellation();
    const unlink = call.cancellation.onCancel(() => cancellation.cancel(call.cancellation.reason));
    const answers: Answer[] = [];
    const waiting = batches.entries();
    const work = async (): Promise<void> => {
      for (const [index, request] of waiting) {
        answers[index] = await this.batches.answer({ ...call, request, cancellation });
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(CONCURRENCY, batches.length) }, work));
      return answers;
    } catch (error) {
      cancellation.cancel(error);
      throw error;
    } finally {
      unlink();
    }
  }
}
