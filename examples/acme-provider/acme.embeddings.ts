import {
  type Answer,
  type EmbeddingList,
  type EmbeddingRequest,
  encodeEmbedding,
  GatewayError,
  type HttpDialect,
  type ProviderCall,
  type ProviderEndpoint,
  type StreamTranslator,
  type UpstreamError,
  type UpstreamRequest,
  type UpstreamResponse,
} from '../../src/index.js';
import { toAcmeError } from './acme.dialect.js';
import { type AcmeVectors } from './acme.types.js';
import { parse, toUsage } from './acme.values.js';

/** OpenAI's embeddings as Acme's. */
export class AcmeEmbeddings implements HttpDialect<EmbeddingRequest> {
  constructor(private readonly endpoint: ProviderEndpoint) {}

  toRequest({ request, upstreamModel, unsupported }: ProviderCall<EmbeddingRequest>): UpstreamRequest {
    const { input, dimensions } = request;
    if (typeof dimensions === 'number') unsupported.add('dimensions');
    const texts: readonly unknown[] = typeof input === 'string' ? [input] : input;
    if (!texts.every((text) => typeof text === 'string')) {
      throw new GatewayError('unsupported_parameter', { message: 'Acme takes texts, no token ids.', param: 'input' });
    }
    return this.endpoint.post('/vectors', JSON.stringify({ engine: upstreamModel, texts }));
  }

  toAnswer({ body }: UpstreamResponse, { request, upstreamModel }: ProviderCall<EmbeddingRequest>): Answer {
    const { vectors, spent } = parse(body) as AcmeVectors;
    // OpenAI's own clients ask for base64 unless told otherwise.
    const format = request.encoding_format ?? 'float';
    const list: EmbeddingList = {
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encodeEmbedding(vector, format),
      })),
      model: upstreamModel,
      usage: { prompt_tokens: spent.read, total_tokens: spent.read },
    };
    return {
      contentType: 'application/json',
      bytes: Buffer.from(JSON.stringify(list)),
      usage: toUsage(spent),
      textBytes: 0,
    };
  }

  toStream(): StreamTranslator {
    throw new Error('Nobody asks for embeddings as a stream.');
  }

  toError(response: UpstreamResponse): UpstreamError {
    return toAcmeError(response);
  }
}
