import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error.js';
import { type GatewayOptions } from '../gateway.options.js';
import { type ModelOptions, type ProviderOptions } from '../provider.options.js';
import { checkConsistency, type ReadOptions } from './consistency.js';
import { OptionsReader } from './options-reader.js';
import { notWithin } from './read-settings.js';
import { checkSettings } from './setting-checks.js';
import { formatPath, quoted, type SettingPath, type SettingProblem } from './setting-path.js';
import { isName } from './setting.validators.js';

/** Options as people write them: a model may be given by its name alone. */
export type GatewayOptionsInput = Omit<GatewayOptions, 'providers'> & {
  providers?: (Omit<ProviderOptions, 'models'> & { models?: (ModelOptions | string)[] })[];
};

/** Where options came from, so that problems can be told by their place. */
export interface OptionsSource {
  /** Name of the file, as people know it. */
  readonly file?: string | undefined;
  /** The line of a setting in it, from 1. */
  locate?(path: SettingPath): number | undefined;
  /** The environment variable that a setting came from in place of the file. */
  variableOf?(path: SettingPath): string | undefined;
  /** Problems found while the options were read: reported with the others. */
  readonly problems?: readonly SettingProblem[];
}

/**
 * Checks the gateway's options, whoever wrote them, and returns a copy that nothing can change: frozen throughout, with
 * settings of `undefined` left out, base URLs without a trailing slash, header names in lower case, and maps without a
 * prototype.
 * @throws ConfigurationError which holds every problem found. Values of settings are never in it, names and numbers are.
 */
export function validateGatewayOptions(input: unknown, source: OptionsSource = {}): GatewayOptions {
  const { options, problems } = examine(input, source);
  const [first, ...others] = describeAll(problems, options, source);
  if (first !== undefined) throw ConfigurationError.of([first, ...others]);
  return frozen(options) as GatewayOptions;
}

function examine(input: unknown, source: OptionsSource): { options: ReadOptions; problems: SettingProblem[] } {
  const reader = new OptionsReader();
  let options: Record<string, unknown>;
  try {
    options = reader.read(input);
  } catch {
    // A getter or a proxy of the caller's threw: what it said may hold anything.
    throw new ConfigurationError(
      'the configuration',
      'cannot be read',
      'pass a plain object, without getters that throw',
    );
  }
  // What could not be read is not missing, and an empty stand-in for it lacks nothing.
  const known = [...(source.problems ?? [])];
  known.push(...reader.problems.filter(notWithin(known)));
  const further = [...checkSettings(options), ...checkConsistency(options as ReadOptions)];
  return { options: options as ReadOptions, problems: [...known, ...further.filter(notWithin(known))] };
}

function describeAll(
  problems: readonly SettingProblem[],
  options: ReadOptions,
  source: OptionsSource,
): ConfigurationProblem[] {
  const located = problems.map(({ path, problem, remedy, example }) => {
    const variable = source.variableOf?.(path);
    if (variable !== undefined) return { line: Number.MAX_SAFE_INTEGER, told: { path: variable, problem, remedy } };
    const line = nearestLine(path, source);
    const told: ConfigurationProblem = {
      path: formatPath(path) + label(path, options),
      problem,
      remedy: example === undefined ? remedy : `${remedy}, such as ${example}`,
      file: line === undefined || source.file === undefined ? source.file : `${source.file}:${line}`,
    };
    return { line: line ?? Number.MAX_SAFE_INTEGER, told };
  });
  return located.sort((a, b) => a.line - b.line).map(({ told }) => told);
}

/** Of the setting, or where it is missing, of what it belongs to. */
function nearestLine(path: SettingPath, source: OptionsSource): number | undefined {
  for (let end = path.length; end >= 0; end--) {
    const line = source.locate?.(path.slice(0, end));
    if (line !== undefined) return line;
  }
  return undefined;
}

/** People know a provider by its name, not by its index. */
function label([list, index]: SettingPath, options: ReadOptions): string {
  if ((list !== 'providers' && list !== 'keys') || typeof index !== 'number') return '';
  const name = options[list]?.[index]?.name;
  return isName(name) ? ` (${list === 'providers' ? 'provider' : 'key'} ${quoted(name)})` : '';
}

function frozen(options: ReadOptions): object {
  const { providers, aliases } = options;
  return deepFrozen({
    ...options,
    aliases: aliases && withoutPrototype(Object.entries(aliases)),
    providers: providers?.map(({ baseUrl, headers, ...others }) => ({
      ...others,
      baseUrl: baseUrl?.replace(/\/+$/, ''),
      headers:
        headers && withoutPrototype(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()])),
    })),
  });
}

function withoutPrototype(entries: Iterable<readonly [string, string]>): object {
  const map: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of entries) map[name] = value;
  return map;
}

function deepFrozen<Value extends object>(value: Value): Value {
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    if (member === undefined) Reflect.deleteProperty(value, name);
    else if (typeof member === 'object' && member !== null) deepFrozen(member);
  }
  return Object.freeze(value);
}
