import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { JsonBody } from '../../protocol/json-body.js';
import { type HttpDialect } from '../http-dialect.js';
import { type ProviderCall } from '../provider-adapter.interface.js';
import { MISTRAL_LIMITS } from './mistral.limits.js';
import { toMistralEmbeddingRequest, toMistralRequest } from './mistral.request.js';
import { fromMistralAnswer, MistralStreamReader } from './mistral.response.js';
import { type OpenAiVariant } from './openai.variant.js';

/** What Mistral has otherwise than OpenAI. */
export const MISTRAL: OpenAiVariant = {
  limits: MISTRAL_LIMITS,
  chat: (dialect) => ({
    ...dialect,
    toRequest: (call, streaming) => {
      const { request, upstreamModel, unsupported } = call;
      const changed = toMistralRequest(request, upstreamModel, (param) => unsupported.add(param));
      return dialect.toRequest(withRequest(call, changed), streaming);
    },
    toAnswer: (response, call) => fromMistralAnswer(dialect.toAnswer(response, call)),
    toStream: (call, headers) => new MistralStreamReader(dialect.toStream(call, headers)),
  }),
  embeddings: (dialect: HttpDialect<EmbeddingRequest>) => ({
    ...dialect,
    toRequest: (call, streaming) =>
      dialect.toRequest(withRequest(call, toMistralEmbeddingRequest(call.request)), streaming),
  }),
};

/** The call itself, with its bytes, where nothing has changed. */
function withRequest<Request extends ChatCompletionRequest | EmbeddingRequest>(
  call: ProviderCall<Request>,
  request: Request,
): ProviderCall<Request> {
  return request === call.request ? call : { ...call, request, body: JsonBody.of({ ...request }) };
}
