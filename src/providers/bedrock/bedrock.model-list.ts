import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { type Cancellation } from '../../upstream/cancellation.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { redactorFor } from '../credential-redaction.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { type BedrockAccess } from './bedrock.access.js';
import { type BedrockEndpoints } from './bedrock.endpoint.js';

/** Pages of a list that never ends are not read for ever. */
const MAX_PAGES = 20;

/** Where a page of profiles says there are more. */
const PROFILES = '/inference-profiles?maxResults=1000';

export interface ModelListContext {
  readonly upstream: UpstreamClient;
  readonly settings: ProviderSettings;
  readonly endpoints: BedrockEndpoints;
  readonly access: BedrockAccess;
}

/**
 * What can be asked for by name: the models that answer in text or with embeddings and are there on demand, and the
 * inference profiles, through which alone most newer models are reached. Without the right to list profiles, the models
 * alone.
 *
 * @throws UpstreamError
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */
export async function listBedrockModels(context: ModelListContext, cancellation: Cancellation): Promise<string[]> {
  const [models, profiles] = await Promise.all([
    getJson(context, '/foundation-models', cancellation),
    listProfiles(context, cancellation),
  ]);
  return [...listIn(models, 'modelSummaries').filter(isOnDemand).map(idOf('modelId')), ...profiles].filter(
    (id) => id !== '',
  );
}

async function listProfiles(context: ModelListContext, cancellation: Cancellation): Promise<string[]> {
  const ids: string[] = [];
  let path: string | undefined = PROFILES;
  try {
    for (let page = 0; page < MAX_PAGES && path !== undefined; page++) {
      const answer: Record<string, unknown> = await getJson(context, path, cancellation);
      ids.push(...listIn(answer, 'inferenceProfileSummaries').filter(isActive).map(idOf('inferenceProfileId')));
      const next = answer['nextToken'];
      path = typeof next === 'string' ? `${PROFILES}&nextToken=${encodeURIComponent(next)}` : undefined;
    }
  } catch (error) {
    if (!(error instanceof UpstreamError && error.upstreamStatus === 403)) throw error;
  }
  return ids;
}

async function getJson(
  { upstream, settings, endpoints, access }: ModelListContext,
  path: string,
  cancellation: Cancellation,
): Promise<Record<string, unknown>> {
  const written = endpoints.control.get(path);
  const request = (await access.authorize?.(written)) ?? written;
  const response = await upstream.request(request, { ...settings, cancellation });
  if (response.status !== 200) throw redactorFor(settings)(access.toError(response), request.headers);
  const value = parseJsonBytes(response.body);
  return isObject(value) ? value : {};
}

function listIn(answer: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const list = answer[name];
  if (Array.isArray(list)) return list.filter(isObject);
  throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s list of models is not a list.' });
}

function isOnDemand({ outputModalities, inferenceTypesSupported }: Record<string, unknown>): boolean {
  return (
    has(inferenceTypesSupported, 'ON_DEMAND') && (has(outputModalities, 'TEXT') || has(outputModalities, 'EMBEDDING'))
  );
}

function isActive({ status }: Record<string, unknown>): boolean {
  return status === 'ACTIVE';
}

function has(list: unknown, item: string): boolean {
  return Array.isArray(list) && list.includes(item);
}

function idOf(name: string): (summary: Record<string, unknown>) => string {
  return ({ [name]: id }) => (typeof id === 'string' ? id : '');
}
