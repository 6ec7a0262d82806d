import { CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, MODERATIONS, RERANK, SPEECH } from '../events/operation.js';
import { checkSpeechRequest } from './audio/speech.dto.js';
import { checkChatCompletionRequest } from './chat-completions/chat-completions.dto.js';
import { checkCompletionRequest } from './completions/completions.dto.js';
import { checkEmbeddingRequest } from './embeddings/embeddings.dto.js';
import { type JsonEndpoint } from './endpoint.js';
import { checkImageGenerationRequest } from './images/image-generations.dto.js';
import { checkModerationRequest } from './moderations/moderations.dto.js';
import { checkRerankRequest } from './rerank/rerank.dto.js';

const ENDPOINTS = {
  '/v1/chat/completions': { operation: CHAT, check: checkChatCompletionRequest },
  '/v1/completions': { operation: COMPLETIONS, check: checkCompletionRequest },
  '/v1/embeddings': { operation: EMBEDDINGS, check: checkEmbeddingRequest },
  '/v1/images/generations': { operation: IMAGES, check: checkImageGenerationRequest },
  '/v1/moderations': { operation: MODERATIONS, check: checkModerationRequest },
  '/v1/rerank': { operation: RERANK, check: checkRerankRequest },
  '/v1/audio/speech': { operation: SPEECH, check: checkSpeechRequest },
} satisfies Record<string, JsonEndpoint>;

export type JsonPath = keyof typeof ENDPOINTS;

/** The endpoints whose requests are JSON, by where they are. */
export const JSON_ENDPOINTS: Readonly<Record<JsonPath, JsonEndpoint>> = ENDPOINTS;

export const JSON_PATHS: readonly string[] = Object.keys(ENDPOINTS);
