import { Injectable, Optional } from '@nestjs/common';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf } from '../provider-endpoint.js';
import { splitVersion } from './gemini.adapter.js';
import { geminiCapabilities, resourcePath } from './gemini.capabilities.js';
import { googleAuthorize, GoogleCredential, PROJECT_OF_CREDENTIALS } from './vertex.credentials.js';

const DEFAULT_VERSION = 'v1';
const DEFAULT_LOCATION = 'global';

/**
 * Speaks to Gemini, Imagen and the embedding models on Vertex AI: let in by the credentials that Google's libraries
 * find, or by those of a file. With an API key alone it uses the express mode, which knows no project.
 *
 * It does not list its models: Vertex AI lists all of a publisher's, not those that a location offers.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview
 */
@Injectable()
@AdapterFor('vertex')
export class VertexAdapter implements ProviderAdapter {
  /** @param credential of the host, in place of the application default credentials. */
  constructor(
    private readonly upstream: UpstreamClient,
    @Optional() private readonly credential?: GoogleCredential,
  ) {}

  /** @throws ConfigurationError where the package that finds credentials is needed and not installed. */
  connect(settings: ProviderSettings): Provider {
    const { apiKey, project, region = DEFAULT_LOCATION } = settings;
    const { baseUrl, version } = splitVersion(settings.baseUrl, DEFAULT_VERSION);
    const isExpress = apiKey !== undefined && project === undefined;
    const endpoint = endpointOf(
      { ...settings, baseUrl },
      isExpress ? 'https://aiplatform.googleapis.com' : originOf(region),
      apiKey === undefined ? {} : { 'x-goog-api-key': apiKey },
    );
    const home = isExpress
      ? `/${version}`
      : `/${version}/projects/${resourcePath(project ?? PROJECT_OF_CREDENTIALS)}/locations/${resourcePath(region)}`;
    return geminiCapabilities({
      upstream: this.upstream,
      settings,
      service: 'vertex',
      endpoint,
      pathOf: (model) => `${home}/${resourcePath(model.includes('/') ? model : `publishers/google/models/${model}`)}`,
      authorize: apiKey === undefined ? googleAuthorize(settings, this.credential) : undefined,
    });
  }
}

/** @see https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations */
function originOf(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com';
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}
