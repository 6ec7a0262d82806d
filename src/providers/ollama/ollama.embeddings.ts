import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type EmbeddingList, type EmbeddingRequest } from '../../protocol/embeddings.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { encodeEmbedding } from '../embedding-values.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { readAnswer, textOf, toTokenUsage } from './ollama.answer.js';
import { reportOthers, toNative, toOptions } from './ollama.parameters.js';
import { type OllamaEmbedRequest } from './ollama.types.js';

const READ: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'encoding_format',
  'user',
  'options',
  'keep_alive',
  'truncate',
]);

/**
 * A request for embeddings as Ollama takes it. What is too long for the model Ollama cuts, unless it is told
 * `truncate: false`, which is passed on like `options` and `keep_alive`.
 *
 * @throws GatewayError for token ids, which are another model's.
 * @see https://docs.ollama.com/api/embed
 */
export function toEmbedRequest(
  request: EmbeddingRequest,
  { upstreamModel, unsupported }: { readonly upstreamModel: string; readonly unsupported: UnsupportedParameters },
): OllamaEmbedRequest {
  const parameters: Record<string, unknown> = { ...request };
  reportOthers(parameters, READ, unsupported);
  const {
    options,
    keep_alive: keepAlive,
    truncate,
  } = { ...toOptions({ options: parameters['options'] }), ...toNative(parameters) };
  return {
    model: upstreamModel,
    input: toInput(request.input),
    ...(typeof request.dimensions === 'number' ? { dimensions: request.dimensions } : {}),
    ...(truncate === undefined ? {} : { truncate }),
    ...(options === undefined ? {} : { options }),
    ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
  };
}

function toInput(input: EmbeddingRequest['input']): string | string[] {
  if (typeof input === 'string') return input;
  const texts = input.filter((item) => typeof item === 'string');
  if (texts.length === input.length) return texts;
  throw new GatewayError('unsupported_parameter', {
    message: 'The model takes texts, no token ids.',
    param: 'input',
  });
}

/** @throws UpstreamError where the answer holds no embeddings. */
export function toEmbeddings(
  { body }: UpstreamResponse,
  { request, upstreamModel }: { readonly request: EmbeddingRequest; readonly upstreamModel: string },
): Answer {
  const answer = readAnswer(body);
  const vectors: unknown = 'embeddings' in answer ? answer.embeddings : undefined;
  if (!Array.isArray(vectors) || !vectors.every(isVector)) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer has no embeddings.' });
  }
  const format = request.encoding_format === 'base64' ? 'base64' : 'float';
  const usage = toTokenUsage(answer);
  const tokens = usage?.inputUncached ?? 0;
  const list: EmbeddingList = {
    object: 'list',
    data: vectors.map((values, index) => ({
      object: 'embedding',
      index,
      embedding: encodeEmbedding(values, format),
    })),
    model: textOf(answer.model) || upstreamModel,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(list)), usage, textBytes: 0 };
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
