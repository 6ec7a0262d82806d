import { BlockedHostError, ConfigurationError } from '../errors/configuration-error.js';
import { egressProblem } from '../upstream/egress.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type WrittenForm } from './form-writer.js';
import { type ProviderSettings } from './provider-adapter.interface.js';

/** Where a provider's requests go, worked out once. */
export interface ProviderEndpoint {
  get(path: string): UpstreamRequest;
  /** A JSON body, already serialised. */
  post(path: string, body: Buffer | string): UpstreamRequest;
  /** A form with files. */
  postForm(path: string, form: WrittenForm): UpstreamRequest;
}

/**
 * @param defaultBaseUrl of the kind of provider; `undefined` where the settings must name one.
 * @param credentials headers that hold them, lower-case names.
 * @throws ConfigurationError where there is no base URL, or requests may not go there.
 */
export function endpointOf(
  settings: ProviderSettings,
  defaultBaseUrl: string | undefined,
  credentials: Readonly<Record<string, string>>,
): ProviderEndpoint {
  const baseUrl = settings.baseUrl ?? defaultBaseUrl;
  if (baseUrl === undefined) {
    throw new ConfigurationError(
      `providers.${settings.name}.baseUrl`,
      'is missing',
      `set it to the URL of the service, such as http://localhost:8000/v1: kind "${settings.kind}" has no default`,
    );
  }
  const { egress } = settings;
  const problem = egressProblem(baseUrl, egress ?? 'operator');
  if (problem !== undefined) {
    const remedy = 'write the URL of a provider: https://, its host, and a path if there is one';
    throw new BlockedHostError(`providers.${settings.name}.baseUrl`, problem, remedy);
  }
  const { origin, pathname } = new URL(baseUrl);
  const basePath = pathname.replace(/\/+$/, '');
  const common = {
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': 'nestgate',
    ...settings.headers,
    ...credentials,
  };
  const postHeaders = { ...common, 'content-type': 'application/json' };
  return {
    get: (path) => ({ method: 'GET', origin, egress, path: basePath + path, headers: common }),
    post: (path, body) => ({ method: 'POST', origin, egress, path: basePath + path, headers: postHeaders, body }),
    postForm: (path, { contentType, length, body }) => {
      const headers = { ...common, 'content-type': contentType, 'content-length': String(length) };
      return { method: 'POST', origin, egress, path: basePath + path, headers, body };
    },
  };
}
