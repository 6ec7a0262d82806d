import { loadRecordings, type Recording } from '../support/recordings.js';

/**
 * Which recordings each spec plays, by the name of the selection. In one place, so that `coverage.spec.ts` can show that
 * every recording is played, or stands in the list of those that are not.
 */
export const SELECTIONS = {
  /** `openai-dialect`, `openai-cuts`, `not-carried-over`, `compat/openai-recordings`. */
  'openai-chats': ({ provider, operation, api }) =>
    api === 'chat.completions' &&
    (operation === 'chat' || operation === 'chat-stream') &&
    (OPENAI_PRESET_PROVIDERS.has(provider) || OPENAI_ENDPOINTS.has(provider)),

  /** `openai-operations`, `not-carried-over` */
  'openai-operations': ({ provider, api }) =>
    OPENAI_OPERATIONS.has(api) && (OPENAI_PRESET_PROVIDERS.has(provider) || provider === 'ollama'),

  /** `openai-forms`. Cohere's transcriptions take OpenAI's form. */
  'openai-forms': ({ provider, api }) =>
    (api === 'audio.transcriptions' || api === 'images.edits') &&
    (OPENAI_PRESET_PROVIDERS.has(provider) || provider === 'cohere'),

  /** `anthropic-answers` */
  'anthropic-answers': (recording) => isAnthropicChat(recording) && recording.response.status < 400,

  /** `anthropic-answers` */
  'anthropic-errors': (recording) =>
    (isAnthropicChat(recording) && recording.response.status >= 400) ||
    (recording.provider === 'anthropic' && recording.fidelity === 'reported'),

  /** `bedrock-answers`, `bedrock-pairs` */
  'bedrock-answers': (recording) =>
    isConverse(recording) && recording.response.status < 400 && !isBrokenByBedrock(recording),

  /** `bedrock-answers` */
  'bedrock-broken-streams': (recording) => isConverse(recording) && isBrokenByBedrock(recording),

  /** `bedrock-answers` */
  'bedrock-embeddings': ({ api, operation }) => api === 'bedrock.invoke' && operation === 'embeddings',

  /** `bedrock-answers` */
  'bedrock-errors': (recording) => isConverse(recording) && recording.response.status >= 400,

  /** `azure-openai` */
  'azure-openai': ({ provider, api }) => provider === 'azure' && (api === 'chat.completions' || api === 'embeddings'),

  /** `cohere-answers`, `cohere-pairs` */
  'cohere-answers': (recording) =>
    recording.api === 'cohere.v2.chat' && recording.response.status < 400 && !isBrokenByCohere(recording),

  /** `cohere-answers` */
  'cohere-broken-streams': (recording) => recording.api === 'cohere.v2.chat' && isBrokenByCohere(recording),

  /** `cohere-answers` */
  'cohere-embeddings': ({ api, response }) => api === 'cohere.v2.embed' && response.status < 400,

  /** `cohere-answers` */
  'cohere-errors': ({ provider, response }) => provider === 'cohere' && response.status >= 400,

  /** `gemini-answers` */
  'gemini-answers': (recording) =>
    isGenerateContent(recording) && recording.response.status < 400 && !isBrokenByGoogle(recording),

  /** `gemini-answers` */
  'gemini-broken-streams': (recording) => isGenerateContent(recording) && isBrokenByGoogle(recording),

  /** `gemini-answers` */
  'gemini-errors': (recording) =>
    (isGenerateContent(recording) && recording.response.status >= 400) ||
    (recording.provider === 'gemini' && recording.fidelity === 'reported'),

  /** `gemini-answers` */
  'gemini-embeddings': ({ api }) => api === 'batchEmbedContents' || api === 'predict',

  /** `gemini-answers` */
  'gemini-images': ({ api }) => api === 'predict.imagen',

  /** `ollama-answers`, `ollama-requests` */
  'ollama-chats': ({ api, response }) => api === 'ollama.chat' && response.status < 400,

  /** `ollama-answers` */
  'ollama-completions': ({ api }) => api === 'ollama.generate',

  /** `ollama-answers` */
  'ollama-embeddings': ({ api }) => api === 'ollama.embed',

  /** `ollama-answers` */
  'ollama-errors': ({ api, response }) => api === 'ollama.chat' && response.status >= 400,

  /** `ollama-answers` */
  'ollama-models': ({ provider, api }) => provider === 'ollama' && api === 'models.list',
} satisfies Record<string, (recording: Recording) => boolean>;

export type SelectionName = keyof typeof SELECTIONS;

/** The recordings of one selection, sorted by id. */
export const selected = (name: SelectionName): Recording[] => loadRecordings(SELECTIONS[name]);

/** The kinds of provider of OpenAI's dialect that have a preset and recordings. */
export const OPENAI_PRESET_PROVIDERS: ReadonlySet<string> = new Set([
  'openai',
  'groq',
  'deepseek',
  'xai',
  'mistral',
  'openrouter',
  'together',
  'perplexity',
  'cerebras',
  'zai',
  'huggingface',
  'llamacpp',
]);

/** The others that have an endpoint in OpenAI's dialect beside their own. */
export const OPENAI_ENDPOINTS: ReadonlySet<string> = new Set(['anthropic', 'gemini', 'ollama']);

/** What is asked for in JSON beside chat. */
const OPENAI_OPERATIONS: ReadonlySet<string> = new Set([
  'completions',
  'embeddings',
  'images.generations',
  'audio.speech',
]);

const isAnthropicChat = ({ api, operation, provider }: Recording): boolean =>
  api === 'anthropic.messages' && operation.startsWith('chat') && provider === 'anthropic';

const isConverse = ({ api }: Recording): boolean => api === 'bedrock.converse' || api === 'bedrock.converse-stream';

const isBrokenByBedrock = ({ situations }: Recording): boolean => situations.includes('error-mid-stream');

const isBrokenByCohere = ({ situations }: Recording): boolean => situations.includes('finish-ERROR');

const isGenerateContent = ({ api }: Recording): boolean => api === 'generateContent' || api === 'streamGenerateContent';

/** Streams that end with an error, or without an end. */
const isBrokenByGoogle = ({ id }: Recording): boolean =>
  id.endsWith('--error-mid-stream-bare-json') || id.endsWith('--chat-stream--empty-content');
