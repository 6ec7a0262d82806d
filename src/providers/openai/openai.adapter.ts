import { Injectable } from '@nestjs/common';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf } from '../provider-endpoint.js';
import { openAiCapabilities } from './openai.capabilities.js';
import { OPENAI_KINDS, OPENAI_PRESETS, type OpenAiKind, type OpenAiPreset } from './openai.presets.js';

/** Speaks to OpenAI, and to the many services that speak its dialect. */
@Injectable()
@AdapterFor(...OPENAI_KINDS)
export class OpenAiAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const preset: OpenAiPreset = OPENAI_PRESETS[settings.kind as OpenAiKind] ?? {};
    const credentials = settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
    return openAiCapabilities({
      upstream: this.upstream,
      settings,
      endpoint: endpointOf(settings, preset.baseUrl, credentials),
      asksForUsage: preset.countsStreamsUnasked !== true,
      offers: preset.offers,
      variant: preset.variant,
    });
  }
}
