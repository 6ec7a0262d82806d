import { type ProviderOptions } from '../../gateway.options.js';
import { OPENAI_PRESETS, type OpenAiPreset } from '../../providers/openai/openai.presets.js';
import { valueOf, type Environment } from './expand-variables.js';

interface ProviderVariables {
  readonly kind: string;
  readonly apiKey: string;
  readonly baseUrl?: string;
}

/** A provider found in the environment, with the variables that its settings came from. */
export interface EnvironmentProvider {
  readonly options: ProviderOptions;
  readonly apiKeyVariable: string;
  readonly baseUrlVariable?: string | undefined;
}

const PRESETS: readonly (readonly [kind: string, preset: OpenAiPreset])[] = Object.entries(OPENAI_PRESETS);

/** The variables in which the tools of each kind of provider look for its key. */
const PROVIDER_VARIABLES: readonly ProviderVariables[] = [
  { kind: 'openai', apiKey: 'OPENAI_API_KEY', baseUrl: 'OPENAI_BASE_URL' },
  { kind: 'anthropic', apiKey: 'ANTHROPIC_API_KEY', baseUrl: 'ANTHROPIC_BASE_URL' },
  ...PRESETS.flatMap(([kind, { apiKeyVariable }]) =>
    apiKeyVariable === undefined || kind === 'openai' ? [] : [{ kind, apiKey: apiKeyVariable }],
  ),
];

/** A provider for each key in the environment, named after its kind. A variable of no text counts as not set. */
export function environmentProviders(environment: Environment): EnvironmentProvider[] {
  return PROVIDER_VARIABLES.flatMap(({ kind, apiKey: apiKeyVariable, baseUrl: baseUrlVariable }) => {
    const apiKey = valueOf(environment, apiKeyVariable);
    if (apiKey === undefined || apiKey === '') return [];
    const baseUrl = baseUrlVariable === undefined ? undefined : valueOf(environment, baseUrlVariable);
    const options: ProviderOptions = { name: kind, kind, apiKey };
    if (baseUrl === undefined || baseUrl === '') return [{ options, apiKeyVariable }];
    return [{ options: { ...options, baseUrl }, apiKeyVariable, baseUrlVariable }];
  });
}
