import { type FamilyName } from './model-families.js';
import { type ModelFacts } from './model-facts.js';

/** A kind of provider, as far as its names of models say which models they are. */
export interface ModelHost {
  /** The list of the catalogue that has its names. */
  readonly list?: string;
  readonly families: readonly HostedFamily[];
  /** It makes text of documents for models that take none. */
  readonly takesDocuments?: true;
}

interface HostedFamily {
  readonly name: FamilyName;
  /** What stands before the model's own name. */
  readonly prefix?: string;
  /** The facts that hold there too; all where it is left out. */
  readonly only?: readonly (keyof ModelFacts)[];
}

/** What is so wherever the model runs. Tools and schemas are the work of whoever runs it. */
const OF_THE_MODEL = ['inputModalities', 'outputModalities', 'reasoning'] as const;

/** Structured outputs reach resellers later than models do. */
const WITHOUT_SCHEMA = [...OF_THE_MODEL, 'maxOutputTokens', 'tools'] as const;

const OPEN_WEIGHTS: readonly HostedFamily[] = [
  { name: 'meta', prefix: 'meta-llama/', only: OF_THE_MODEL },
  { name: 'openaiOpen', prefix: 'openai/', only: OF_THE_MODEL },
];

/**
 * By kind of provider. Kinds that are not here have names of their operator's choosing: the deployments of Azure, and
 * servers of one's own (`openai-compatible`, `vllm`, `llamacpp`, `ollama`), whose windows are settings of theirs too.
 */
export const MODEL_HOSTS: ReadonlyMap<string, ModelHost> = new Map<string, ModelHost>([
  ['openai', { list: 'openai', families: [{ name: 'openai' }] }],
  ['anthropic', { list: 'anthropic', families: [{ name: 'anthropic' }] }],
  ['gemini', { list: 'google', families: [{ name: 'google' }] }],
  [
    'vertex',
    {
      list: 'google',
      families: [
        { name: 'google' },
        { name: 'google', prefix: 'google/' },
        { name: 'anthropic', only: WITHOUT_SCHEMA },
        { name: 'anthropic', prefix: 'anthropic/', only: WITHOUT_SCHEMA },
      ],
    },
  ],
  [
    'bedrock',
    {
      list: 'aws',
      families: [
        { name: 'anthropic', prefix: 'anthropic.', only: WITHOUT_SCHEMA },
        { name: 'amazon', prefix: 'amazon.' },
        { name: 'meta', prefix: 'meta.', only: OF_THE_MODEL },
        { name: 'openaiOpen', prefix: 'openai.', only: OF_THE_MODEL },
      ],
    },
  ],
  [
    'openrouter',
    {
      list: 'openrouter',
      families: [
        { name: 'openai', prefix: 'openai/' },
        { name: 'anthropic', prefix: 'anthropic/', only: WITHOUT_SCHEMA },
        { name: 'google', prefix: 'google/' },
        { name: 'mistral', prefix: 'mistralai/' },
        { name: 'cohere', prefix: 'cohere/' },
        { name: 'xai', prefix: 'x-ai/' },
        { name: 'perplexity', prefix: 'perplexity/' },
        ...OPEN_WEIGHTS,
      ],
      // https://openrouter.ai/docs/features/multimodal/pdfs
      takesDocuments: true,
    },
  ],
  ['mistral', { list: 'mistral', families: [{ name: 'mistral' }] }],
  ['cohere', { list: 'cohere', families: [{ name: 'cohere' }] }],
  ['deepseek', { list: 'deepseek', families: [{ name: 'deepseek' }] }],
  ['xai', { list: 'x-ai', families: [{ name: 'xai' }] }],
  ['zai', { list: 'zai', families: [{ name: 'zai' }] }],
  ['perplexity', { list: 'perplexity', families: [{ name: 'perplexity' }] }],
  ['groq', { list: 'groq', families: [{ name: 'groq' }] }],
  [
    'cerebras',
    {
      list: 'cerebras',
      families: [
        { name: 'meta', only: OF_THE_MODEL },
        { name: 'openaiOpen', only: OF_THE_MODEL },
      ],
    },
  ],
  ['together', { families: OPEN_WEIGHTS }],
  ['huggingface', { families: OPEN_WEIGHTS }],
]);
