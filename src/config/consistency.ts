import { type GatewayOptions } from '../gateway.options.js';
import { type GuardrailOptions } from '../guardrail.options.js';
import { type KeyOptions } from '../key.options.js';
import { type PriceOptions } from '../price.options.js';
import { type ModelOptions, type ProviderOptions } from '../provider.options.js';
import { checkGuardrails } from './guardrail-checks.js';
import { type DefaultRateLimitOptions } from '../rate-limit.options.js';
import { nearestName } from './nearest-name.js';
import { checkBudgets } from './budget-checks.js';
import { checkPrice } from './price-checks.js';
import { checkModelLimits } from './rate-limit-checks.js';
import { quoted, type SettingPath, type SettingProblem } from './setting-path.js';
import { hasControlCharacter, isModelName } from './setting.validators.js';

/** Options whose values have the right types but may be missing. */
export interface ReadOptions extends Omit<GatewayOptions, 'providers' | 'keys' | 'prices' | 'guardrails'> {
  providers?: (Partial<Omit<ProviderOptions, 'models'>> & { models?: Partial<ModelOptions>[] })[];
  keys?: Partial<KeyOptions>[];
  prices?: Partial<PriceOptions>[];
  guardrails?: Partial<GuardrailOptions>[];
}

type ReadProvider = NonNullable<ReadOptions['providers']>[number];

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// RFC 9112 gives these to whoever writes the message; set by hand they change where it ends, or where it goes.
const FRAMING_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Checks what settings mean to one another, and the entries of the maps. */
export function checkConsistency(options: ReadOptions): SettingProblem[] {
  const { providers = [], keys = [], aliases = {}, prices = [], guardrails = [], budgets = [] } = options;
  const providerNames = providers.length === 0 ? ['simulator'] : providers.flatMap(({ name }) => name ?? []);
  const names = new KnownNames(providers, aliases);
  return [
    ...repeated(
      providers.map(({ name }, index) => [name, ['providers', index, 'name']]),
      'provider',
    ),
    ...providers.flatMap((provider, index) => checkProvider(provider, ['providers', index])),
    ...Object.entries(aliases).flatMap(([alias, model]) => checkAlias(alias, model, names)),
    ...repeated(
      keys.map(({ name }, index) => [name, ['keys', index, 'name']]),
      'key',
    ),
    ...repeatedSecrets(keys),
    ...keys.flatMap((key, index) => checkKeyModels(key, ['keys', index, 'models'], names)),
    ...checkLimits(options.rateLimits, ['rateLimits'], names),
    ...keys.flatMap((key, index) => checkLimits(key.rateLimits, ['keys', index, 'rateLimits'], names)),
    ...prices.flatMap((price, index) => checkPrice(price, ['prices', index], providerNames)),
    ...repeated(
      guardrails.map(({ name }, index) => [name, ['guardrails', index, 'name']]),
      'guardrail',
    ),
    ...checkGuardrails(guardrails, keys),
    ...guardrails.flatMap(({ model }, index) =>
      model === undefined || names.isAlias(model) || names.isModel(model)
        ? []
        : [unknownModel(['guardrails', index, 'model'], model, names.models)],
    ),
    ...checkBudgets(budgets, keys),
    ...checkAuth(options),
    ...checkCache(options),
    ...checkAudit(options),
  ];
}

/** What a request may ask for. */
class KnownNames {
  readonly models: ReadonlySet<string>;
  /** `<provider>/<model>` names one deployment. */
  private readonly addresses: ReadonlySet<string>;
  /** Some provider tells its models only when it is asked. */
  readonly isOpen: boolean;

  constructor(
    providers: readonly ReadProvider[],
    readonly aliases: Readonly<Record<string, string>>,
  ) {
    const named = providers.flatMap(({ name, models = [] }) => models.map((model) => ({ name, model: model.name })));
    this.models = new Set(named.flatMap(({ model }) => model ?? []));
    this.addresses = new Set(named.map(({ name, model }) => `${name}/${model}`));
    this.isOpen = providers.length === 0 || providers.some(({ models }) => models === undefined);
  }

  isAlias(name: string): boolean {
    return Object.hasOwn(this.aliases, name);
  }

  isModel(name: string): boolean {
    return this.isOpen || this.models.has(name) || this.addresses.has(name);
  }
}

function checkProvider(provider: ReadProvider, path: SettingPath): SettingProblem[] {
  const { models = [], headers = {}, apiKey, apiKeys } = provider;
  return [
    ...(apiKey === undefined || apiKeys === undefined
      ? []
      : [{ path: [...path, 'apiKeys'], problem: 'stands beside apiKey', remedy: 'put all keys into apiKeys' }]),
    ...repeated(
      models.map(({ name }, index) => [name, [...path, 'models', index, 'name']]),
      'model of this provider',
    ),
    ...checkHeaders(headers, [...path, 'headers']),
  ];
}

function checkHeaders(headers: Readonly<Record<string, string>>, path: SettingPath): SettingProblem[] {
  const entries = Object.entries(headers);
  const inLowerCase = repeated(
    entries.map(([name]) => [name.toLowerCase(), [...path, name]]),
    'header',
  );
  const single = entries.flatMap(([name, value]): SettingProblem[] => {
    const entryPath = [...path, name];
    if (!HEADER_NAME.test(name)) {
      return [{ path: entryPath, problem: 'is not the name of a header', remedy: 'use letters, digits and "-"' }];
    }
    if (FRAMING_HEADERS.has(name.toLowerCase())) {
      return [{ path: entryPath, problem: 'is a header that the gateway sets by itself', remedy: 'take it out' }];
    }
    if (hasControlCharacter(value.replaceAll('\t', ' ')) || /[^\0-\u00ff]/.test(value)) {
      const remedy = 'look for line breaks and letters beyond Latin-1';
      return [{ path: entryPath, problem: 'holds characters that no header may have', remedy }];
    }
    return [];
  });
  return [...single, ...inLowerCase];
}

