import { anthropic } from './doubles/anthropic.js';
import { azureOpenAi } from './doubles/azure-openai.js';
import { bedrock } from './doubles/bedrock.js';
import { cohere } from './doubles/cohere.js';
import { gemini } from './doubles/gemini.js';
import { mistral } from './doubles/mistral.js';
import { ollama } from './doubles/ollama.js';
import { openAi } from './doubles/openai.js';
import { vertex } from './doubles/vertex.js';
import { type ProviderDouble } from './provider-double.js';

/** One for every dialect that the gateway speaks. */
export const DOUBLES: readonly ProviderDouble[] = [
  openAi,
  azureOpenAi,
  mistral,
  anthropic,
  gemini,
  vertex,
  bedrock,
  cohere,
  ollama,
];
