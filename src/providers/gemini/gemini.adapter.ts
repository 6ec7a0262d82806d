import { Injectable } from '@nestjs/common';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf } from '../provider-endpoint.js';
import { geminiCapabilities, resourcePath } from './gemini.capabilities.js';
import { fetchGeminiModelNames } from './gemini.model-list.js';

const DEFAULT_BASE_URL = 'https://generativelanguage.googleapis.com';
const DEFAULT_VERSION = 'v1beta';

/**
 * Speaks to the Gemini API. A version at the end of the base URL is the one that is used; the `/openai` of Google's
 * endpoint in OpenAI's dialect is left off.
 * @see https://ai.google.dev/api
 */
@Injectable()
@AdapterFor('gemini')
export class GeminiAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const { apiKey } = settings;
    const { upstream } = this;
    const { baseUrl, version } = splitVersion(settings.baseUrl, DEFAULT_VERSION);
    const endpoint = endpointOf(
      { ...settings, baseUrl },
      DEFAULT_BASE_URL,
      apiKey === undefined ? {} : { 'x-goog-api-key': apiKey },
    );
    return {
      ...geminiCapabilities({
        upstream,
        settings,
        service: 'gemini',
        endpoint,
        pathOf: (model) => `/${version}/${resourcePath(model.includes('/') ? model : `models/${model}`)}`,
      }),
      listModels: (cancellation) =>
        fetchGeminiModelNames(upstream, settings, endpoint, { path: `/${version}/models`, cancellation }),
    };
  }
}

/** `https://host/v1beta/openai/` is the URL `https://host` and the version `v1beta`. */
export function splitVersion(
  baseUrl: string | undefined,
  otherwise: string,
): { baseUrl: string | undefined; version: string } {
  const [, before, version] = /^(.*?)\/(v\d+(?:(?:alpha|beta)\d*)?)(?:\/openai)?\/*$/.exec(baseUrl ?? '') ?? [];
  return before === undefined || version === undefined ? { baseUrl, version: otherwise } : { baseUrl: before, version };
}
