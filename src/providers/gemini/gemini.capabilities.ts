import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type ImageGenerationRequest } from '../../protocol/images.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { type Authorize, HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { pathStep } from '../path-step.js';
import { type Provider, type ProviderSettings } from '../provider-adapter.interface.js';
import { type ProviderEndpoint } from '../provider-endpoint.js';
import { type EmbeddingBatch, toEmbeddingCall, toListPiece } from './gemini.embeddings.js';
import { GeminiEmbeddings } from './gemini.embeddings-capability.js';
import { toGeminiError } from './gemini.errors.js';
import { toImageAnswer, toImageCall } from './gemini.images.js';
import { GEMINI_LIMITS, VERTEX_LIMITS } from './gemini.limits.js';
import { type GeminiService, toGenerateContentRequest } from './gemini.request.js';
import { toChatAnswer } from './gemini.response.js';
import { GeminiStreamReader } from './gemini.stream.js';

/** A service that speaks Google's dialect. */
export interface GeminiConnection {
  readonly upstream: UpstreamClient;
  readonly settings: ProviderSettings;
  readonly service: GeminiService;
  readonly endpoint: ProviderEndpoint;
  /** Where a model takes requests: `/v1beta/models/gemini-2.5-flash` */
  pathOf(model: string): string;
  readonly authorize?: Authorize | undefined;
}

/** What a service of Google's dialect can do. */
export function geminiCapabilities(connection: GeminiConnection): Provider {
  const { upstream, settings, authorize, service } = connection;
  const batches = new HttpCapability(upstream, settings, embeddingDialect(connection), authorize);
  return {
    chat: new HttpCapability(upstream, settings, chatDialect(connection), authorize),
    embeddings: new GeminiEmbeddings(batches, service),
    images: new HttpCapability(upstream, settings, imageDialect(connection), authorize),
    limits: service === 'vertex' ? VERTEX_LIMITS : GEMINI_LIMITS,
  };
}

function chatDialect({ endpoint, pathOf, service }: GeminiConnection): HttpDialect<ChatCompletionRequest> {
  return {
    // Where something between leaves `alt=sse` out, the stream comes as an array.
    mayAnswerWhole: true,
    toRequest: ({ request, upstreamModel, unsupported }, streaming) => {
      const body = toGenerateContentRequest(request, { upstreamModel, service, unsupported });
      const method = streaming ? 'streamGenerateContent?alt=sse' : 'generateContent';
      return endpoint.post(`${pathOf(upstreamModel)}:${method}`, JSON.stringify(body));
    },
    toAnswer: toChatAnswer,
    toStream: ({ request, requestId, upstreamModel }) =>
      new GeminiStreamReader({
        showsUsage: request.stream_options?.include_usage === true,
        fallback: { id: requestId, model: upstreamModel },
      }),
    toError: toGeminiError,
  };
}

function embeddingDialect({ endpoint, pathOf, service }: GeminiConnection): HttpDialect<EmbeddingBatch> {
  return {
    toRequest: ({ request, upstreamModel }) => {
      const { method, body } = toEmbeddingCall(request, upstreamModel, service);
      return endpoint.post(`${pathOf(upstreamModel)}:${method}`, JSON.stringify(body));
    },
    toAnswer: (response, { request }) => toListPiece(response, request),
    toStream: notStreamed,
    toError: toGeminiError,
  };
}

function imageDialect({ endpoint, pathOf, service }: GeminiConnection): HttpDialect<ImageGenerationRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }) => {
      const { method, body } = toImageCall(request, { upstreamModel, service, unsupported });
      return endpoint.post(`${pathOf(upstreamModel)}:${method}`, JSON.stringify(body));
    },
    toAnswer: (response, { upstreamModel }) => toImageAnswer(response, upstreamModel),
    toStream: notStreamed,
    toError: toGeminiError,
  };
}

/** Google has no streams of these. */
function notStreamed(): never {
  throw new GatewayError('unsupported_parameter', { message: 'The model does not stream this.', param: 'stream' });
}

/** A model's name in a path. Names with slashes are resources: each step is encoded, and none leads upwards. */
export function resourcePath(name: string): string {
  return name.split('/').map(pathStep).join('/');
}
