import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type Embedding, type EmbeddingRequest } from '../../protocol/embeddings.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { encodeEmbedding } from '../embedding-values.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { toGeminiStreamError } from './gemini.errors.js';
import { type GeminiService } from './gemini.request.js';

/** As many of the texts of a call as the provider takes at once. */
export interface EmbeddingBatch {
  readonly texts: readonly string[];
  /** The place of the first of them among all. */
  readonly offset: number;
  readonly format: 'float' | 'base64';
  readonly dimensions: number | undefined;
  /** What the vectors are for: `RETRIEVAL_QUERY`, … */
  readonly taskType: string | undefined;
}

/** One request for a batch: what is asked of the model, and the body. */
export interface EmbeddingCall {
  readonly method: 'batchEmbedContents' | 'predict' | 'embedContent';
  readonly body: Record<string, unknown>;
}

/** What Vertex AI reads at once, in bytes: 20,000 tokens, few of which are shorter than three bytes. */
const MAX_BATCH_BYTES = 60_000;

/**
 * The texts of a request in batches.
 * @throws GatewayError (400) where the input is token ids, which only the model that made them could read.
 * @see https://ai.google.dev/api/embeddings
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 */
export function toBatches(
  request: EmbeddingRequest,
  { upstreamModel, service, unsupported }: EmbeddingOptions,
): EmbeddingBatch[] {
  const fields = new Map<string, unknown>(Object.entries(request));
  for (const [name, value] of fields) {
    if (!CARRIED.has(name) && value !== null && value !== undefined) unsupported.add(name);
  }
  const taskType = fields.get('task_type');
  const shared = {
    format: request.encoding_format ?? 'float',
    dimensions: request.dimensions ?? undefined,
    taskType: typeof taskType === 'string' ? taskType : undefined,
  };
  const most = textsPerRequest(upstreamModel, service);
  const batches: EmbeddingBatch[] = [];
  let open: string[] = [];
  let bytes = 0;
  textsOf(request.input).forEach((text, index) => {
    const size = Buffer.byteLength(text);
    const isFull = open.length === most || (service === 'vertex' && bytes + size > MAX_BATCH_BYTES);
    if (open.length === 0 || isFull) {
      open = [];
      bytes = 0;
      batches.push({ ...shared, texts: open, offset: index });
    }
    open.push(text);
    bytes += size;
  });
  return batches;
}

export interface EmbeddingOptions {
  readonly upstreamModel: string;
  readonly service: GeminiService;
  readonly unsupported: UnsupportedParameters;
}

const CARRIED: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user', 'task_type']);

function textsPerRequest(model: string, service: GeminiService): number {
  if (service === 'gemini') return 100;
  return model.includes('gemini-embedding') ? 1 : 250;
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

export function toEmbeddingCall(batch: EmbeddingBatch, model: string, service: GeminiService): EmbeddingCall {
  const { texts, dimensions, taskType } = batch;
  const size = dimensions === undefined ? {} : { outputDimensionality: dimensions };
  const task = taskType === undefined ? {} : { taskType };
  const contents = texts.map((text) => ({ parts: [{ text }] }));
  if (service === 'gemini') {
    const name = model.includes('/') ? model : `models/${model}`;
    const requests = contents.map((content) => ({ model: name, content, ...task, ...size }));
    return { method: 'batchEmbedContents', body: { requests } };
  }
  if (/gemini-embedding-[2-9]/.test(model)) {
    return { method: 'embedContent', body: { content: contents[0], ...task, ...size } };
  }
  const instances = texts.map((content) => ({ content, ...(taskType === undefined ? {} : { task_type: taskType }) }));
  return { method: 'predict', body: { instances, ...(dimensions === undefined ? {} : { parameters: size }) } };
}

/**
 * The vectors of a batch as OpenAI's embedding objects, with commas between them: a piece of the list.
 * @throws UpstreamError where it is not one vector for each text.
 */
export function toListPiece({ body }: UpstreamResponse, { texts, offset, format }: EmbeddingBatch): Answer {
  const value = parseJsonBytes(body);
  const answer = isObject(value) ? value : {};
  if (answer['error'] !== undefined) throw toGeminiStreamError(answer['error']);
  const vectors = vectorsIn(answer);
  if (vectors.length !== texts.length) {
    throw new UpstreamError('upstream_invalid_response', {
      message: 'The provider’s answer does not hold one vector for each text.',
    });
  }
  const objects = vectors.map((values, index): string => {
    const embedding = encodeEmbedding(values, format);
    return JSON.stringify({ object: 'embedding', index: offset + index, embedding } satisfies Embedding);
  });
  const tokens = tokensIn(answer);
  return {
    contentType: 'application/json',
    bytes: Buffer.from(objects.join(',')),
    usage: tokens === undefined ? undefined : { ...NO_TOKENS, inputUncached: tokens },
    textBytes: 0,
  };
}

/** The whole list. Its `usage`, which OpenAI's clients read unasked, is of zeros where the provider does not count. */
export function toEmbeddingAnswer(pieces: readonly Answer[], model: string): Answer {
  const counts = pieces.map(({ usage }) => usage?.inputUncached);
  const tokens = counts.reduce((sum = 0, count) => (count === undefined ? undefined : sum + count), 0);
  const usage = { prompt_tokens: tokens ?? 0, total_tokens: tokens ?? 0 };
  const list = pieces.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes]));
  const rest = `],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`;
  return {
    contentType: 'application/json',
    bytes: Buffer.concat([Buffer.from('{"object":"list","data":['), ...list, Buffer.from(rest)]),
    usage: counts.includes(undefined) ? undefined : { ...NO_TOKENS, inputUncached: tokens ?? 0 },
    textBytes: 0,
  };
}

const COMMA = Buffer.from(',');

function vectorsIn({ embeddings, embedding, predictions }: Record<string, unknown>): number[][] {
  const found: unknown[] = Array.isArray(predictions)
    ? predictions.map((one: unknown) => (isObject(one) ? one['embeddings'] : undefined))
    : Array.isArray(embeddings)
      ? embeddings
      : [embedding];
  return found.flatMap((one): number[][] => {
    const values = isObject(one) ? one['values'] : undefined;
    // Numbers by the provider's contract; looking at each would cost more than all else.
    return Array.isArray(values) ? [values as number[]] : [];
  });
}

function tokensIn({ predictions, usageMetadata }: Record<string, unknown>): number | undefined {
  if (isObject(usageMetadata)) return numberIn(usageMetadata['promptTokenCount']);
  if (!Array.isArray(predictions)) return undefined;
  return predictions.reduce<number | undefined>((sum, one: unknown) => {
    const embeddings = isObject(one) ? one['embeddings'] : undefined;
    const statistics = isObject(embeddings) ? embeddings['statistics'] : undefined;
    const count = isObject(statistics) ? numberIn(statistics['token_count']) : undefined;
    return sum === undefined || count === undefined ? undefined : sum + count;
  }, 0);
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.round(value) : undefined;
}
