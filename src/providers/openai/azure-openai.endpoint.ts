import { ConfigurationError } from '../../errors/configuration-error.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { pathStep } from '../path-step.js';
import { endpointOf, type ProviderEndpoint } from '../provider-endpoint.js';
import { type OpenAiOperation } from './openai.presets.js';

export interface AzureEndpoint {
  readonly endpoint: ProviderEndpoint;
  /** Puts the deployment and the API's version into a request's path. */
  route(request: UpstreamRequest, upstreamModel: string): UpstreamRequest;
  /** Whether this version of the API counts the tokens of a stream when asked to. */
  readonly asksForUsage: boolean;
  readonly listsModels: boolean;
  readonly offers: readonly OpenAiOperation[];
}

/** The one dated version that the API for models of other makers has. */
const INFERENCE_VERSION = '2024-05-01-preview';
/** The first dated version that knows `stream_options`. Earlier ones refuse the whole request. */
const FIRST_COUNTING_STREAMS = '2024-09-01';

/** Beside chat. Its moderation is another service of Azure's, with a dialect of its own. */
const OFFERS: readonly OpenAiOperation[] = [
  'completions',
  'embeddings',
  'images',
  'imageEdits',
  'speech',
  'transcriptions',
  'translations',
];

const DATED = /^\d{4}-\d{2}-\d{2}(-preview)?$/;
/** Version 1 takes no date, but may be asked for what is not finished. */
const UNDATED: ReadonlySet<string> = new Set(['v1', 'preview', 'latest']);

/**
 * Where Azure has what a request asks for. Three ways lead there:
 *
 * - version 1, `/openai/v1/…`, where no dated version is set;
 * - the dated versions, `/openai/deployments/<deployment>/…?api-version=…`: the deployment is what the gateway calls the
 *   upstream model;
 * - `/models/…?api-version=…`, where the base URL ends in `/models`: for models of other makers in a Foundry resource.
 *
 * @throws ConfigurationError where the base URL is none of Azure's, or says something else than `apiVersion`.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export function azureEndpoint(
  settings: ProviderSettings,
  credentials: Readonly<Record<string, string>>,
): AzureEndpoint {
  const { resource, form } = readBaseUrl(settings);
  const version = settings.apiVersion ?? (form === 'models' ? INFERENCE_VERSION : undefined);
  const isDated = version !== undefined && DATED.test(version);
  if (version !== undefined && !isDated && !UNDATED.has(version)) {
    throw wrong(
      settings,
      'apiVersion',
      'is no version of Azure’s',
      'write it as in 2024-10-21, or leave it out for v1',
    );
  }
  if (form === 'v1' && isDated) {
    throw wrong(settings, 'baseUrl', `names version 1 of the API, but apiVersion is ${version}`, REMEDY_OF_V1);
  }
  const base = form === 'models' ? '/models' : isDated ? '/openai' : '/openai/v1';
  const endpoint = endpointOf({ ...settings, baseUrl: resource + base }, undefined, credentials);
  const { pathname: root } = new URL(resource + base);
  const query = version === undefined ? '' : `?api-version=${version}`;
  const withVersion = (request: UpstreamRequest): UpstreamRequest => ({ ...request, path: request.path + query });
  return {
    endpoint: { ...endpoint, get: (path) => withVersion(endpoint.get(path)) },
    route: (request, upstreamModel) => {
      if (form === 'models' || !isDated) return withVersion(request);
      const deployment = `${root}/deployments/${pathStep(upstreamModel)}`;
      return withVersion({ ...request, path: deployment + request.path.slice(root.length) });
    },
    asksForUsage: form === 'models' || version === undefined || !isDated || version >= FIRST_COUNTING_STREAMS,
    listsModels: form !== 'models',
    offers: form === 'models' ? ['embeddings'] : OFFERS,
  };
}

const REMEDY_OF_V1 = 'leave apiVersion out, or end the URL before /openai';

interface AzureBaseUrl {
  /** Without a trailing slash. */
  readonly resource: string;
  readonly form: 'any' | 'v1' | 'models';
}

/** People paste what they find in the portal, with more or less of the path behind the resource. */
function readBaseUrl(settings: ProviderSettings): AzureBaseUrl {
  const { baseUrl } = settings;
  if (baseUrl === undefined) {
    throw wrong(
      settings,
      'baseUrl',
      'is missing',
      'set it to the resource, such as https://my-resource.openai.azure.com',
    );
  }
  const { origin, hostname, pathname } = new URL(baseUrl);
  const path = pathname.replace(/\/+$/, '').replace(/^\/+/, '/');
  if (/\/openai\/deployments(\/|$)/.test(path)) {
    throw wrong(settings, 'baseUrl', 'names one deployment', `${remedyOf(origin)}, and name its deployments in models`);
  }
  const [, before = '', form] = /^(.*?)(\/openai\/v1|\/openai|\/models)?$/.exec(path) ?? [];
  if (before !== '' && /\.azure\.com$/i.test(hostname)) {
    throw wrong(settings, 'baseUrl', `has a path that is not known here (${path})`, remedyOf(origin));
  }
  return {
    resource: origin + before,
    form: form === '/openai/v1' ? 'v1' : form === '/models' ? 'models' : 'any',
  };
}

const remedyOf = (origin: string): string => `write only ${origin}`;

function wrong(
  { name }: ProviderSettings,
  setting: 'baseUrl' | 'apiVersion',
  problem: string,
  remedy: string,
): ConfigurationError {
  return new ConfigurationError(`providers.${name}.${setting}`, problem, remedy);
}
