import { Injectable } from '@nestjs/common';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { fetchModelNames } from '../model-list.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf, type ProviderEndpoint } from '../provider-endpoint.js';
import { toOpenAiError } from './openai.errors.js';
import { OPENAI_KINDS, OPENAI_PRESETS, type OpenAiKind, type OpenAiPreset } from './openai.presets.js';
import { toChatRequest } from './openai.request.js';
import { toChatAnswer } from './openai.response.js';
import { OpenAiStreamReader } from './openai.stream.js';

/** Speaks to OpenAI, and to the many services that speak its dialect. */
@Injectable()
@AdapterFor(...OPENAI_KINDS)
export class OpenAiAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const preset: OpenAiPreset = OPENAI_PRESETS[settings.kind as OpenAiKind] ?? {};
    const credentials = settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
    const endpoint = endpointOf(settings, preset.baseUrl, credentials);
    return {
      chat: new HttpCapability(this.upstream, settings, chatDialect(endpoint, preset)),
      listModels: (cancellation) =>
        fetchModelNames(this.upstream, settings, endpoint, { path: '/models', cancellation, toError: toOpenAiError }),
    };
  }
}

function chatDialect(endpoint: ProviderEndpoint, preset: OpenAiPreset): HttpDialect<ChatCompletionRequest> {
  const asksForUsage = preset.countsStreamsUnasked !== true;
  return {
    toRequest: ({ body, request, upstreamModel }, streaming) =>
      endpoint.post('/chat/completions', toChatRequest(body, request, { upstreamModel, streaming, asksForUsage })),
    toAnswer: (response) => toChatAnswer(response, toOpenAiError),
    toStream: ({ request }) => new OpenAiStreamReader(request.stream_options?.include_usage === true),
    toError: toOpenAiError,
  };
}
