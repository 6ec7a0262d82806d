import { Injectable } from '@nestjs/common';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { type RerankRequest } from '../../protocol/rerank.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf, type ProviderEndpoint } from '../provider-endpoint.js';
import { toEmbedRequest, toEmbeddingAnswer } from './cohere.embeddings.js';
import { toCohereError } from './cohere.errors.js';
import { COHERE_LIMITS } from './cohere.limits.js';
import { fetchCohereModels } from './cohere.models.js';
import { toCohereRequest } from './cohere.request.js';
import { toRerankAnswer, toRerankRequest } from './cohere.rerank.js';
import { toChatAnswer } from './cohere.response.js';
import { CohereStreamReader } from './cohere.stream.js';

const DEFAULT_BASE_URL = 'https://api.cohere.com';

/**
 * Speaks to Cohere's API v2: chat, embeddings, rankings.
 * @see https://docs.cohere.com/reference/about
 */
@Injectable()
@AdapterFor('cohere')
export class CohereAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const { apiKey, baseUrl } = settings;
    // Many write the version's path into the URL, as other providers want it.
    const withoutVersion = { ...settings, baseUrl: baseUrl?.replace(/\/v[12]\/*$/, '') };
    const credentials: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const endpoint = endpointOf(withoutVersion, DEFAULT_BASE_URL, credentials);
    return {
      chat: new HttpCapability(this.upstream, settings, chatDialect(endpoint)),
      embeddings: new HttpCapability(this.upstream, settings, embeddingDialect(endpoint)),
      rerank: new HttpCapability(this.upstream, settings, rerankDialect(endpoint)),
      limits: COHERE_LIMITS,
      listModels: (cancellation) => fetchCohereModels(this.upstream, settings, endpoint, cancellation),
    };
  }
}

function chatDialect(endpoint: ProviderEndpoint): HttpDialect<ChatCompletionRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }, streaming) => {
      const body = toCohereRequest(request, {
        upstreamModel,
        streaming,
        unsupported: (param) => unsupported.add(param),
      });
      return endpoint.post('/v2/chat', JSON.stringify(body));
    },
    toAnswer: toChatAnswer,
    toStream: ({ request, requestId, upstreamModel }) =>
      new CohereStreamReader({
        showsUsage: request.stream_options?.include_usage === true,
        fallback: { id: requestId, model: upstreamModel },
      }),
    toError: toCohereError,
  };
}

function embeddingDialect(endpoint: ProviderEndpoint): HttpDialect<EmbeddingRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }) => {
      const body = toEmbedRequest(request, { upstreamModel, unsupported: (param) => unsupported.add(param) });
      return endpoint.post('/v2/embed', JSON.stringify(body));
    },
    toAnswer: toEmbeddingAnswer,
    toStream: notStreamed,
    toError: toCohereError,
  };
}

function rerankDialect(endpoint: ProviderEndpoint): HttpDialect<RerankRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }) => {
      const body = toRerankRequest(request, { upstreamModel, unsupported: (param) => unsupported.add(param) });
      return endpoint.post('/v2/rerank', JSON.stringify(body));
    },
    toAnswer: toRerankAnswer,
    toStream: notStreamed,
    toError: toCohereError,
  };
}

function notStreamed(): never {
  throw new TypeError('This operation has no streams.');
}
