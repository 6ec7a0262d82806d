import { ConfigurationError } from '../../errors/configuration-error.js';
import { type GuardrailSide } from '../../events/gateway-events.js';
import { type ModelCalls } from '../../events/model-calls.js';
import { type GuardrailOptions } from '../../guardrail.options.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { type Guardrail } from './guardrail.js';
import { ModerationJudge } from './moderation.js';
import { PatternAutomaton } from './pattern-automaton.js';
import { parsePattern, type Pattern, PatternError } from './pattern-syntax.js';
import { personalDataRules } from './personal-data.js';
import { type TextRule, TextRules } from './text-rules.js';
import { WebhookJudge } from './webhook.js';

const TIMEOUT = 5_000;

/** Whom guardrails ask. */
export interface Judges {
  readonly client: UpstreamClient;
  readonly models: ModelCalls;
}

/** @throws ConfigurationError where a pattern cannot be used. */
export function buildGuardrails(options: readonly GuardrailOptions[], judges: Judges): Guardrail[] {
  return options.map((one, index) => build(one, `guardrails[${index}]`, judges));
}

function build(options: GuardrailOptions, path: string, { client, models }: Judges): Guardrail {
  const { name, kind, timeout = TIMEOUT, onFailure = 'refuse' } = options;
  const common = { name, sides: sidesOf(options), isForAll: options.appliesTo !== 'named' };
  switch (kind) {
    case 'pattern':
      return { ...common, action: options.action ?? 'mask', rules: patternRules(options, path) };
    case 'personal-data':
      return {
        ...common,
        action: options.action ?? 'mask',
        rules: new TextRules(personalDataRules(options.personalData)),
      };
    case 'webhook': {
      const { url = '', secret = '' } = options;
      const judge = new WebhookJudge({ name, url, secret, timeout }, client);
      return {
        ...common,
        action: options.action ?? 'refuse',
        onFailure,
        ask: (call, side, texts) => judge.judge(call, side, texts),
      };
    }
    default: {
      const { model = '', threshold, categories } = options;
      const judge = new ModerationJudge(
        { model, threshold, categories: categories && new Set(categories), timeout },
        models,
      );
      return {
        ...common,
        action: options.action ?? 'refuse',
        onFailure,
        ask: (call, _side, texts) => judge.judge(call, texts),
      };
    }
  }
}

function sidesOf({ on = 'both' }: GuardrailOptions): readonly GuardrailSide[] {
  return on === 'both' ? ['request', 'response'] : [on];
}

function patternRules(options: GuardrailOptions, path: string): TextRules {
  const { name, patterns = [], ignoreCase = false, replacement = '[MASKED]' } = options;
  const rules = patterns.map((source, index): TextRule => {
    const pattern = naming(`${path}.patterns[${index}]`, () => checked(parsePattern(source, ignoreCase)));
    return { kind: name, pattern, replacement };
  });
  return naming(`${path}.patterns`, () => new TextRules(rules));
}

/** By itself, so that the one at fault is named. @throws PatternError */
function checked(pattern: Pattern): Pattern {
  const { start } = new PatternAutomaton([pattern.node]);
  if (start.isDead) throw new PatternError('matches nothing', 'have it name at least one character');
  return pattern;
}

function naming<Result>(path: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof PatternError) throw new ConfigurationError(path, error.message, error.remedy);
    throw error;
  }
}
