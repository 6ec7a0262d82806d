import { isDeepStrictEqual } from 'node:util';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { factsOf, type ModelFacts } from '../catalogue/model-facts.js';
import { type ModelOptions } from '../provider.options.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type Provider } from '../providers/provider-adapter.interface.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { type RoutedProvider, type RoutingOptions, RoutingSettings } from '../routing.settings.js';
import { Cancellation } from '../upstream/cancellation.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { VIA_HEADER } from '../upstream/via-header.js';
import { type Bulkhead } from './bulkhead.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { type Deployment } from './deployment.js';
import { keyTrouble } from './failures.js';
import { LoopGuard } from './loop-guard.js';
import { ModelRouter } from './model-router.js';
import { ProviderAccount } from './provider-account.js';

const DISCOVERY_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;
const LET_GO_INTERVAL_MS = 15_000;
/** Connections without a call are kept for a minute at most. */
const LOOKS_AFTER_THE_LAST = 5;

/** A provider that can be asked. */
export interface ConnectedProvider {
  readonly options: RoutedProvider;
  readonly provider: Provider;
  readonly account: ProviderAccount;
  /** `undefined` while a provider that was given none has not told its own. */
  models: readonly ModelOptions[] | undefined;
}

/** A routing table that could be, with what it leads to. */
export interface RoutingPlan {
  readonly connected: readonly ConnectedProvider[];
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Makes deployments of the providers and models. A provider that was given no models is asked for its list; one that does
 * not answer is asked again later and stops nobody's start: until then its models can be asked for as `<provider>/<model>`.
 *
 * What is there is replaced whole. Calls that are under way end at the deployments that they have chosen.
 */
@Injectable()
export class DeploymentsService implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DeploymentsService.name);
  private readonly stopped = new Cancellation();
  private plan: RoutingPlan = { connected: [], aliases: new Map() };

  constructor(
    @Inject(RoutingSettings) private readonly settings: RoutingOptions,
    private readonly registry: ProviderRegistry,
    private readonly router: ModelRouter,
    private readonly loops: LoopGuard,
    private readonly circuits: CircuitBreakers,
    private readonly upstream: UpstreamClient,
  ) {}

  /** @throws ConfigurationError */
  onModuleInit(): void {
    this.plan = this.planOf(this.settings);
    this.publish();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.discoverModels(this.plan.connected);
  }

  onApplicationShutdown(): void {
    this.stopped.cancel(new Error('The application is shutting down'));
  }

  /** What the providers have taken on at the moment. */
  accounts(): { readonly provider: string; readonly bulkhead: Pick<Bulkhead, 'inFlight' | 'waitingCount'> }[] {
    return this.plan.connected.map(({ options, account }) => ({ provider: options.name, bulkhead: account.bulkhead }));
  }

  /** The provider of this name, as it is asked at the moment. */
  find(name: string): ConnectedProvider | undefined {
    return this.plan.connected.find(({ options }) => options.name === name);
  }

  /**
   * Makes ready what it takes, without asking anybody anything. What stays as it is is the same as before: what is under
   * way there, and what is known of its keys.
   *
   * @param skip told of a provider that cannot be connected: it is left out. Without it, that is thrown.
   * @throws ConfigurationError
   */
  planOf({ providers, aliases }: RoutingOptions, skip?: (name: string, error: unknown) => void): RoutingPlan {
    const connected: ConnectedProvider[] = [];
    for (const options of providers) {
      try {
        connected.push(this.connectedOf(options));
      } catch (error) {
        if (skip === undefined) throw error;
        skip(options.name, error);
      }
    }
    return { connected, aliases };
  }

  /** Puts it in place of what is there. */
  replace(plan: RoutingPlan): void {
    const before = this.plan.connected;
    this.plan = plan;
    this.publish();
    const gone = before.filter((old) => !plan.connected.some(({ account }) => account === old.account));
    for (const { account } of gone) this.circuits.forget(account);
    if (gone.length > 0) this.letGo(gone.map(({ account }) => account));
    void this.discoverModels(plan.connected.filter((one) => !before.includes(one)));
  }

  private connectedOf(options: RoutedProvider): ConnectedProvider {
    const known = this.find(options.name);
    if (known !== undefined && isDeepStrictEqual(known.options, options)) return known;
    const isSameAccount =
      known !== undefined && isDeepStrictEqual(accountOptions(known.options), accountOptions(options));
    if (isSameAccount) {
      const isOpenStill = options.models === undefined && known.options.models === undefined;
      return { ...known, options, models: isOpenStill ? known.models : options.models };
    }
    const providers = this.connect(options);
    return {
      options,
      provider: providers[0],
      account: new ProviderAccount(providers, options),
      models: options.models,
    };
  }

  /** Connections that nobody uses end by themselves: once all calls there are over, nothing is kept of them. */
  private letGo(accounts: readonly ProviderAccount[], looks = LOOKS_AFTER_THE_LAST): void {
    const isBusy = accounts.some(({ bulkhead }) => bulkhead.inFlight > 0);
    if (!isBusy && looks === 0) return;
    const timer = setTimeout(() => {
      forget();
      this.upstream.closeIdle();
      this.letGo(accounts, isBusy ? LOOKS_AFTER_THE_LAST : looks - 1);
    }, LET_GO_INTERVAL_MS).unref();
    const forget = this.stopped.onCancel(() => clearTimeout(timer));
  }

  /** @returns the provider as it is behind each of its keys. */
  private connect({ apiKeys = [], ...options }: RoutedProvider): readonly [Provider, ...Provider[]] {
    const { models: _models, weight: _weight, maxRetries: _maxRetries, timeout: _timeout, ...others } = options;
    const { maxConcurrency: _maxConcurrency, maxWait: _maxWait, allowPrivateNetwork, egress, ...connection } = others;
    const { connectTimeout = 3_000, idleTimeout = 60_000 } = connection;
    const settings = {
      ...connection,
      connectTimeout,
      idleTimeout,
      // Who writes the configuration is an operator.
      egress: egress ?? (allowPrivateNetwork === true ? ('private' as const) : ('operator' as const)),
      ...(egress === undefined ? {} : { ownCredentialsOnly: true }),
      headers: { ...connection.headers, [VIA_HEADER]: this.loops.mark },
    };
    const behind = (apiKey: string): Provider => this.registry.connect({ ...settings, apiKey, apiKeys });
    const [first, ...rest] = apiKeys;
    return first === undefined ? [this.registry.connect(settings)] : [behind(first), ...rest.map(behind)];
  }

  private publish(): void {
    const models = new Map<string, Deployment[]>();
    const open = new Map<string, (model: string) => Deployment>();
    for (const one of this.plan.connected) {
      const deployed = (model: ModelOptions): Deployment => new ConnectedDeployment(one, model);
      if (one.options.models === undefined)
        open.set(one.options.name, (name) => Object.assign(deployed({ name }), { isUnlisted: true as const }));
      for (const model of one.models ?? []) {
        const deployments = models.get(model.name) ?? [];
        models.set(model.name, [...deployments, deployed(model)]);
      }
    }
    this.router.replace({ models, aliases: this.plan.aliases, open });
  }

  private async discoverModels(connected: readonly ConnectedProvider[]): Promise<void> {
    await Promise.all(connected.filter(({ models }) => models === undefined).map((one) => this.discover(one)));
  }

  private async discover(one: ConnectedProvider, retryAfter = FIRST_RETRY_MS): Promise<void> {
    const { name } = one.options;
    if (one.provider.listModels === undefined) {
      this.logger.warn(`Provider ${name} has no models configured and lists none: ask for them as ${name}/<model>`);
      return;
    }
    const cancellation = new Cancellation();
    const timer = setTimeout(() => cancellation.cancel(new Error('timed out')), DISCOVERY_TIMEOUT_MS);
    const unlink = this.stopped.onCancel(() => cancellation.cancel(this.stopped.reason));
    try {
      const names = await modelNames(one.account, cancellation);
      // Something else may be in its place by now.
      if (this.find(name) !== one) return;
      one.models = names.map((model) => ({ name: model }));
      this.publish();
      this.logger.log(`Provider ${name} offers ${names.length === 1 ? '1 model' : `${names.length} models`}`);
    } catch (error) {
      if (this.stopped.cancelled || this.find(name) !== one) return;
      this.logger.warn(
        `Provider ${name} does not tell its models, asking again in ${retryAfter / 1000} s: ${String(error)}`,
      );
      const retry = setTimeout(() => {
        forget();
        if (this.find(name) === one) void this.discover(one, Math.min(retryAfter * 2, MAX_RETRY_MS));
      }, retryAfter);
      const forget = this.stopped.onCancel(() => clearTimeout(retry));
    } finally {
      clearTimeout(timer);
      unlink();
    }
  }
}

