import { UpstreamError } from '../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../protocol/json.js';
import { type Cancellation } from '../upstream/cancellation.js';
import { type UpstreamClient } from '../upstream/upstream-client.js';
import { type UpstreamResponse } from '../upstream/upstream-request.js';
import { redactorFor } from './credential-redaction.js';
import { type Authorize } from './http-capability.js';
import { type ProviderSettings } from './provider-adapter.interface.js';
import { type ProviderEndpoint } from './provider-endpoint.js';

export interface ModelListRequest {
  readonly path: string;
  readonly cancellation: Cancellation;
  toError(response: UpstreamResponse): Error;
  readonly authorize?: Authorize | undefined;
}

/** Pages of a list that never ends are not read for ever. */
const MAX_PAGES = 20;

/**
 * The model names of a list in the form of OpenAI's (`{data: [{id}]}`, or the bare array that Together sends), page
 * after page where it says there are more, as Anthropic's does (`has_more`, `last_id`).
 *
 * @throws UpstreamError
 * @see https://platform.openai.com/docs/api-reference/models/list
 * @see https://docs.anthropic.com/en/api/models-list
 */
export async function fetchModelNames(
  upstream: UpstreamClient,
  settings: ProviderSettings,
  endpoint: ProviderEndpoint,
  { path, cancellation, toError, authorize }: ModelListRequest,
): Promise<string[]> {
  const names: string[] = [];
  let after = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const written = endpoint.get(path + after);
    const request = (await authorize?.(written)) ?? written;
    const response = await upstream.request(request, { ...settings, cancellation });
    if (response.status !== 200) throw redactorFor(settings)(toError(response), request.headers);
    const { ids, lastId } = readPage(response.body);
    names.push(...ids);
    if (lastId === undefined) break;
    after = `${path.includes('?') ? '&' : '?'}after_id=${encodeURIComponent(lastId)}`;
  }
  return names;
}

function readPage(body: Buffer): { ids: string[]; lastId: string | undefined } {
  const value = parseJsonBytes(body);
  const page = isObject(value) ? value : {};
  const data = Array.isArray(value) ? value : page['data'];
  if (!Array.isArray(data)) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s list of models is not a list.' });
  }
  const ids = data.flatMap((model: unknown) =>
    isObject(model) && typeof model['id'] === 'string' ? [model['id']] : [],
  );
  const lastId = page['has_more'] === true && typeof page['last_id'] === 'string' ? page['last_id'] : undefined;
  return { ids, lastId };
}
