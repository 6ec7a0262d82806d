import { checkSpeechRequest } from '../../endpoints/audio/speech.dto.js';
import { checkChatCompletionRequest } from '../../endpoints/chat-completions/chat-completions.dto.js';
import { checkCompletionRequest } from '../../endpoints/completions/completions.dto.js';
import { checkEmbeddingRequest } from '../../endpoints/embeddings/embeddings.dto.js';
import { type JsonEndpoint } from '../../endpoints/endpoint.js';
import { checkImageGenerationRequest } from '../../endpoints/images/image-generations.dto.js';
import { checkModerationRequest } from '../../endpoints/moderations/moderations.dto.js';
import { checkRerankRequest } from '../../endpoints/rerank/rerank.dto.js';
import { CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, MODERATIONS, RERANK, SPEECH } from '../../events/operation.js';

export const EXPLAINED_PATHS = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/images/generations',
  '/v1/moderations',
  '/v1/rerank',
  '/v1/audio/speech',
] as const;

export type ExplainedPath = (typeof EXPLAINED_PATHS)[number];

/** The endpoints whose requests are JSON. */
export const EXPLAINED_ENDPOINTS: Readonly<Record<ExplainedPath, JsonEndpoint>> = {
  '/v1/chat/completions': { operation: CHAT, check: checkChatCompletionRequest },
  '/v1/completions': { operation: COMPLETIONS, check: checkCompletionRequest },
  '/v1/embeddings': { operation: EMBEDDINGS, check: checkEmbeddingRequest },
  '/v1/images/generations': { operation: IMAGES, check: checkImageGenerationRequest },
  '/v1/moderations': { operation: MODERATIONS, check: checkModerationRequest },
  '/v1/rerank': { operation: RERANK, check: checkRerankRequest },
  '/v1/audio/speech': { operation: SPEECH, check: checkSpeechRequest },
};
