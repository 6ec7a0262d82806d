import { type TranscriptionRequest, type TranslationRequest } from '../../protocol/audio.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { type ImageEditRequest, type ImageGenerationRequest } from '../../protocol/images.js';
import { PiecedJson } from '../../protocol/json-members.js';
import { type ModerationRequest } from '../../protocol/moderations.js';
import { type RequestBody } from '../../protocol/request-body.js';
import { type RerankRequest } from '../../protocol/rerank.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type Authorize, HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { fetchModelNames } from '../model-list.js';
import { type Capability, type Provider, type ProviderSettings } from '../provider-adapter.interface.js';
import { type ProviderEndpoint } from '../provider-endpoint.js';
import { toOpenAiError } from './openai.errors.js';
import { formDialect } from './openai.forms.js';
import { completionDialect, listDialect, speechDialect } from './openai.pass-through.js';
import { type OpenAiOperation } from './openai.presets.js';
import { toChatRequest } from './openai.request.js';
import { toChatAnswer, withFlags } from './openai.response.js';
import { OpenAiStreamReader } from './openai.stream.js';
import { type OpenAiVariant } from './openai.variant.js';

/** A service of OpenAI's dialect, and in what it differs from OpenAI. */
export interface OpenAiService {
  readonly upstream: UpstreamClient;
  readonly settings: ProviderSettings;
  readonly endpoint: ProviderEndpoint;
  /** Whether it counts the tokens of a stream only when asked to. */
  readonly asksForUsage: boolean;
  /** What it has beside chat. Left out: anything. */
  readonly offers?: readonly OpenAiOperation[] | undefined;
  readonly variant?: OpenAiVariant | undefined;
  /** For services whose addresses depend on the model. */
  readonly route?: (request: UpstreamRequest, upstreamModel: string) => UpstreamRequest;
  readonly authorize?: Authorize | undefined;
}

/** What a service of OpenAI's dialect can do. */
export function openAiCapabilities(service: OpenAiService): Provider {
  const { upstream, settings, endpoint, authorize, variant } = service;
  const chat = chatDialect(service);
  const embeddings = listDialect<EmbeddingRequest>(endpoint, '/embeddings', 'data');
  return {
    chat: capability(service, variant?.chat(chat) ?? chat),
    ...offered(service.offers, {
      completions: capability(service, completionDialect(endpoint, service)),
      embeddings: capability(service, variant?.embeddings(embeddings) ?? embeddings),
      moderations: capability(service, listDialect<ModerationRequest>(endpoint, '/moderations', 'results', withFlags)),
      rerank: capability(service, listDialect<RerankRequest>(endpoint, '/rerank', 'results')),
      images: capability(service, listDialect<ImageGenerationRequest>(endpoint, '/images/generations', 'data')),
      speech: capability(service, speechDialect(endpoint)),
      imageEdits: capability(service, formDialect<ImageEditRequest>(endpoint, '/images/edits')),
      transcriptions: capability(service, formDialect<TranscriptionRequest>(endpoint, '/audio/transcriptions')),
      translations: capability(service, formDialect<TranslationRequest>(endpoint, '/audio/translations')),
    }),
    ...(variant === undefined ? {} : { limits: variant.limits }),
    listModels: (cancellation) =>
      fetchModelNames(upstream, settings, endpoint, {
        path: '/models',
        cancellation,
        toError: toOpenAiError,
        authorize,
      }),
  };
}

function offered(
  names: readonly OpenAiOperation[] | undefined,
  all: Pick<Provider, OpenAiOperation>,
): Pick<Provider, OpenAiOperation> {
  if (names === undefined) return all;
  const isOffered: ReadonlySet<string> = new Set(names);
  return Object.fromEntries(Object.entries(all).filter(([name]) => isOffered.has(name)));
}

function capability<Request, Body extends RequestBody>(
  { upstream, settings, route, authorize }: OpenAiService,
  dialect: HttpDialect<Request, Body>,
): Capability<Request, Body> {
  const routed: HttpDialect<Request, Body> = {
    ...dialect,
    toPieces: () => new PiecedJson(),
    ...(route && { toRequest: (call, streaming) => route(dialect.toRequest(call, streaming), call.upstreamModel) }),
  };
  return new HttpCapability(upstream, settings, routed, authorize);
}

function chatDialect({ endpoint, asksForUsage }: OpenAiService): HttpDialect<ChatCompletionRequest> {
  return {
    toRequest: ({ body, request, upstreamModel }, streaming) =>
      endpoint.post('/chat/completions', toChatRequest(body, request, { upstreamModel, streaming, asksForUsage })),
    toAnswer: (response) => toChatAnswer(response, toOpenAiError),
    toStream: ({ request }) => new OpenAiStreamReader(request.stream_options?.include_usage === true),
    toError: toOpenAiError,
  };
}
