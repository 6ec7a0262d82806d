import { type Modality, type ModelFacts } from './model-facts.js';

// Kept by hand, from the pages named. A pattern is the start of a model's name, see `matches` in model-facts.ts; of those
// that fit the longest counts. What the pages do not say, or what differs between the models of a family, is left out.
// A `contextWindow` stands here where the package that the catalogue is made from has none, or an old one.

const TEXT: readonly Modality[] = ['text'];
const IMAGES: readonly Modality[] = ['text', 'image'];
const DOCUMENTS: readonly Modality[] = ['text', 'image', 'document'];
const EVERYTHING: readonly Modality[] = ['text', 'image', 'audio', 'video', 'document'];
const SPEECH: readonly Modality[] = ['text', 'audio'];

/** A model that writes text, and does what chat models do but reason. */
const chat = (inputModalities: readonly Modality[], more: ModelFacts = {}): ModelFacts => ({
  inputModalities,
  outputModalities: TEXT,
  tools: true,
  jsonSchema: true,
  reasoning: false,
  ...more,
});

const reasoner = (inputModalities: readonly Modality[], more: ModelFacts = {}): ModelFacts =>
  chat(inputModalities, { reasoning: true, ...more });

/** A model for something else than chat. */
const special = (
  inputModalities: readonly Modality[],
  outputModalities: readonly Modality[],
  more: ModelFacts = {},
) => ({
  inputModalities,
  outputModalities,
  tools: false,
  jsonSchema: false,
  reasoning: false,
  ...more,
});

const embeddings = (inputModalities: readonly Modality[] = TEXT, contextWindow?: number): ModelFacts =>
  special(inputModalities, ['embedding'], contextWindow === undefined ? {} : { contextWindow });

type Family = Readonly<Record<string, ModelFacts>>;

