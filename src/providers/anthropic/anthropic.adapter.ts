import { Injectable } from '@nestjs/common';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { fetchModelNames } from '../model-list.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf, type ProviderEndpoint } from '../provider-endpoint.js';
import { toAnthropicError } from './anthropic.errors.js';
import { ANTHROPIC_LIMITS, reportLeftOut } from './anthropic.limits.js';
import { toMessagesRequest } from './anthropic.request.js';
import { toChatAnswer } from './anthropic.response.js';
import { AnthropicStreamReader } from './anthropic.stream.js';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';

/** @see https://platform.claude.com/docs/en/api/versioning */
const API_VERSION = '2023-06-01';

/**
 * Speaks to Anthropic's Messages API. Betas are switched on by a header `anthropic-beta` in the provider's settings.
 * @see https://platform.claude.com/docs/en/api/overview
 */
@Injectable()
@AdapterFor('anthropic')
export class AnthropicAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const { apiKey, baseUrl } = settings;
    // Many write the version's path into the URL, as other providers want it.
    const withoutVersion = { ...settings, baseUrl: baseUrl?.replace(/\/v1\/*$/, '') };
    const endpoint = endpointOf(withoutVersion, DEFAULT_BASE_URL, {
      'anthropic-version': API_VERSION,
      ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
    });
    return {
      chat: new HttpCapability(this.upstream, settings, chatDialect(endpoint)),
      limits: ANTHROPIC_LIMITS,
      listModels: (cancellation) =>
        fetchModelNames(this.upstream, settings, endpoint, {
          path: '/v1/models?limit=1000',
          cancellation,
          toError: toAnthropicError,
        }),
    };
  }
}

function chatDialect(endpoint: ProviderEndpoint): HttpDialect<ChatCompletionRequest> {
  return {
    toRequest: ({ request, upstreamModel, unsupported }, streaming) => {
      const messages = toMessagesRequest(request, { upstreamModel, streaming });
      reportLeftOut(request, messages, unsupported);
      return endpoint.post('/v1/messages', JSON.stringify(messages));
    },
    toAnswer: toChatAnswer,
    toStream: ({ request, requestId, upstreamModel }) =>
      new AnthropicStreamReader({
        showsUsage: request.stream_options?.include_usage === true,
        fallback: { id: requestId, model: upstreamModel },
      }),
    toError: toAnthropicError,
  };
}
