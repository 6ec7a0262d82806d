import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type EmbeddingList, type EmbeddingRequest } from '../../protocol/embeddings.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { headerValue, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { encodeEmbedding } from '../embedding-values.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';

/** One InvokeModel request: the vectors of some of the texts. */
export interface EmbeddingBatch {
  readonly body: Record<string, unknown>;
  readonly texts: readonly string[];
}

/** What one InvokeModel request brought. */
export interface EmbeddingVectors {
  /** One for each text, in their order. */
  readonly vectors: number[][];
  /** `undefined` where nobody counted. */
  readonly tokens: number | undefined;
}

/** A family of models, each with a body of its own. */
interface EmbeddingFamily {
  readonly models: RegExp;
  readonly textsPerRequest: number;
  /** Names of parameters of its own that clients may set. */
  readonly native: readonly string[];
  body(texts: readonly string[], dimensions: number | undefined): Record<string, unknown>;
  readonly takesDimensions: boolean;
}

/**
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-mm.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
 */
const FAMILIES: readonly EmbeddingFamily[] = [
  {
    models: /amazon\.titan-embed-text-v2/,
    textsPerRequest: 1,
    native: ['normalize'],
    takesDimensions: true,
    body: ([inputText], dimensions) => ({ inputText, ...(dimensions === undefined ? {} : { dimensions }) }),
  },
  {
    models: /amazon\.titan-embed-(?:text-v1|g1-text)/,
    textsPerRequest: 1,
    native: [],
    takesDimensions: false,
    body: ([inputText]) => ({ inputText }),
  },
  {
    models: /amazon\.titan-embed-image/,
    textsPerRequest: 1,
    native: [],
    takesDimensions: true,
    body: ([inputText], dimensions) => ({
      inputText,
      ...(dimensions === undefined ? {} : { embeddingConfig: { outputEmbeddingLength: dimensions } }),
    }),
  },
  {
    models: /cohere\.embed-(?:english|multilingual)-v3/,
    textsPerRequest: 96,
    native: ['input_type', 'truncate'],
    takesDimensions: false,
    body: (texts) => ({ texts, input_type: 'search_document' }),
  },
  {
    models: /cohere\.embed-/,
    textsPerRequest: 96,
    native: ['input_type', 'truncate', 'max_tokens'],
    takesDimensions: true,
    body: (texts, dimensions) => ({
      texts,
      input_type: 'search_document',
      ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
    }),
  },
];

/** What OpenAI has and every family takes, or is the gateway's own business. */
const KNOWN: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);

/**
 * The requests that make up one for embeddings: of Titan one for each text. Parameters of the models' own (`normalize`,
 * `input_type`, `truncate`) go along; Cohere's `input_type`, which it must have, is `search_document` unless said.
 *
 * @throws GatewayError (400) for input that is not text, and for models whose requests nobody here knows.
 */
export function toEmbeddingBatches(
  request: EmbeddingRequest,
  { upstreamModel, unsupported }: { readonly upstreamModel: string; readonly unsupported: UnsupportedParameters },
): EmbeddingBatch[] {
  const family = FAMILIES.find(({ models }) => models.test(upstreamModel));
  if (family === undefined) {
    throw new GatewayError('unsupported_parameter', {
      message: 'Of the models on Bedrock only Titan’s and Cohere’s make embeddings here.',
      param: 'model',
    });
  }
  const texts = textsOf(request.input);
  const { dimensions } = request;
  if (typeof dimensions === 'number' && !family.takesDimensions) unsupported.add('dimensions');
  const native: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    if (KNOWN.has(name) || value === undefined || value === null) continue;
    if (family.native.includes(name)) native[name] = value;
    else unsupported.add(name);
  }
  const batches: EmbeddingBatch[] = [];
  for (let start = 0; start < texts.length; start += family.textsPerRequest) {
    const some = texts.slice(start, start + family.textsPerRequest);
    batches.push({ texts: some, body: { ...family.body(some, dimensions ?? undefined), ...native } });
  }
  return batches;
}

function textsOf(input: EmbeddingRequest['input']): string[] {
  const all: readonly unknown[] = typeof input === 'string' ? [input] : input;
  return all.map((text, index) => {
    if (typeof text === 'string') return text;
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes texts, not token ids.',
      param: typeof text === 'number' ? 'input' : `input[${index}]`,
    });
  });
}

/**
 * @param count of the texts that were sent.
 * @throws UpstreamError where the answer does not hold a vector for each.
 */
export function readVectors({ headers, body }: UpstreamResponse, count: number): EmbeddingVectors {
  const value = parseJsonBytes(body);
  const answer = isObject(value) ? value : {};
  const { embedding, embeddings, inputTextTokenCount } = answer;
  // Titan; Cohere's version 3, and 4.
  const vectors = embedding === undefined ? (isObject(embeddings) ? embeddings['float'] : embeddings) : [embedding];
  if (!Array.isArray(vectors) || vectors.length !== count || !vectors.every(isVector)) {
    throw new UpstreamError('upstream_invalid_response', {
      message: 'The provider’s answer does not hold one embedding for each input.',
    });
  }
  const counted = inputTextTokenCount ?? Number(headerValue(headers, 'x-amzn-bedrock-input-token-count') ?? Number.NaN);
  return { vectors, tokens: Number.isSafeInteger(counted) ? Number(counted) : undefined };
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

/** @param parts what the requests brought, in their order. */
export function toEmbeddingAnswer(
  parts: readonly EmbeddingVectors[],
  { encoding_format: format }: EmbeddingRequest,
  model: string,
): Answer {
  const isCounted = parts.every(({ tokens }) => tokens !== undefined);
  const tokens = parts.reduce((sum, part) => sum + (part.tokens ?? 0), 0);
  const list: EmbeddingList = {
    object: 'list',
    data: parts
      .flatMap(({ vectors }) => vectors)
      .map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encodeEmbedding(vector, format ?? 'float'),
      })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(list)),
    usage: isCounted ? { ...NO_TOKENS, inputUncached: tokens } : undefined,
    textBytes: 0,
  };
}