/** @see https://platform.openai.com/docs/models */
const openai: Family = {
  'gpt-3.5-turbo': chat(TEXT, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'gpt-3.5-turbo-instruct': special(TEXT, TEXT, { maxOutputTokens: 4_096 }),
  'gpt-4': chat(TEXT, { jsonSchema: false, maxOutputTokens: 8_192 }),
  'gpt-4-0125-preview': chat(TEXT, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'gpt-4-1106-preview': chat(TEXT, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'gpt-4-turbo': chat(IMAGES, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'gpt-4-turbo-preview': chat(TEXT, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'gpt-4o': chat(DOCUMENTS, { maxOutputTokens: 16_384 }),
  'gpt-4o-2024-05-13': chat(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'gpt-4o-audio': chat(SPEECH, { outputModalities: SPEECH, jsonSchema: false, maxOutputTokens: 16_384 }),
  'gpt-4o-mini-audio': chat(SPEECH, { outputModalities: SPEECH, jsonSchema: false, maxOutputTokens: 16_384 }),
  'gpt-audio': chat(SPEECH, { outputModalities: SPEECH, jsonSchema: false, maxOutputTokens: 16_384 }),
  'gpt-4o-realtime': {},
  'gpt-4o-mini-realtime': {},
  'gpt-4o-search': { outputModalities: TEXT, reasoning: false },
  'gpt-4o-mini-search': { outputModalities: TEXT, reasoning: false },
  'gpt-4o-transcribe': special(SPEECH, TEXT),
  'gpt-4o-mini-transcribe': special(SPEECH, TEXT),
  'gpt-4o-mini-tts': special(TEXT, ['audio']),
  'chatgpt-4o': chat(IMAGES, { tools: false, jsonSchema: false, maxOutputTokens: 16_384 }),
  'gpt-4.1': chat(DOCUMENTS, { maxOutputTokens: 32_768 }),
  'gpt-4.1-mini': chat(DOCUMENTS, { maxOutputTokens: 32_768 }),
  'gpt-4.1-nano': chat(DOCUMENTS, { maxOutputTokens: 32_768 }),
  'gpt-5': reasoner(DOCUMENTS, { maxOutputTokens: 128_000 }),
  'gpt-5.*': reasoner(DOCUMENTS, { maxOutputTokens: 128_000 }),
  'gpt-5-pro': reasoner(DOCUMENTS, { maxOutputTokens: 272_000 }),
  'gpt-5-chat': { contextWindow: 128_000, maxOutputTokens: 16_384, outputModalities: TEXT, reasoning: false },
  'gpt-5.1-chat': { contextWindow: 128_000, maxOutputTokens: 16_384, outputModalities: TEXT, tools: true },
  'gpt-5.2-chat': { contextWindow: 128_000, maxOutputTokens: 16_384, outputModalities: TEXT, tools: true },
  'gpt-5.3-chat': { contextWindow: 128_000, maxOutputTokens: 16_384, outputModalities: TEXT, tools: true },
  'gpt-5-search': { outputModalities: TEXT },
  o1: reasoner(DOCUMENTS, { maxOutputTokens: 100_000 }),
  'o1-mini': reasoner(TEXT, { tools: false, jsonSchema: false, maxOutputTokens: 65_536 }),
  'o1-preview': reasoner(TEXT, { tools: false, jsonSchema: false, maxOutputTokens: 32_768 }),
  o3: reasoner(DOCUMENTS, { maxOutputTokens: 100_000 }),
  'o3-mini': reasoner(TEXT, { maxOutputTokens: 100_000 }),
  'o3-deep-research': { outputModalities: TEXT, reasoning: true, maxOutputTokens: 100_000 },
  'o4-mini': reasoner(DOCUMENTS, { maxOutputTokens: 100_000 }),
  'o4-mini-deep-research': { outputModalities: TEXT, reasoning: true, maxOutputTokens: 100_000 },
  'text-embedding-3-*': embeddings(),
  'text-embedding-ada': embeddings(),
  'whisper-1': special(SPEECH, TEXT),
  'tts-1': special(TEXT, ['audio']),
  'tts-1-hd': special(TEXT, ['audio']),
  'dall-e-2': special(IMAGES, ['image']),
  'dall-e-3': special(TEXT, ['image']),
  'gpt-image-*': special(IMAGES, ['image']),
  'omni-moderation': special(IMAGES, TEXT),
  'text-moderation': special(TEXT, TEXT),
};

/** @see https://openai.com/open-models */
const openaiOpen: Family = { 'gpt-oss*': { inputModalities: TEXT, outputModalities: TEXT, reasoning: true } };

/**
 * @see https://platform.claude.com/docs/en/about-claude/models/overview
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
const anthropic: Family = {
  'claude-2*': special(TEXT, TEXT, { maxOutputTokens: 4_096 }),
  'claude-3': chat(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 4_096 }),
  'claude-3-5': chat(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 8_192 }),
  'claude-3-7': reasoner(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 64_000 }),
  'claude-opus-4': reasoner(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 32_000 }),
  'claude-opus-4-0': reasoner(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 32_000 }),
  'claude-opus-4-1': reasoner(DOCUMENTS, { jsonSchema: undefined, maxOutputTokens: 32_000 }),
  'claude-sonnet-4': reasoner(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 64_000 }),
  'claude-sonnet-4-0': reasoner(DOCUMENTS, { jsonSchema: false, maxOutputTokens: 64_000 }),
  'claude-opus-4-5': reasoner(DOCUMENTS, { maxOutputTokens: 64_000 }),
  'claude-sonnet-4-5': reasoner(DOCUMENTS, { maxOutputTokens: 64_000 }),
  'claude-haiku-4-5': reasoner(DOCUMENTS, { maxOutputTokens: 64_000 }),
  'claude-opus-4-6': reasoner(DOCUMENTS, { maxOutputTokens: 128_000 }),
  'claude-sonnet-4-6': reasoner(DOCUMENTS),
  'claude-opus-4-7': reasoner(DOCUMENTS, { maxOutputTokens: 128_000 }),
  'claude-opus-4-8': reasoner(DOCUMENTS, { maxOutputTokens: 128_000 }),
};

/** @see https://ai.google.dev/gemini-api/docs/models */
const google: Family = {
  'gemini-1.5-pro': chat(EVERYTHING, { maxOutputTokens: 8_192 }),
  'gemini-1.5-flash': chat(EVERYTHING, { maxOutputTokens: 8_192 }),
  'gemini-2.0-flash': chat(EVERYTHING, { maxOutputTokens: 8_192 }),
  'gemini-2.0-flash-lite': chat(EVERYTHING, { maxOutputTokens: 8_192 }),
  'gemini-2.0-flash-thinking': {},
  'gemini-2.0-flash-live': {},
  'gemini-2.0-flash-preview-image-generation': { outputModalities: IMAGES, tools: false, reasoning: false },
  'gemini-2.5-pro': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-2.5-flash': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-2.5-flash-lite': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-2.5-flash-image': {
    inputModalities: IMAGES,
    outputModalities: IMAGES,
    tools: false,
    reasoning: false,
    contextWindow: 65_536,
    maxOutputTokens: 32_768,
  },
  'gemini-2.5-flash-tts': special(TEXT, ['audio'], { contextWindow: 8_192, maxOutputTokens: 16_384 }),
  'gemini-2.5-flash-preview-tts': special(TEXT, ['audio'], { contextWindow: 8_192, maxOutputTokens: 16_384 }),
  'gemini-2.5-flash-lite-preview-tts': special(TEXT, ['audio']),
  'gemini-2.5-pro-tts': special(TEXT, ['audio'], { contextWindow: 8_192, maxOutputTokens: 16_384 }),
  'gemini-2.5-pro-preview-tts': special(TEXT, ['audio'], { contextWindow: 8_192, maxOutputTokens: 16_384 }),
  'gemini-2.5-flash-native-audio': {},
  'gemini-2.5-flash-preview-native-audio': {},
  'gemini-2.5-computer-use': {},
  'gemini-3-pro': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-3-flash': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-3.1-pro': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-3.1-flash-lite': reasoner(EVERYTHING, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }),
  'gemini-3-pro-image': { inputModalities: IMAGES, outputModalities: IMAGES, tools: false, contextWindow: 65_536 },
  'gemini-3.1-flash-image': { outputModalities: IMAGES },
  'gemini-embedding-001': embeddings(TEXT, 2_048),
  'gemini-embedding-2': { outputModalities: ['embedding'] },
  'text-embedding-00*': embeddings(TEXT, 2_048),
  'text-multilingual-embedding': embeddings(TEXT, 2_048),
  'imagen-*': special(TEXT, ['image']),
};

/** @see https://docs.mistral.ai/getting-started/models */
const mistral: Family = {
  'mistral-large': { outputModalities: TEXT, tools: true, jsonSchema: true, reasoning: false },
  'mistral-large-2411': chat(TEXT, { contextWindow: 131_072 }),
  'mistral-large-2407': chat(TEXT, { contextWindow: 131_072 }),
  'mistral-large-2512': chat(IMAGES),
  'mistral-medium': { outputModalities: TEXT, tools: true, jsonSchema: true },
  'mistral-medium-2505': chat(IMAGES, { contextWindow: 131_072 }),
  'mistral-medium-2508': chat(IMAGES, { contextWindow: 131_072 }),
  'mistral-small': { outputModalities: TEXT, tools: true, jsonSchema: true },
  'mistral-small-2409': chat(TEXT, { contextWindow: 32_768 }),
  'mistral-small-2501': chat(TEXT, { contextWindow: 32_768 }),
  'mistral-small-2503': chat(IMAGES, { contextWindow: 131_072 }),
  'mistral-small-2506': chat(IMAGES, { contextWindow: 131_072 }),
  'open-mistral-nemo': chat(TEXT, { contextWindow: 131_072 }),
  'pixtral-*': chat(IMAGES, { contextWindow: 131_072 }),
  'magistral-*': { outputModalities: TEXT, tools: true, reasoning: true },
  codestral: { inputModalities: TEXT, outputModalities: TEXT, tools: true, jsonSchema: true, reasoning: false },
  'codestral-embed': embeddings(TEXT, 8_192),
  'devstral-*': { outputModalities: TEXT, tools: true, jsonSchema: true, reasoning: false },
  'ministral-*': { outputModalities: TEXT, tools: true, jsonSchema: true },
  'voxtral-*': { inputModalities: SPEECH, outputModalities: TEXT, reasoning: false },
  'mistral-embed': embeddings(),
  'mistral-moderation': special(TEXT, TEXT),
};

/** @see https://docs.cohere.com/docs/models */
const cohere: Family = {
  command: special(TEXT, TEXT, { contextWindow: 4_096, maxOutputTokens: 4_096 }),
  'command-light': special(TEXT, TEXT, { contextWindow: 4_096, maxOutputTokens: 4_096 }),
  'command-r': chat(TEXT, { contextWindow: 128_000, maxOutputTokens: 4_096 }),
  'command-r-plus': chat(TEXT, { contextWindow: 128_000, maxOutputTokens: 4_096 }),
  'command-r7b': chat(TEXT, { contextWindow: 128_000, maxOutputTokens: 4_096 }),
  'command-a': chat(TEXT, { contextWindow: 256_000, maxOutputTokens: 8_192 }),
  'command-a-reasoning': reasoner(TEXT, { contextWindow: 256_000, maxOutputTokens: 32_768 }),
  'command-a-vision': chat(IMAGES, { tools: false, contextWindow: 128_000, maxOutputTokens: 8_192 }),
  'command-a-translate': { inputModalities: TEXT, outputModalities: TEXT, reasoning: false, maxOutputTokens: 8_192 },
  'c4ai-aya-expanse': { inputModalities: TEXT, outputModalities: TEXT, tools: false, reasoning: false },
  'c4ai-aya-vision': { inputModalities: IMAGES, outputModalities: TEXT, tools: false, reasoning: false },
  'embed-v4*': embeddings(IMAGES),
  'embed-*': { outputModalities: ['embedding'], contextWindow: 512 },
};

/**
 * Of the two names below the model changes with DeepSeek's newest, and the windows with it.
 * @see https://api-docs.deepseek.com/quick_start/pricing
 */
const deepseek: Family = {
  'deepseek-chat': { inputModalities: TEXT, outputModalities: TEXT, tools: true, jsonSchema: false },
  'deepseek-reasoner': { inputModalities: TEXT, outputModalities: TEXT, jsonSchema: false, reasoning: true },
};

/** @see https://docs.x.ai/docs/models */
const xai: Family = {
  'grok-2': chat(TEXT),
  'grok-2-vision': chat(IMAGES),
  'grok-2-image': special(TEXT, ['image']),
  'grok-3': chat(TEXT),
  'grok-3-fast': chat(TEXT),
  'grok-3-mini': reasoner(TEXT),
  'grok-4': reasoner(IMAGES),
  'grok-4-fast': reasoner(IMAGES),
  'grok-4-fast-non-reasoning': chat(IMAGES),
  'grok-4-1-fast': reasoner(IMAGES),
  'grok-4-1-fast-non-reasoning': chat(IMAGES),
  'grok-code-fast-1': reasoner(TEXT),
};

/** @see https://docs.z.ai/guides/overview/overview */
const zai: Family = {
  'glm-4.5': { inputModalities: TEXT, outputModalities: TEXT, tools: true, reasoning: true, contextWindow: 131_072 },
  'glm-4.5v': { inputModalities: ['text', 'image', 'video'], outputModalities: TEXT, reasoning: true },
  'glm-4.6': { inputModalities: TEXT, outputModalities: TEXT, tools: true, reasoning: true, contextWindow: 204_800 },
};

/** @see https://docs.perplexity.ai/getting-started/models */
const perplexity: Family = {
  sonar: chat(DOCUMENTS, { tools: false }),
  'sonar-pro': chat(DOCUMENTS, { tools: false }),
  'sonar-reasoning': reasoner(DOCUMENTS, { tools: false }),
  'sonar-deep-research': { outputModalities: TEXT, tools: false, reasoning: true },
};

/** @see https://www.llama.com/docs/model-cards-and-prompt-formats */
const meta: Family = {
  'llama-3*': { inputModalities: TEXT, outputModalities: TEXT, reasoning: false },
  'llama3*': { inputModalities: TEXT, outputModalities: TEXT, reasoning: false },
  'meta-llama-3*': { inputModalities: TEXT, outputModalities: TEXT, reasoning: false },
  'llama-3.2-11b*': { inputModalities: IMAGES, outputModalities: TEXT, reasoning: false },
  'llama-3.2-90b*': { inputModalities: IMAGES, outputModalities: TEXT, reasoning: false },
  'llama3-2-11b*': { inputModalities: IMAGES, outputModalities: TEXT, reasoning: false },
  'llama3-2-90b*': { inputModalities: IMAGES, outputModalities: TEXT, reasoning: false },
  // Not everybody who runs it lets images in.
  'llama-4*': { outputModalities: TEXT, reasoning: false },
  'llama4*': { outputModalities: TEXT, reasoning: false },
};

/** @see https://docs.aws.amazon.com/nova/latest/userguide/what-is-nova.html */
const amazon: Family = {
  'nova-micro': { inputModalities: TEXT, outputModalities: TEXT, tools: true, reasoning: false },
  'nova-lite': { inputModalities: ['text', 'image', 'document', 'video'], outputModalities: TEXT, tools: true },
  'nova-pro': { inputModalities: ['text', 'image', 'document', 'video'], outputModalities: TEXT, tools: true },
  'nova-premier': { inputModalities: ['text', 'image', 'document', 'video'], outputModalities: TEXT, tools: true },
  'nova-canvas': special(IMAGES, ['image']),
  'titan-embed-text': embeddings(),
  'titan-embed-image': embeddings(IMAGES),
};

/**
 * @see https://console.groq.com/docs/models
 * @see https://console.groq.com/docs/structured-outputs
 */
const groq: Family = {
  'llama-3.3-70b-versatile': chat(TEXT, { jsonSchema: false, contextWindow: 131_072, maxOutputTokens: 32_768 }),
  'llama-3.1-8b-instant': chat(TEXT, { jsonSchema: false, contextWindow: 131_072, maxOutputTokens: 131_072 }),
  'meta-llama/llama-4-*': chat(IMAGES, { contextWindow: 131_072, maxOutputTokens: 8_192 }),
  'openai/gpt-oss-120b': reasoner(TEXT, { maxOutputTokens: 65_536 }),
  'openai/gpt-oss-20b': reasoner(TEXT, { maxOutputTokens: 65_536 }),
  'whisper-large-v3*': special(SPEECH, TEXT),
};

export const FAMILIES = {
  openai,
  openaiOpen,
  anthropic,
  google,
  mistral,
  cohere,
  deepseek,
  xai,
  zai,
  perplexity,
  meta,
  amazon,
  groq,
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;
