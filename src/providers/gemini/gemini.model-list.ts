import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { type Cancellation } from '../../upstream/cancellation.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { redactorFor } from '../credential-redaction.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { type ProviderEndpoint } from '../provider-endpoint.js';
import { toGeminiError } from './gemini.errors.js';

/** Pages of a list that never ends are not read for ever. */
const MAX_PAGES = 20;

/**
 * The names of the models, without the `models/` before them.
 * @throws UpstreamError
 * @see https://ai.google.dev/api/models#method:-models.list
 */
export async function fetchGeminiModelNames(
  upstream: UpstreamClient,
  settings: ProviderSettings,
  endpoint: ProviderEndpoint,
  { path, cancellation }: { path: string; cancellation: Cancellation },
): Promise<string[]> {
  const names: string[] = [];
  let token = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const after = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const response = await upstream.request(endpoint.get(`${path}?pageSize=1000${after}`), {
      ...settings,
      cancellation,
    });
    if (response.status !== 200) throw redactorFor(settings)(toGeminiError(response));
    const value = parseJsonBytes(response.body);
    if (!isObject(value)) {
      throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s list of models is not a list.' });
    }
    const { models, nextPageToken } = value;
    names.push(...(Array.isArray(models) ? models.flatMap(nameOf) : []));
    if (typeof nextPageToken !== 'string' || nextPageToken === '') break;
    token = nextPageToken;
  }
  return names;
}

function nameOf(model: unknown): string[] {
  const name = isObject(model) ? model['name'] : undefined;
  return typeof name === 'string' ? [name.replace(/^models\//, '')] : [];
}
