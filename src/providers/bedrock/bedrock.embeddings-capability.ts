import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { HttpCapability } from '../http-capability.js';
import {
  type Answer,
  type Capability,
  type ProviderCall,
  type ProviderSettings,
} from '../provider-adapter.interface.js';
import { type BedrockAccess } from './bedrock.access.js';
import {
  type EmbeddingBatch,
  type EmbeddingVectors,
  readVectors,
  toEmbeddingAnswer,
  toEmbeddingBatches,
} from './bedrock.embeddings.js';
import { type BedrockEndpoints, modelPath } from './bedrock.endpoint.js';

/** How many requests of one call are on their way at once. */
const CONCURRENCY = 8;

/** Embeddings through InvokeModel: some models take one text a request, so that one call may become many. */
export class BedrockEmbeddings implements Capability<EmbeddingRequest> {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly settings: ProviderSettings,
    private readonly endpoints: BedrockEndpoints,
    private readonly access: BedrockAccess,
  ) {}

  async answer(call: ProviderCall<EmbeddingRequest>): Promise<Answer> {
    const { request, upstreamModel } = call;
    const batches = toEmbeddingBatches(request, call);
    const parts = await this.fetchAll(batches, call);
    return toEmbeddingAnswer(parts, request, upstreamModel);
  }

  /** The first that fails stops the others. */
  private async fetchAll(
    batches: readonly EmbeddingBatch[],
    call: ProviderCall<EmbeddingRequest>,
  ): Promise<EmbeddingVectors[]> {
    const cancellation = new Cancellation();
    const unlink = call.cancellation.onCancel(() => cancellation.cancel(call.cancellation.reason));
    const parts: EmbeddingVectors[] = [];
    const waiting = batches.entries();
    const work = async (): Promise<void> => {
      for (const [index, batch] of waiting) parts[index] = await this.fetch(batch, { ...call, cancellation });
    };
    try {
      await Promise.all(Array.from({ length: Math.min(CONCURRENCY, batches.length) }, work));
      return parts;
    } catch (error) {
      cancellation.cancel(error);
      throw error;
    } finally {
      unlink();
    }
  }

  private async fetch(
    { body, texts }: EmbeddingBatch,
    call: ProviderCall<EmbeddingRequest>,
  ): Promise<EmbeddingVectors> {
    const { access, endpoints } = this;
    let part: EmbeddingVectors = { vectors: [], tokens: undefined };
    const capability = new HttpCapability<EmbeddingRequest>(
      this.upstream,
      this.settings,
      {
        toRequest: () => endpoints.whole.post(modelPath(call.upstreamModel, 'invoke'), JSON.stringify(body)),
        toAnswer: (response) => {
          part = readVectors(response, texts.length);
          return NO_ANSWER;
        },
        toStream: () => ({ push: () => undefined, end: () => undefined }),
        toError: access.toError,
      },
      access.authorize,
    );
    await capability.answer(call);
    return part;
  }
}

/** A part of one says nothing by itself. */
const NO_ANSWER: Answer = { contentType: 'application/json', bytes: Buffer.alloc(0), usage: undefined, textBytes: 0 };