function checkAlias(alias: string, model: string, names: KnownNames): SettingProblem[] {
  const path: SettingPath = ['aliases', alias];
  if (!isModelName(alias)) {
    const remedy = 'use 1 to 256 characters without spaces around them or control characters among them';
    return [{ path, problem: 'is not a usable name', remedy }];
  }
  if (names.models.has(alias)) {
    const remedy = 'rename the alias, or take it out';
    return [{ path, problem: 'has the name of a model, which could not be asked for any more', remedy }];
  }
  if (!isModelName(model)) {
    return [{ path, problem: 'names no model', remedy: `write the name of a model, such as fast: gpt-4o-mini` }];
  }
  if (names.isAlias(model)) {
    const behind = names.aliases[model];
    const remedy = `name the model itself${behind === undefined || behind === model ? '' : `: ${quoted(behind)}`}`;
    return [{ path, problem: `names the alias ${quoted(model)}, and aliases are not followed twice`, remedy }];
  }
  return names.isModel(model) ? [] : [unknownModel(path, model, names.models)];
}

function checkLimits(
  limits: DefaultRateLimitOptions | undefined,
  path: SettingPath,
  names: KnownNames,
): SettingProblem[] {
  return checkModelLimits(
    limits?.models ?? [],
    path,
    (name) => names.isAlias(name),
    (at, model) => (names.isOpen || names.models.has(model) ? undefined : unknownModel(at, model, names.models)),
  );
}

function checkKeyModels({ models = [] }: Partial<KeyOptions>, path: SettingPath, names: KnownNames): SettingProblem[] {
  return models.flatMap((model, index) => {
    const isKnown = model === '*' || names.isAlias(model) || names.isModel(model);
    if (isKnown && isModelName(model)) return [];
    return [unknownModel([...path, index], model, [...names.models, ...Object.keys(names.aliases)])];
  });
}

function unknownModel(path: SettingPath, model: string, known: Iterable<string>): SettingProblem {
  const meant = nearestName(model, known);
  const remedy = meant === undefined ? 'add the model to the models of a provider' : `did you mean ${quoted(meant)}?`;
  return { path, problem: `names ${quoted(model)}, which no provider has among its models`, remedy };
}

function repeated(names: readonly (readonly [string | undefined, SettingPath])[], what: string): SettingProblem[] {
  const seen = new Set<string>();
  return names.flatMap(([name, path]) => {
    if (name === undefined || !seen.has(name)) {
      if (name !== undefined) seen.add(name);
      return [];
    }
    return [
      { path, problem: `is taken: another ${what} is called ${quoted(name)} already`, remedy: 'rename one of them' },
    ];
  });
}

function repeatedSecrets(keys: readonly Partial<KeyOptions>[]): SettingProblem[] {
  const first = new Map<string, number>();
  return keys.flatMap(({ secret }, index) => {
    if (secret === undefined) return [];
    const earlier = first.get(secret);
    if (earlier === undefined) {
      first.set(secret, index);
      return [];
    }
    const owner = keys[earlier]?.name;
    const problem = `is the secret of keys[${earlier}]${owner === undefined ? '' : ` (${quoted(owner)})`} too`;
    return [{ path: ['keys', index, 'secret'], problem, remedy: 'give each key a secret of its own' }];
  });
}

function checkAuth({ auth, keys = [] }: ReadOptions): SettingProblem[] {
  if (auth !== 'disabled') return [];
  return keys.slice(0, 1).map((_, index) => ({
    path: ['keys', index],
    problem: 'would protect nothing, because auth is disabled',
    remedy: 'take the keys out, or set auth: required',
  }));
}

function checkAudit({ audit }: ReadOptions): SettingProblem[] {
  if (audit?.sink === 'file' && audit.file === undefined) {
    const remedy = 'add it, such as file: /var/log/nestgate/audit.jsonl';
    return [{ path: ['audit', 'file'], problem: 'is missing, and the sink is a file', remedy }];
  }
  if (audit?.file !== undefined && audit.sink !== 'file') {
    return [{ path: ['audit', 'file'], problem: 'has no effect', remedy: 'set sink: file, or take it out' }];
  }
  return [];
}

function checkCache({ cache, keys = [], redis }: ReadOptions): SettingProblem[] {
  if (cache === undefined) {
    return keys.flatMap((key, index) =>
      key.cache === undefined
        ? []
        : [
            {
              path: ['keys', index, 'cache'],
              problem: 'has no effect, because the gateway has no cache',
              remedy: 'add the setting cache, with enabled: false if this key alone shall have one',
            },
          ],
    );
  }
  const { maxEntryBytes, maxBytes, store } = cache;
  if (store === 'redis' && redis === undefined) {
    const remedy = 'add the setting redis, or set REDIS_URL for the server';
    return [{ path: ['cache', 'store'], problem: 'is redis, and there is none', remedy }];
  }
  if (maxEntryBytes === undefined || maxBytes === undefined || maxEntryBytes <= maxBytes) return [];
  const remedy = 'make it smaller, or maxBytes larger';
  return [{ path: ['cache', 'maxEntryBytes'], problem: 'is more than cache.maxBytes', remedy }];
}
