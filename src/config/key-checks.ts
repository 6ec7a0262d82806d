import { type GatewaySettings } from '../gateway.settings.js';
import { type KeySettings } from '../key.options.js';
import { checkBudgets } from './budget-checks.js';
import { checkGuardrails } from './guardrail-checks.js';
import { checkModelLimits } from './rate-limit-checks.js';
import { type SettingProblem } from './setting-path.js';

/**
 * What the settings of a stored key mean to one another and to those of the gateway. Models are not looked for: a key may
 * be there before they are.
 */
export function checkKeySettings(
  key: KeySettings,
  { guardrails, aliases }: Pick<GatewaySettings, 'guardrails' | 'aliases'>,
): SettingProblem[] {
  return [
    ...[...checkGuardrails(guardrails, [key]), ...checkBudgets([], [key])].map(({ path, ...problem }) => ({
      ...problem,
      // Without `keys[0]`.
      path: path.slice(2),
    })),
    ...checkModelLimits(
      key.rateLimits?.models ?? [],
      ['rateLimits'],
      (name) => aliases.has(name),
      () => undefined,
    ),
  ];
}
