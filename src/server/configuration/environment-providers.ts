import { type ProviderOptions } from '../../provider.options.js';
import { OPENAI_PRESETS, type OpenAiPreset } from '../../providers/openai/openai.presets.js';
import { valueOf, type Environment } from './expand-variables.js';

interface ProviderVariables {
  readonly kind: string;
  readonly apiKey: string;
  /** Read where that one is not set. */
  readonly otherApiKey?: string;
  readonly baseUrl?: string;
  readonly apiVersion?: string;
  /** Nobody but the operator knows where it is: a key alone makes no provider. */
  readonly needsBaseUrl?: true;
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
  { kind: 'gemini', apiKey: 'GEMINI_API_KEY', otherApiKey: 'GOOGLE_API_KEY' },
  {
    kind: 'azure-openai',
    apiKey: 'AZURE_OPENAI_API_KEY',
    baseUrl: 'AZURE_OPENAI_ENDPOINT',
    apiVersion: 'OPENAI_API_VERSION',
    needsBaseUrl: true,
  },
  { kind: 'cohere', apiKey: 'CO_API_KEY' },
  ...PRESETS.flatMap(([kind, { apiKeyVariable }]) =>
    apiKeyVariable === undefined || kind === 'openai' ? [] : [{ kind, apiKey: apiKeyVariable }],
  ),
];

/** A provider for each key in the environment, named after its kind. A variable of no text counts as not set. */
export function environmentProviders(environment: Environment): EnvironmentProvider[] {
  const read = (variable: string | undefined): string | undefined =>
    (variable === undefined ? undefined : valueOf(environment, variable)) || undefined;
  const ofKeys = PROVIDER_VARIABLES.flatMap(({ kind, needsBaseUrl, ...variables }) => {
    const apiKeyVariable = [variables.apiKey, variables.otherApiKey].find((name) => read(name) !== undefined);
    const apiKey = read(apiKeyVariable);
    const baseUrl = read(variables.baseUrl);
    const apiVersion = read(variables.apiVersion);
    if (apiKeyVariable === undefined || apiKey === undefined) return [];
    if (needsBaseUrl && baseUrl === undefined) return [];
    const options: ProviderOptions = {
      name: kind,
      kind,
      apiKey,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiVersion === undefined ? {} : { apiVersion }),
    };
    const ofBaseUrl = baseUrl === undefined ? {} : { baseUrlVariable: variables.baseUrl };
    return [{ options, apiKeyVariable, ...ofBaseUrl }];
  });
  return [...ofKeys, ...bedrockProvider(read), ...vertexProvider(read)];
}

/**
 * AWS's variables serve all of AWS, and none of them alone makes a provider: it takes a region, and a key of Bedrock's
 * own or a pair of access keys. Roles, profiles and the like make none: who wants those writes a file.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 */
function bedrockProvider(read: (variable: string) => string | undefined): EnvironmentProvider[] {
  const region = read('AWS_REGION') ?? read('AWS_DEFAULT_REGION');
  if (region === undefined) return [];
  const provider = { name: 'bedrock', kind: 'bedrock', region };
  const apiKey = read('AWS_BEARER_TOKEN_BEDROCK');
  if (apiKey !== undefined) return [{ options: { ...provider, apiKey }, apiKeyVariable: 'AWS_BEARER_TOKEN_BEDROCK' }];
  const accessKeyId = read('AWS_ACCESS_KEY_ID');
  const secretAccessKey = read('AWS_SECRET_ACCESS_KEY');
  const sessionToken = read('AWS_SESSION_TOKEN');
  if (accessKeyId === undefined || secretAccessKey === undefined) return [];
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return [{ options: { ...provider, ...keys }, apiKeyVariable: 'AWS_ACCESS_KEY_ID' }];
}

/**
 * Google Cloud sets the project on many machines of its own: it takes a location too, which nobody sets who does not
 * mean Vertex AI. The credentials are those that Google's libraries find.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/start/quickstart
 */
function vertexProvider(read: (variable: string) => string | undefined): EnvironmentProvider[] {
  const project = read('GOOGLE_CLOUD_PROJECT');
  const region = read('GOOGLE_CLOUD_LOCATION');
  if (project === undefined || region === undefined) return [];
  const options = { name: 'vertex', kind: 'vertex', project, region };
  return [{ options, apiKeyVariable: 'GOOGLE_CLOUD_PROJECT' }];
}
