import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type EmbeddingList, type EmbeddingRequest } from '../../protocol/embeddings.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { encodeEmbedding } from '../embedding-values.js';
import { type Answer } from '../provider-adapter.interface.js';
import { toTokenUsage } from './cohere.usage.js';

/** Cohere's own parameters, which a client may send. */
const OWN = ['truncate', 'max_tokens'] as const;
const CARRIED: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'encoding_format',
  'user',
  'input_type',
  ...OWN,
]);

/**
 * An embedding request as Cohere's API v2 takes it. Cohere wants to know what the vectors are for and makes other ones for
 * what is searched than for what searches: `input_type`, which OpenAI does not have, is `search_document` unless the
 * client says otherwise. The vectors are always asked for as numbers.
 *
 * @throws GatewayError (400) where the input is token ids, which only the model that made them could read.
 * @see https://docs.cohere.com/reference/embed
 */
export function toEmbedRequest(
  request: EmbeddingRequest,
  { upstreamModel, unsupported }: { upstreamModel: string; unsupported: (param: string) => void },
): Record<string, unknown> {
  const fields = new Map<string, unknown>(Object.entries(request));
  for (const [name, value] of fields) {
    if (!CARRIED.has(name) && value !== null && value !== undefined) unsupported(name);
  }
  const { dimensions } = request;
  return {
    model: upstreamModel,
    input_type: fields.get('input_type') ?? 'search_document',
    texts: textsOf(request.input),
    embedding_types: ['float'],
    ...(typeof dimensions === 'number' ? { output_dimension: dimensions } : {}),
    ...Object.fromEntries(
      OWN.flatMap((name) => ((fields.get(name) ?? null) === null ? [] : [[name, fields.get(name)]])),
    ),
  };
}

function textsOf(input: EmbeddingRequest['input']): string[] {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  return list.map((text) => {
    if (typeof text === 'string') return text;
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes texts, not token ids.',
      param: 'input',
    });
  });
}

/** @throws UpstreamError where the answer holds no vectors. */
export function toEmbeddingAnswer(
  { body }: UpstreamResponse,
  { request, upstreamModel }: { readonly request: EmbeddingRequest; readonly upstreamModel: string },
): Answer {
  const answer = parseJsonBytes(body);
  const embeddings = isObject(answer) && isObject(answer['embeddings']) ? answer['embeddings']['float'] : undefined;
  if (!isObject(answer) || !Array.isArray(embeddings) || !embeddings.every(isVector)) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer holds no embeddings.' });
  }
  const usage = toTokenUsage(isObject(answer['meta']) ? answer['meta'] : undefined);
  const tokens = usage?.inputUncached ?? 0;
  const format = request.encoding_format === 'base64' ? 'base64' : 'float';
  const list: EmbeddingList = {
    object: 'list',
    data: embeddings.map((values, index) => ({
      object: 'embedding',
      index,
      embedding: encodeEmbedding(values, format),
    })),
    model: upstreamModel,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(list)), usage, textBytes: 0 };
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
}
