/** What a model of Anthropic's takes, by its name: it refuses with a 400 what it does not take, wherever it is served. */
export interface ModelTraits {
  /** The `max_tokens` of a request that names none. */
  readonly defaultMaxTokens: number;
  /**
   * `budget`: only `thinking: {type: 'enabled', budget_tokens}`; `adaptive`: `thinking: {type: 'adaptive'}` steered by
   * `output_config.effort`; `none`: no thinking.
   */
  readonly thinking: 'none' | 'budget' | 'adaptive';
  /** How thinking that nobody asked for is switched off; `off` where it is off unasked, `never` where it cannot be. */
  readonly thinkingSwitch: 'off' | 'disable' | 'never';
  /** The highest steps of `output_config.effort` that the model knows. */
  readonly efforts: ReadonlySet<string>;
  /** Whether it returns its thinking only when asked to. */
  readonly hidesThinking: boolean;
  /** Which of `temperature` and `top_p` may be set: both, either, or neither (and no `top_k`). */
  readonly sampling: 'both' | 'either' | 'neither';
}

const EFFORTS = ['low', 'medium', 'high'];

/** Claude 3.5 and older. */
const WITHOUT_THINKING: ModelTraits = {
  defaultMaxTokens: 4_096,
  thinking: 'none',
  thinkingSwitch: 'off',
  efforts: new Set(),
  hidesThinking: false,
  sampling: 'both',
};

/**
 * Claude 3.7, 4 and 4.1. Their limit is higher, but they refuse a request whose prompt and `max_tokens` together exceed
 * the context window, which later models do not.
 */
const WITH_BUDGET: ModelTraits = { ...WITHOUT_THINKING, defaultMaxTokens: 16_000, thinking: 'budget' };

/** Claude 4.5. */
const FOUR_FIVE: ModelTraits = { ...WITH_BUDGET, defaultMaxTokens: 64_000, sampling: 'either' };

/** Claude 4.6. */
const FOUR_SIX: ModelTraits = {
  ...FOUR_FIVE,
  defaultMaxTokens: 128_000,
  thinking: 'adaptive',
  efforts: new Set([...EFFORTS, 'max']),
};

/** Claude 4.7 and 4.8. */
const FOUR_SEVEN: ModelTraits = {
  ...FOUR_SIX,
  efforts: new Set([...EFFORTS, 'xhigh', 'max']),
  hidesThinking: true,
  sampling: 'neither',
};

/** Claude 5 thinks unasked. */
const FIVE: ModelTraits = { ...FOUR_SEVEN, thinkingSwitch: 'disable' };

/** Fable, Mythos, Opus and Sonnet 5.5, and names of Claude nobody here knows: those will be newer ones. */
const ALWAYS_THINKING: ModelTraits = { ...FIVE, thinkingSwitch: 'never' };

/** Models of others behind a Messages API: what most of them take. */
const NOT_CLAUDE: ModelTraits = { ...WITH_BUDGET, defaultMaxTokens: 8_192 };

/**
 * @param model the name at the provider; those of Bedrock, Vertex and the like (`eu.anthropic.claude-opus-4-6-v1`,
 * `claude-opus-4-5@20251101`) are understood too.
 * @see https://platform.claude.com/docs/en/about-claude/models/overview
 * @see https://platform.claude.com/docs/en/build-with-claude/effort
 * @see https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
 */
export function modelTraits(model: string): ModelTraits {
  const at = model.indexOf('claude');
  if (at < 0) return NOT_CLAUDE;
  const name = model.slice(at);
  // `claude-3-5-sonnet-20241022`, then `claude-sonnet-4-5-20250929`: a minor version has one or two digits, a date eight.
  const older = /^claude-(?:instant|v?[12]\b|3(?:[-.](\d)\b)?)/.exec(name);
  if (older !== null) return older[1] === '7' ? WITH_BUDGET : WITHOUT_THINKING;
  const current = /^claude-([a-z]+)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(name);
  if (current === null) return ALWAYS_THINKING;
  const [, family, major, minor = '0'] = current;
  const version = Number(major) * 100 + Number(minor);
  if (version <= 400) return WITH_BUDGET;
  if (version < 405) return { ...WITH_BUDGET, sampling: 'either' };
  if (version < 406) return FOUR_FIVE;
  if (version < 407) return FOUR_SIX;
  if (version < 500) return FOUR_SEVEN;
  const switchable = family === 'haiku' || ((family === 'opus' || family === 'sonnet') && version < 505);
  return switchable ? FIVE : ALWAYS_THINKING;
}