/** Asks with the next key where the provider does not take one. */
export async function modelNames({ keys }: ProviderAccount, cancellation: Cancellation): Promise<string[]> {
  let last: unknown;
  for (const { provider } of keys.slots) {
    try {
      return (await provider.listModels?.(cancellation)) ?? [];
    } catch (error) {
      last = error;
      if (keyTrouble(GatewayError.from(error)) === undefined) break;
    }
  }
  throw last;
}

/** What a change of the other settings leaves as it is. */
function accountOptions(options: RoutedProvider): object {
  const { models: _models, weight: _weight, maxRetries: _maxRetries, timeout: _timeout, ...account } = options;
  const { rateLimits: _rateLimits, ...others } = account;
  return others;
}

class ConnectedDeployment implements Deployment {
  readonly id: string;
  readonly provider: Provider;
  readonly account: ProviderAccount;
  readonly providerName: string;
  readonly model: string;
  readonly upstreamModel: string;
  readonly weight: number;
  readonly maxRetries: number;
  readonly timeout: number;
  private readonly lookUp: () => ModelFacts;
  private known: ModelFacts | undefined;

  constructor({ options, provider, account }: ConnectedProvider, model: ModelOptions) {
    // The simulator's model already bears its provider's name.
    this.id = model.name.startsWith(`${options.name}/`) ? model.name : `${options.name}/${model.name}`;
    this.provider = provider;
    this.account = account;
    this.providerName = options.name;
    this.model = model.name;
    this.upstreamModel = model.upstreamModel ?? model.name;
    this.weight = options.weight ?? 1;
    this.maxRetries = options.maxRetries ?? 2;
    this.timeout = options.timeout ?? 30_000;
    this.lookUp = () => ({ ...factsOf(options.kind, this.upstreamModel), ...model.facts });
  }

  /** Looked up when they are first asked for: a deployment that was addressed by its name is made for one request. */
  get facts(): ModelFacts {
    return (this.known ??= this.lookUp());
  }
}
