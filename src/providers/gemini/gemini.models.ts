/** What a model takes, by its name: the API refuses with a 400 what a model does not take. */
export interface ModelTraits {
  /** `level`: `thinkingLevel`; `budget`: `thinkingBudget`; `none`: no thinking. */
  readonly thinking: 'none' | 'budget' | 'level';
  /** The levels it knows, from the lowest. */
  readonly levels: readonly string[];
  /** The least and the most of `thinkingBudget`; 0 switches it off where `canStopThinking`. */
  readonly budget: readonly [least: number, most: number];
  readonly canStopThinking: boolean;
  /** Whether it takes JSON Schema whole (`parametersJsonSchema`, `responseJsonSchema`), or only OpenAPI's subset. */
  readonly takesJsonSchema: boolean;
  /** Whether calls and their results bear ids. Earlier models match them by name and order. */
  readonly hasCallIds: boolean;
  /** Whether it refuses function calls in the conversation that lack their signature. */
  readonly needsSignatures: boolean;
  /** Whether the Gemini API fetches files from public URLs for it; Vertex AI does for all. */
  readonly fetchesUrls: boolean;
  /** Whether temperature, `top_p`, `top_k` and penalties may be set. Later ones ignore the former and refuse the latter. */
  readonly hasSampling: boolean;
  /** Whether it gives several answers to one request. */
  readonly hasCandidates: boolean;
  /** Whether it takes instructions apart from the conversation. */
  readonly hasSystem: boolean;
}

const LEVELS = ['minimal', 'low', 'medium', 'high'];

/** Gemini 1 and 2.0, and models of other names. */
const EARLY: ModelTraits = {
  thinking: 'none',
  levels: [],
  budget: [0, 0],
  canStopThinking: true,
  takesJsonSchema: false,
  hasCallIds: false,
  needsSignatures: false,
  fetchesUrls: false,
  hasSampling: true,
  hasCandidates: true,
  hasSystem: true,
};

const GEMMA: ModelTraits = { ...EARLY, hasSystem: false };

const TWO_FIVE: ModelTraits = { ...EARLY, thinking: 'budget', takesJsonSchema: true, fetchesUrls: true };
const TWO_FIVE_PRO: ModelTraits = { ...TWO_FIVE, budget: [128, 32_768], canStopThinking: false };
const TWO_FIVE_FLASH: ModelTraits = { ...TWO_FIVE, budget: [1, 24_576] };
const TWO_FIVE_LITE: ModelTraits = { ...TWO_FIVE, budget: [512, 24_576] };
const TWO_FIVE_MEDIA: ModelTraits = { ...TWO_FIVE, thinking: 'none' };

const THREE: ModelTraits = {
  ...TWO_FIVE,
  thinking: 'level',
  levels: LEVELS,
  canStopThinking: false,
  hasCallIds: true,
  needsSignatures: true,
  hasCandidates: false,
};

/** The version of a name without one, such as `gemini-flash-latest`. */
const NEWEST = 308;

/**
 * @param model the name at the provider, with or without what stands before it (`models/`, `publishers/google/models/`).
 * @see https://ai.google.dev/gemini-api/docs/thinking
 * @see https://ai.google.dev/gemini-api/docs/gemini-3
 * @see https://ai.google.dev/gemini-api/docs/generate-content/whats-new-gemini-3.6
 */
export function modelTraits(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf('/') + 1);
  if (/^gemma-?[123]/.test(name)) return GEMMA;
  if (/^(gemma|learnlm|gemini-(exp|pro$|pro-vision|ultra))/.test(name)) return EARLY;
  // Tuned models and endpoints bear names of their own.
  if (!name.startsWith('gemini-')) return TWO_FIVE_FLASH;
  const [, major, minor = '0'] = /^gemini-(?:[a-z-]+-)?(\d)(?:\.(\d+))?(?![\d.])/.exec(name) ?? [];
  const version = major === undefined ? NEWEST : Number(major) * 100 + Number(minor);
  const isLite = name.includes('flash-lite');
  const isFlash = name.includes('flash');
  const speaksOrDraws = /-(tts|image)\b/.test(name);
  if (version < 205) return EARLY;
  if (version < 300) {
    if (speaksOrDraws) return TWO_FIVE_MEDIA;
    if (isLite) return TWO_FIVE_LITE;
    return isFlash ? TWO_FIVE_FLASH : TWO_FIVE_PRO;
  }
  const isPro = !isFlash && name.includes('pro');
  // Gemini 3 Pro knew two levels; Pro models have never known `minimal`, and Flash has left it off with 3.7.
  const levels = isPro && version < 301 ? ['low', 'high'] : LEVELS.slice(isLite || (isFlash && version < 307) ? 0 : 1);
  const hasSampling = version < 305 || (version === 305 && !isLite);
  return { ...THREE, levels, hasSampling };
}
