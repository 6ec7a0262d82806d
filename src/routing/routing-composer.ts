import { Inject, Injectable } from '@nestjs/common';
import { checkConsistency } from '../config/consistency.js';
import { formatPath, pathKey, type SettingPath, type SettingProblem } from '../config/setting-path.js';
import { DeploymentsService, type RoutingPlan } from '../dispatch/deployments.service.js';
import { BlockedHostError, ConfigurationError } from '../errors/configuration-error.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { type ModelOptions } from '../provider.options.js';
import { type RoutedProvider, type RoutingOptions } from '../routing.settings.js';
import { openSecrets } from './provider-secrets.js';
import { SecretBox } from './secret-box.js';
import { entriesOf, type EntryOf, type RoutingState } from './stored-routing.js';

/** Routing as it would be, with what is left out of it. */
export interface ComposedRouting {
  readonly options: RoutingOptions;
  readonly plan: RoutingPlan;
  /** Stored providers that cannot be used, and why: for logs. */
  readonly unusable: ReadonlyMap<string, string>;
}

/** Puts together what the configuration says and what is stored. Where both have the same name, the configuration counts. */
@Injectable()
export class RoutingComposer {
  constructor(
    @Inject(GATEWAY_SETTINGS)
    private readonly settings: Pick<GatewaySettings, 'providers' | 'aliases' | 'prices' | 'privateHosts'>,
    private readonly box: SecretBox,
    private readonly deployments: DeploymentsService,
  ) {}

  /** As far as it can be: what does not fit any more since the configuration was changed is left out. */
  compose(state: RoutingState): ComposedRouting {
    const unusable = new Map<string, string>();
    const options = this.optionsOf(state, (name) => unusable.set(name, UNREADABLE));
    const plan = this.deployments.planOf(options, (name, error) => unusable.set(name, String(error)));
    return { options, plan, unusable };
  }

  /**
   * Sees that a change makes nothing worse, by building what would be.
   * @param place what is changed, as in `['providers', 'azure']`.
   * @throws GatewayError `invalid_value` where the fault is in what is changed, `routing_conflict` where it is elsewhere.
   */
  check(before: RoutingState, after: RoutingState, place: SettingPath): void {
    const ignore = (): void => undefined;
    const options = this.optionsOf(after, ignore);
    const known = new Set(problemsOf(this.optionsOf(before, ignore)).map(problemKey));
    const found = problemsOf(options).filter((problem) => !known.has(problemKey(problem)));
    const problem = found.find(({ path }) => isWithin(path, place)) ?? found[0];
    if (problem !== undefined) throw refusal(problem, place);
    this.deployments.planOf(options, (name, error) => {
      if (place[0] === 'providers' && place[1] === name) throw connectionRefusal(name, error);
    });
  }

  private optionsOf(state: RoutingState, unreadable: (name: string) => void): RoutingOptions {
    const { providers, aliases, prices } = this.settings;
    const configured = new Set(providers.map(({ name }) => name));
    const models = modelsByProvider(entriesOf(state, 'deployment'));
    const stored = entriesOf(state, 'provider')
      .filter(({ name }) => !configured.has(name))
      .flatMap((entry) => this.routed(entry, models.get(entry.name) ?? [], unreadable));
    return {
      providers: [...providers.map((provider) => withModels(provider, models.get(provider.name) ?? [])), ...stored],
      aliases: new Map([
        ...entriesOf(state, 'alias').map(({ name, settings }) => [name, settings.model] as const),
        ...aliases,
      ]),
      prices: [...prices, ...state.prices.map(({ settings }) => settings)],
    };
  }

  private routed(
    entry: EntryOf<'provider'>,
    models: ModelOptions[],
    unreadable: (name: string) => void,
  ): RoutedProvider[] {
    const secrets = openSecrets(this.box, entry);
    if (secrets === undefined) {
      unreadable(entry.name);
      return [];
    }
    const { discover, ...settings } = entry.settings;
    const { name } = entry;
    const egress = this.mayBePrivate(settings.baseUrl) ? 'private' : 'strict';
    return [{ ...settings, ...secrets, name, egress, ...(discover === true ? {} : { models }) }];
  }

  private mayBePrivate(baseUrl: string | undefined): boolean {
    if (baseUrl === undefined) return false;
    const { host, hostname } = new URL(baseUrl);
    return this.settings.privateHosts.includes(host) || this.settings.privateHosts.includes(hostname);
  }
}

const UNREADABLE = 'its secrets cannot be read under this master key, nor under one of before';

/** The configuration's own come first: a stored one of the same name is left out. */
function withModels(provider: RoutedProvider, added: readonly ModelOptions[]): RoutedProvider {
  const { models } = provider;
  if (models === undefined || added.length === 0) return provider;
  const names = new Set(models.map(({ name }) => name));
  return { ...provider, models: [...models, ...added.filter(({ name }) => !names.has(name))] };
}

function modelsByProvider(deployments: readonly EntryOf<'deployment'>[]): Map<string, ModelOptions[]> {
  const byProvider = new Map<string, ModelOptions[]>();
  for (const { settings } of deployments) {
    const { provider, model, ...others } = settings;
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), { name: model, ...others }]);
  }
  return byProvider;
}

/** With names in place of indexes, which a change may move. */
function problemsOf({ providers, aliases, prices }: RoutingOptions): SettingProblem[] {
  const options = { providers: [...providers], aliases: Object.fromEntries(aliases), prices: [...prices] };
  return checkConsistency(options).map((problem) => ({ ...problem, path: namedPath(problem.path, providers) }));
}

function namedPath(path: SettingPath, providers: readonly RoutedProvider[]): SettingPath {
  const [section, index, member, inner, ...rest] = path;
  const provider = section === 'providers' ? providers[Number(index)] : undefined;
  if (provider === undefined) return path;
  const model = member === 'models' ? provider.models?.[Number(inner)] : undefined;
  if (model !== undefined) return ['providers', provider.name, 'models', model.name, ...rest];
  return ['providers', provider.name, ...path.slice(2)];
}

/** Of prices the index says nothing. */
function problemKey({ path, problem }: SettingProblem): string {
  return pathKey([...(path[0] === 'prices' ? path.filter((step) => typeof step === 'string') : path), problem]);
}

function isWithin(path: SettingPath, place: SettingPath): boolean {
  return place.every((step, at) => step === path[at]);
}

function refusal({ path, problem, remedy }: SettingProblem, place: SettingPath): GatewayError {
  if (!isWithin(path, place)) {
    return new GatewayError('routing_conflict', { message: `${formatPath(path)} ${problem}: ${remedy}.` });
  }
  const rest = path.slice(place.length);
  // What a deployment serves is called its model.
  const param = rest.length === 0 || (place.length === 4 && rest[0] === 'name') ? 'model' : formatPath(rest);
  return new GatewayError('invalid_value', { message: `${param} ${problem}: ${remedy}.`, param });
}

function connectionRefusal(name: string, error: unknown): unknown {
  if (!(error instanceof ConfigurationError)) return error;
  const { path, problem, remedy } = error;
  const param = path.replace(`providers.${name}.`, '');
  // Without the kind that was given.
  const told = param === 'kind' ? 'names no kind of provider that is known here' : problem;
  const code = error instanceof BlockedHostError ? 'blocked_host' : 'invalid_value';
  return new GatewayError(code, { message: `${param} ${told}: ${remedy}.`, param });
}
