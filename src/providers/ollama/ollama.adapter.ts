import { Injectable } from '@nestjs/common';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type CompletionRequest } from '../../protocol/completions.js';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { type Cancellation } from '../../upstream/cancellation.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { redactorFor } from '../credential-redaction.js';
import { HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf, type ProviderEndpoint } from '../provider-endpoint.js';
import { ChatChunks } from './ollama.chunks.js';
import { CompletionChunks, toCompletionAnswer, toGenerateRequest } from './ollama.completions.js';
import { toEmbeddings, toEmbedRequest } from './ollama.embeddings.js';
import { toOllamaError } from './ollama.errors.js';
import { OLLAMA_LIMITS } from './ollama.limits.js';
import { readModelNames } from './ollama.models.js';
import { toChatRequest } from './ollama.request.js';
import { toChatAnswer } from './ollama.response.js';
import { OllamaStreamReader } from './ollama.stream.js';

const DEFAULT_BASE_URL = 'http://localhost:11434';

/**
 * Speaks to Ollama in its own dialect, which tells more than its endpoint in OpenAI's. It needs no key; with one, and
 * `baseUrl: https://ollama.com`, it speaks to Ollama's cloud.
 *
 * @see https://docs.ollama.com/api
 */
@Injectable()
@AdapterFor('ollama')
export class OllamaAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const { apiKey, baseUrl } = settings;
    // Many write one of its paths into the URL, as other providers want it.
    const withoutPath = { ...settings, baseUrl: baseUrl?.replace(/\/(?:v1|api)\/*$/, '') };
    const credentials = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const endpoint = endpointOf(withoutPath, DEFAULT_BASE_URL, credentials);
    return {
      chat: new HttpCapability(this.upstream, settings, chatDialect(endpoint)),
      completions: new HttpCapability(this.upstream, settings, completionDialect(endpoint)),
      embeddings: new HttpCapability(this.upstream, settings, embeddingDialect(endpoint)),
      limits: OLLAMA_LIMITS,
      listModels: (cancellation) => this.listModels(settings, endpoint, cancellation),
    };
  }

  private async listModels(
    settings: ProviderSettings,
    endpoint: ProviderEndpoint,
    cancellation: Cancellation,
  ): Promise<string[]> {
    const response = await this.upstream.request(endpoint.get('/api/tags'), { ...settings, cancellation });
    if (response.status !== 200) throw redactorFor(settings)(toOllamaError(response));
    return readModelNames(response.body);
  }
}

function chatDialect(endpoint: ProviderEndpoint): HttpDialect<ChatCompletionRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }, streaming) =>
      endpoint.post('/api/chat', JSON.stringify(toChatRequest(request, { upstreamModel, streaming, unsupported }))),
    toAnswer: (response, { requestId, upstreamModel }) =>
      toChatAnswer(response, { id: `chatcmpl-${requestId}`, model: upstreamModel }),
    toStream: ({ request, requestId, upstreamModel }) =>
      new OllamaStreamReader(
        new ChatChunks({ id: `chatcmpl-${requestId}`, model: upstreamModel }),
        request.stream_options?.include_usage === true,
      ),
    toError: toOllamaError,
  };
}

function completionDialect(endpoint: ProviderEndpoint): HttpDialect<CompletionRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }, streaming) => {
      const written = toGenerateRequest(request, { upstreamModel, streaming, unsupported });
      return endpoint.post('/api/generate', JSON.stringify(written));
    },
    toAnswer: (response, { requestId, upstreamModel }) =>
      toCompletionAnswer(response, { id: `cmpl-${requestId}`, model: upstreamModel }),
    toStream: ({ request, requestId, upstreamModel }) =>
      new OllamaStreamReader(
        new CompletionChunks({ id: `cmpl-${requestId}`, model: upstreamModel }),
        request.stream_options?.include_usage === true,
      ),
    toError: toOllamaError,
  };
}

function embeddingDialect(endpoint: ProviderEndpoint): HttpDialect<EmbeddingRequest> {
  return {
    toRequest: (call) => endpoint.post('/api/embed', JSON.stringify(toEmbedRequest(call.request, call))),
    toAnswer: toEmbeddings,
    toStream: () => {
      // No operation asks for embeddings as a stream.
      throw new Error('Embeddings are not streamed.');
    },
    toError: toOllamaError,
  };
}
