import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { type HttpDialect } from '../http-dialect.js';
import { type ProviderLimits } from '../provider-limits.js';

/** In what a service differs from OpenAI, where passing the bytes through would not do. */
export interface OpenAiVariant {
  readonly limits: ProviderLimits;
  chat(dialect: HttpDialect<ChatCompletionRequest>): HttpDialect<ChatCompletionRequest>;
  embeddings(dialect: HttpDialect<EmbeddingRequest>): HttpDialect<EmbeddingRequest>;
}
