import { type Provider } from '../provider-adapter.interface.js';
import { MISTRAL } from './mistral.variant.js';
import { type OpenAiVariant } from './openai.variant.js';

/** What a service of OpenAI's dialect may have beside chat. */
export type OpenAiOperation = Exclude<keyof Provider, 'chat' | 'limits' | 'listModels'>;

export interface OpenAiPreset {
  /** `undefined` where only the operator knows it. */
  readonly baseUrl?: string;
  /** The environment variable in which its own tools look for the key. */
  readonly apiKeyVariable?: string;
  /** It counts the tokens of a stream without being asked, and refuses or ignores the asking. */
  readonly countsStreamsUnasked?: true;
  /** What it has beside chat, in OpenAI's form. Left out: anything, since only the operator knows. */
  readonly offers?: readonly OpenAiOperation[];
  readonly variant?: OpenAiVariant;
}

/** Services that speak OpenAI's dialect, by the kind of provider that names them. */
export const OPENAI_PRESETS = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    apiKeyVariable: 'OPENAI_API_KEY',
    offers: [
      'completions',
      'embeddings',
      'moderations',
      'images',
      'imageEdits',
      'speech',
      'transcriptions',
      'translations',
    ],
  },
  'openai-compatible': {},
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    apiKeyVariable: 'GROQ_API_KEY',
    offers: ['speech', 'transcriptions', 'translations'],
  },
  // Its completions of texts are at another address.
  deepseek: { baseUrl: 'https://api.deepseek.com/v1', apiKeyVariable: 'DEEPSEEK_API_KEY', offers: [] },
  xai: { baseUrl: 'https://api.x.ai/v1', apiKeyVariable: 'XAI_API_KEY', offers: ['completions', 'images'] },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    apiKeyVariable: 'MISTRAL_API_KEY',
    countsStreamsUnasked: true,
    // Its speech comes as JSON.
    offers: ['embeddings', 'moderations', 'transcriptions'],
    variant: MISTRAL,
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    apiKeyVariable: 'OPENROUTER_API_KEY',
    // Its transcriptions take JSON in place of a form.
    offers: ['completions', 'embeddings', 'rerank'],
  },
  together: {
    baseUrl: 'https://api.together.xyz/v1',
    apiKeyVariable: 'TOGETHER_API_KEY',
    offers: ['completions', 'embeddings', 'rerank', 'images', 'speech', 'transcriptions', 'translations'],
  },
  perplexity: {
    baseUrl: 'https://api.perplexity.ai',
    apiKeyVariable: 'PERPLEXITY_API_KEY',
    countsStreamsUnasked: true,
    offers: [],
  },
  cerebras: { baseUrl: 'https://api.cerebras.ai/v1', apiKeyVariable: 'CEREBRAS_API_KEY', offers: ['completions'] },
  zai: {
    baseUrl: 'https://api.z.ai/api/paas/v4',
    apiKeyVariable: 'ZAI_API_KEY',
    offers: ['images', 'transcriptions'],
  },
  huggingface: { baseUrl: 'https://router.huggingface.co/v1', apiKeyVariable: 'HF_TOKEN', offers: [] },
  llamacpp: {},
  vllm: {},
} as const satisfies Record<string, OpenAiPreset>;

export type OpenAiKind = keyof typeof OPENAI_PRESETS;

export const OPENAI_KINDS = Object.keys(OPENAI_PRESETS) as [OpenAiKind, ...OpenAiKind[]];
