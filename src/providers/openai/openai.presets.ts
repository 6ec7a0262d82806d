export interface OpenAiPreset {
  /** `undefined` where only the operator knows it. */
  readonly baseUrl?: string;
  /** The environment variable in which its own tools look for the key. */
  readonly apiKeyVariable?: string;
  /** It counts the tokens of a stream without being asked, and refuses or ignores the asking. */
  readonly countsStreamsUnasked?: true;
}

/** Services that speak OpenAI's dialect, by the kind of provider that names them. */
export const OPENAI_PRESETS = {
  openai: { baseUrl: 'https://api.openai.com/v1', apiKeyVariable: 'OPENAI_API_KEY' },
  'openai-compatible': {},
  groq: { baseUrl: 'https://api.groq.com/openai/v1', apiKeyVariable: 'GROQ_API_KEY' },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1', apiKeyVariable: 'DEEPSEEK_API_KEY' },
  xai: { baseUrl: 'https://api.x.ai/v1', apiKeyVariable: 'XAI_API_KEY' },
  mistral: { baseUrl: 'https://api.mistral.ai/v1', apiKeyVariable: 'MISTRAL_API_KEY', countsStreamsUnasked: true },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', apiKeyVariable: 'OPENROUTER_API_KEY' },
  together: { baseUrl: 'https://api.together.xyz/v1', apiKeyVariable: 'TOGETHER_API_KEY' },
  perplexity: {
    baseUrl: 'https://api.perplexity.ai',
    apiKeyVariable: 'PERPLEXITY_API_KEY',
    countsStreamsUnasked: true,
  },
  cerebras: { baseUrl: 'https://api.cerebras.ai/v1', apiKeyVariable: 'CEREBRAS_API_KEY' },
  zai: { baseUrl: 'https://api.z.ai/api/paas/v4', apiKeyVariable: 'ZAI_API_KEY' },
  huggingface: { baseUrl: 'https://router.huggingface.co/v1', apiKeyVariable: 'HF_TOKEN' },
  llamacpp: {},
  vllm: {},
} as const satisfies Record<string, OpenAiPreset>;

export type OpenAiKind = keyof typeof OPENAI_PRESETS;

export const OPENAI_KINDS = Object.keys(OPENAI_PRESETS) as [OpenAiKind, ...OpenAiKind[]];
