import { modelTraits, type ModelTraits } from '../claude-models.js';

/** What a model takes, by its name. What is said of models behind a name that tells nothing is what most of them take. */
export interface BedrockModel {
  /** Who made it, where the name says so: `anthropic`, `amazon`, `meta`. */
  readonly vendor: string | undefined;
  /** Of Anthropic's models. */
  readonly claude: ModelTraits | undefined;
  /** In which words it is told how much to reason. */
  readonly reasoning: 'claude' | 'nova' | 'flat' | 'nested' | 'none';
  /** Whether it keeps to a schema: of its answer (`outputConfig`) and of its tools (`strict`). */
  readonly keepsSchemas: boolean;
  /** Whether a cache can end after its instructions and messages, and after its tools. */
  readonly caches: 'all' | 'no tools' | 'nothing';
  /** The name it gives `top_k`. */
  readonly topK: 'top_k' | 'k' | 'inferenceConfig.topK' | undefined;
}

/** `us.anthropic.claude-…`, alone or at the end of an ARN. Those of application profiles tell nothing. */
const VENDOR =
  /(?:^|[./])(ai21|amazon|anthropic|cohere|deepseek|google|meta|mistral|moonshot(?:ai)?|openai|qwen|writer)\./;

/** Models of vendors whose later ones do. */
const WITHOUT_SCHEMAS = /^(?:ai21|amazon|cohere|meta|writer)\.|mistral-7b|mixtral|mistral-(?:small|large)-24/;

/**
 * @param id of a model, of an inference profile, or the ARN of either.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function bedrockModel(id: string): BedrockModel {
  const vendor = VENDOR.exec(id)?.[1];
  const name = vendor === undefined ? id : id.slice(id.lastIndexOf(`${vendor}.`));
  const claude = vendor === 'anthropic' ? modelTraits(name) : undefined;
  return {
    vendor,
    claude,
    reasoning: reasoningOf(vendor, name),
    keepsSchemas: claude === undefined ? !WITHOUT_SCHEMAS.test(name) : claude.sampling !== 'both' && isLater(name),
    caches: cachesOf(vendor, name),
    topK: topKOf(vendor, name),
  };
}

function reasoningOf(vendor: string | undefined, name: string): BedrockModel['reasoning'] {
  if (vendor === 'anthropic') return 'claude';
  if (vendor === 'amazon') return name.startsWith('amazon.nova-2-') ? 'nova' : 'none';
  if (vendor === 'openai') return name.startsWith('openai.gpt-oss') ? 'flat' : 'nested';
  return vendor?.startsWith('moonshot') ? 'flat' : 'none';
}

/** Claude 4.1 takes no schemas yet. */
function isLater(name: string): boolean {
  return !/claude-[a-z]+-4-1\b/.test(name);
}

function cachesOf(vendor: string | undefined, name: string): BedrockModel['caches'] {
  if (vendor === undefined) return 'all';
  if (vendor === 'anthropic') return /claude-(?:instant|v\d|3-(?:haiku|sonnet|opus))/.test(name) ? 'nothing' : 'all';
  return name.startsWith('amazon.nova-') ? 'no tools' : 'nothing';
}

function topKOf(vendor: string | undefined, name: string): BedrockModel['topK'] {
  if (vendor === 'anthropic' || vendor === 'mistral') return 'top_k';
  if (vendor === 'cohere') return 'k';
  return name.startsWith('amazon.nova-') ? 'inferenceConfig.topK' : undefined;
}
