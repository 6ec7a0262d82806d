import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { type SettingPath } from '../../config/setting-path.js';
import { validateGatewayOptions, type OptionsSource } from '../../config/validate-options.js';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/configuration-error.js';
import { type GatewayOptions } from '../../gateway.options.js';
import { type ProviderOptions } from '../../provider.options.js';
import { readConfigurationFile, type ConfigurationFile } from './configuration-file.js';
import { environmentProviders, type EnvironmentProvider } from './environment-providers.js';
import { readEnvironmentSettings, type EnvironmentSettings } from './environment-settings.js';
import { valueOf, type Environment } from './expand-variables.js';

const FILE_NAME = 'nestgate.yaml';
const SIMILAR_FILE_NAME = 'nestgate.yml';
const ENVIRONMENT_KEY_NAME = 'default';
const SIMULATOR: ProviderOptions = { name: 'simulator', kind: 'simulator' };

/** All that the standalone server needs to know before it starts. Holds secrets: not for logs. */
export interface ServerConfiguration extends Omit<EnvironmentSettings, 'host'> {
  readonly gateway: GatewayOptions;
  /** All interfaces unless chosen; loopback unless chosen where everybody is let in. */
  readonly host: string;
  /** As people call it: relative to the working directory where it lies in there. */
  readonly configFile: string | undefined;
  /** One for each provider, in their order. */
  readonly origins: readonly ProviderOrigin[];
}

/** Where a provider came from, for the message at the start. */
export interface ProviderOrigin {
  readonly provider: string;
  readonly kind: string;
  /** `nestgate.yaml:3`, the name of an environment variable, or `built in`. */
  readonly origin: string;
}

interface LoadedFile extends ConfigurationFile {
  readonly name: string;
}

/**
 * Reads the configuration file and the environment.
 * @throws ConfigurationError which holds every problem found in both.
 */
export function loadServerConfiguration(environment: Environment, directory: string): ServerConfiguration {
  const problems: ConfigurationProblem[] = [];
  const loaded = attempt(problems, () => loadGateway(environment, directory));
  const settings = attempt(problems, () => readEnvironmentSettings(environment, directory));
  const [first, ...others] = problems;
  if (first !== undefined) throw ConfigurationError.of([first, ...others]);
  if (
    settings?.adminToken !== undefined &&
    loaded?.gateway.keys?.some(({ secret }) => secret === settings.adminToken)
  ) {
    throw new ConfigurationError(
      'NESTGATE_ADMIN_TOKEN',
      'is the secret of a client key too',
      'set it to another one: clients must not administer',
    );
  }
  if (settings === undefined || loaded === undefined) throw new TypeError('Nothing was loaded, and no problem found');
  const host = settings.host ?? (loaded.gateway.auth === 'disabled' ? '127.0.0.1' : '0.0.0.0');
  return { ...settings, ...loaded, host };
}

function attempt<Result>(problems: ConfigurationProblem[], load: () => Result): Result | undefined {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function loadGateway(
  environment: Environment,
  directory: string,
): Pick<ServerConfiguration, 'gateway' | 'configFile' | 'origins'> {
  const file = loadFile(environment, directory);
  const merged = merge(file?.value ?? {}, environment);
  const source: OptionsSource = {
    file: file?.name,
    locate: (path) => file?.locate(path),
    variableOf: (path) => merged.variables.find(({ covers }) => covers(path))?.name,
    problems: file?.problems ?? [],
  };
  const gateway = validateGatewayOptions(merged.value, source);
  const origins = (gateway.providers ?? []).map(({ name, kind }, index) => {
    const line = file?.locate(['providers', index]);
    const inFile = line === undefined ? undefined : `${file?.name}:${line}`;
    return { provider: name, kind, origin: source.variableOf?.(['providers', index]) ?? inFile ?? 'built in' };
  });
  return { gateway, configFile: file?.name, origins };
}

function loadFile(environment: Environment, directory: string): LoadedFile | undefined {
  const named = valueOf(environment, 'NESTGATE_CONFIG') || undefined;
  const path = resolve(directory, named ?? FILE_NAME);
  if (named === undefined && !existsSync(path)) {
    if (!existsSync(resolve(directory, SIMILAR_FILE_NAME))) return undefined;
    const remedy = `rename it to ${FILE_NAME}, or set NESTGATE_CONFIG=${SIMILAR_FILE_NAME}`;
    throw new ConfigurationError('the file', 'would not be read', remedy, SIMILAR_FILE_NAME);
  }
  const inDirectory = relative(directory, path);
  const name = inDirectory.startsWith('..') || isAbsolute(inDirectory) ? path : inDirectory;
  return { ...readConfigurationFile(path, name, environment), name };
}

interface Variable {
  readonly name: string;
  covers(path: SettingPath): boolean;
}

/** The file's options, and what the environment adds behind them. */
function merge(fileValue: unknown, environment: Environment): { value: unknown; variables: readonly Variable[] } {
  const variables: Variable[] = [];
  // Reported by the validation as it is.
  if (typeof fileValue !== 'object' || fileValue === null || Array.isArray(fileValue))
    return { value: fileValue, variables };
  const value: Record<string, unknown> = { ...fileValue };

  const inFile = listIn(value, 'providers');
  if (inFile !== undefined) {
    const added = environmentProviders(environment).filter(({ options }) => !isDefined(options, inFile));
    variables.push(...added.flatMap((provider, index) => variablesOf(provider, inFile.length + index)));
    const all = [...inFile, ...added.map(({ options }) => options)];
    value.providers = all.length > 0 ? all : [SIMULATOR];
  }

  const keys = listIn(value, 'keys');
  const secret = valueOf(environment, 'NESTGATE_API_KEY');
  if (keys !== undefined && secret !== undefined) {
    value.keys = [...keys, { name: ENVIRONMENT_KEY_NAME, secret }];
    variables.push({ name: 'NESTGATE_API_KEY', covers: ([list, at]) => list === 'keys' && at === keys.length });
  }

  const redisUrl = valueOf(environment, 'REDIS_URL');
  if (redisUrl !== undefined && (value.redis === undefined || value.redis === null)) {
    value.redis = { url: redisUrl };
    variables.push({ name: 'REDIS_URL', covers: ([section]) => section === 'redis' });
  }
  return { value, variables };
}

/** A list that may be left out; `undefined` for anything else. */
function listIn(value: Readonly<Record<string, unknown>>, name: string): readonly unknown[] | undefined {
  const list = Object.hasOwn(value, name) ? value[name] : undefined;
  if (list === undefined || list === null) return [];
  return Array.isArray(list) ? list : undefined;
}

/** Whoever configures a kind of provider, or takes its name, means that and not the environment's. */
function isDefined({ name, kind }: ProviderOptions, inFile: readonly unknown[]): boolean {
  return inFile.some((item) => {
    if (typeof item !== 'object' || item === null) return false;
    return ('kind' in item && item.kind === kind) || ('name' in item && item.name === name);
  });
}

function variablesOf({ apiKeyVariable, baseUrlVariable }: EnvironmentProvider, index: number): Variable[] {
  const isHere = ([list, at]: SettingPath): boolean => list === 'providers' && at === index;
  const ofKey: Variable = { name: apiKeyVariable, covers: isHere };
  if (baseUrlVariable === undefined) return [ofKey];
  return [{ name: baseUrlVariable, covers: (path) => isHere(path) && path[2] === 'baseUrl' }, ofKey];
}
