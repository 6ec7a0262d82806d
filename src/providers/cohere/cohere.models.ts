import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { type Cancellation } from '../../upstream/cancellation.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { redactorFor } from '../credential-redaction.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { type ProviderEndpoint } from '../provider-endpoint.js';
import { toCohereError } from './cohere.errors.js';

/** Pages of a list that never ends are not read for ever. */
const MAX_PAGES = 20;
/** What the gateway has an operation for. */
const ENDPOINTS: ReadonlySet<unknown> = new Set(['chat', 'embed', 'rerank']);

/**
 * The names of the models that chat, embed or rerank.
 * @throws UpstreamError
 * @see https://docs.cohere.com/reference/list-models
 */
export async function fetchCohereModels(
  upstream: UpstreamClient,
  settings: ProviderSettings,
  endpoint: ProviderEndpoint,
  cancellation: Cancellation,
): Promise<string[]> {
  const names: string[] = [];
  let next = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const path = `/v1/models?page_size=1000${next === '' ? '' : `&page_token=${encodeURIComponent(next)}`}`;
    const response = await upstream.request(endpoint.get(path), { ...settings, cancellation });
    if (response.status !== 200) throw redactorFor(settings)(toCohereError(response));
    const { models, nextToken } = readPage(response.body);
    names.push(...models);
    if (nextToken === '') break;
    next = nextToken;
  }
  return names;
}

function readPage(body: Buffer): { models: string[]; nextToken: string } {
  const page = parseJsonBytes(body);
  if (!isObject(page) || !Array.isArray(page['models'])) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s list of models is not a list.' });
  }
  const { next_page_token: token } = page;
  return { models: page['models'].flatMap(nameOf), nextToken: typeof token === 'string' ? token : '' };
}

function nameOf(model: unknown): string[] {
  if (!isObject(model) || typeof model['name'] !== 'string') return [];
  const { name, endpoints } = model;
  const isUsable = !Array.isArray(endpoints) || endpoints.some((endpoint) => ENDPOINTS.has(endpoint));
  return isUsable ? [name] : [];
}
