import { type Attributes } from '@opentelemetry/api';
import { type Attempt } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { type ProviderOptions } from '../../provider.options.js';
import { type UsageRecord } from '../usage-record.js';

/**
 * OpenTelemetry's names for providers, where they are not the kinds of ours.
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/#gen-ai-provider-name
 */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  'azure-openai': 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

/** Of what a client called the model. */
export const MAX_MODEL_LENGTH = 128;

/** Parameters that are numbers, by OpenTelemetry's names: nothing that could hold what was asked. */
const REQUEST_ATTRIBUTES: readonly (readonly [string, string])[] = [
  ['temperature', 'gen_ai.request.temperature'],
  ['top_p', 'gen_ai.request.top_p'],
  ['max_tokens', 'gen_ai.request.max_tokens'],
  ['max_completion_tokens', 'gen_ai.request.max_tokens'],
  ['frequency_penalty', 'gen_ai.request.frequency_penalty'],
  ['presence_penalty', 'gen_ai.request.presence_penalty'],
  ['seed', 'gen_ai.request.seed'],
  ['n', 'gen_ai.request.choice.count'],
  ['dimensions', 'gen_ai.embeddings.dimension.count'],
];

/** Says who providers are. */
export class ProviderAttributes {
  private readonly known: ReadonlyMap<string, Attributes>;

  constructor(providers: readonly ProviderOptions[]) {
    this.known = new Map(providers.map((provider) => [provider.name, attributesOf(provider)]));
  }

  of(name: string): Attributes {
    return this.known.get(name) ?? { 'gen_ai.provider.name': name };
  }
}

function attributesOf({ kind, baseUrl }: ProviderOptions): Attributes {
  const name = { 'gen_ai.provider.name': PROVIDER_NAMES[kind] ?? kind };
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return name;
  const { hostname, port, protocol } = new URL(baseUrl);
  const standard = protocol === 'http:' ? 80 : 443;
  return { ...name, 'server.address': hostname, 'server.port': port === '' ? standard : Number(port) };
}

/** What is known of a call when it begins. */
export function requestAttributes(call: CallContext): Attributes {
  const attributes: Attributes = {
    'gen_ai.operation.name': call.operation.name,
    'gen_ai.request.model': call.requestModel.slice(0, MAX_MODEL_LENGTH),
    'nestgate.request.id': call.requestId,
    'nestgate.key.name': call.principal.keyName,
    'nestgate.streaming': call.streaming,
  };
  const request = call.request as Readonly<Record<string, unknown>>;
  for (const [parameter, attribute] of REQUEST_ATTRIBUTES) {
    const value = request[parameter];
    if (typeof value === 'number') attributes[attribute] = value;
  }
  return attributes;
}

/** What is known of a call when it is over. */
export function recordAttributes(record: UsageRecord): Attributes {
  const attributes: Attributes = { 'http.response.status_code': record.httpStatus, 'nestgate.outcome': record.status };
  if (record.upstreamModel !== null) attributes['gen_ai.response.model'] = record.upstreamModel;
  if (record.errorCode !== null) attributes['error.type'] = record.errorCode;
  if (record.answeredBy !== null) attributes['nestgate.answered_by'] = record.answeredBy;
  if (record.cost !== null) attributes['nestgate.cost_usd'] = Number(record.cost) / 1e12;
  if (record.grade === 'none') return attributes;
  const { tokens } = record;
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h;
  attributes['gen_ai.usage.input_tokens'] = tokens.inputUncached + tokens.cacheRead + written + tokens.inputAudio;
  attributes['gen_ai.usage.output_tokens'] = tokens.output + tokens.reasoning + tokens.outputAudio;
  if (tokens.cacheRead > 0) attributes['gen_ai.usage.cache_read.input_tokens'] = tokens.cacheRead;
  if (written > 0) attributes['gen_ai.usage.cache_creation.input_tokens'] = written;
  return attributes;
}

/** Of one try. */
export function attemptAttributes({ operation }: CallContext, { target, error }: Attempt, number: number): Attributes {
  const attributes: Attributes = {
    'gen_ai.operation.name': operation.name,
    'gen_ai.request.model': target.upstreamModel,
    'nestgate.attempt': number,
    'nestgate.deployment': target.id,
  };
  if (error !== undefined) attributes['error.type'] = error.code ?? error.type;
  if (error !== undefined && 'upstreamStatus' in error && typeof error.upstreamStatus === 'number') {
    attributes['http.response.status_code'] = error.upstreamStatus;
  }
  return attributes;
}
