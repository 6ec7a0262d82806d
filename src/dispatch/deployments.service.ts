import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { factsOf, type ModelFacts } from '../catalogue/model-facts.js';
import { type ModelOptions, type ProviderOptions } from '../provider.options.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { type Provider } from '../providers/provider-adapter.interface.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Cancellation } from '../upstream/cancellation.js';
import { VIA_HEADER } from '../upstream/via-header.js';
import { type Bulkhead } from './bulkhead.js';
import { type Deployment } from './deployment.js';
import { keyTrouble } from './failures.js';
import { LoopGuard } from './loop-guard.js';
import { ModelRouter } from './model-router.js';
import { ProviderAccount } from './provider-account.js';

const DISCOVERY_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;

interface ConnectedProvider {
  readonly options: ProviderOptions;
  readonly provider: Provider;
  readonly account: ProviderAccount;
  /** `undefined` while a provider that was given none has not told its own. */
  models: readonly ModelOptions[] | undefined;
}

/**
 * Makes deployments of the configured providers and models. A provider that was given no models is asked for its list;
 * one that does not answer is asked again later and stops nobody's start: until then its models can be asked for as
 * `<provider>/<model>`.
 */
@Injectable()
export class DeploymentsService implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DeploymentsService.name);
  private readonly stopped = new Cancellation();
  private connected: ConnectedProvider[] = [];

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly registry: ProviderRegistry,
    private readonly router: ModelRouter,
    private readonly loops: LoopGuard,
  ) {}

  /** @throws ConfigurationError */
  onModuleInit(): void {
    this.connected = this.settings.providers.map((options) => {
      const providers = this.connect(options);
      return {
        options,
        provider: providers[0],
        account: new ProviderAccount(providers, options),
        models: options.models,
      };
    });
    this.publish();
  }

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all(this.connected.filter(({ models }) => models === undefined).map((one) => this.discover(one)));
  }

  onApplicationShutdown(): void {
    this.stopped.cancel(new Error('The application is shutting down'));
  }

  /** What the providers have taken on at the moment. */
  accounts(): { readonly provider: string; readonly bulkhead: Pick<Bulkhead, 'inFlight' | 'waitingCount'> }[] {
    return this.connected.map(({ options, account }) => ({ provider: options.name, bulkhead: account.bulkhead }));
  }

  /** @returns the provider as it is behind each of its keys. */
  private connect({ apiKeys = [], ...options }: ProviderOptions): readonly [Provider, ...Provider[]] {
    const { models: _models, weight: _weight, maxRetries: _maxRetries, timeout: _timeout, ...others } = options;
    const { maxConcurrency: _maxConcurrency, maxWait: _maxWait, allowPrivateNetwork, ...connection } = others;
    const { connectTimeout = 3_000, idleTimeout = 60_000 } = connection;
    const settings = {
      ...connection,
      connectTimeout,
      idleTimeout,
      // Who writes the configuration is an operator.
      egress: allowPrivateNetwork === true ? ('private' as const) : ('operator' as const),
      headers: { ...connection.headers, [VIA_HEADER]: this.loops.mark },
    };
    const behind = (apiKey: string): Provider => this.registry.connect({ ...settings, apiKey, apiKeys });
    const [first, ...rest] = apiKeys;
    return first === undefined ? [this.registry.connect(settings)] : [behind(first), ...rest.map(behind)];
  }

  private publish(): void {
    const models = new Map<string, Deployment[]>();
    const open = new Map<string, (model: string) => Deployment>();
    for (const one of this.connected) {
      const deployed = (model: ModelOptions): Deployment => toDeployment(one, model);
      if (one.options.models === undefined)
        open.set(one.options.name, (name) => Object.assign(deployed({ name }), { isUnlisted: true as const }));
      for (const model of one.models ?? []) {
        const deployments = models.get(model.name) ?? [];
        models.set(model.name, [...deployments, deployed(model)]);
      }
    }
    this.router.replace({ models, aliases: this.settings.aliases, open });
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
      one.models = names.map((model) => ({ name: model }));
      this.publish();
      this.logger.log(`Provider ${name} offers ${names.length === 1 ? '1 model' : `${names.length} models`}`);
    } catch (error) {
      if (this.stopped.cancelled) return;
      this.logger.warn(
        `Provider ${name} does not tell its models, asking again in ${retryAfter / 1000} s: ${String(error)}`,
      );
      const retry = setTimeout(() => {
        forget();
        void this.discover(one, Math.min(retryAfter * 2, MAX_RETRY_MS));
      }, retryAfter);
      const forget = this.stopped.onCancel(() => clearTimeout(retry));
    } finally {
      clearTimeout(timer);
      unlink();
    }
  }
}

/** Asks with the next key where the provider does not take one. */
async function modelNames({ keys }: ProviderAccount, cancellation: Cancellation): Promise<string[]> {
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

function toDeployment({ options, provider, account }: ConnectedProvider, model: ModelOptions): Deployment {
  const upstreamModel = model.upstreamModel ?? model.name;
  let facts: ModelFacts | undefined;
  return {
    // The simulator's model already bears its provider's name.
    id: model.name.startsWith(`${options.name}/`) ? model.name : `${options.name}/${model.name}`,
    provider,
    account,
    providerName: options.name,
    model: model.name,
    upstreamModel,
    weight: options.weight ?? 1,
    maxRetries: options.maxRetries ?? 2,
    timeout: options.timeout ?? 30_000,
    // Looked up when they are first asked for: a deployment that was addressed by its name is made for one request.
    get facts() {
      facts ??= { ...factsOf(options.kind, upstreamModel), ...model.facts };
      return facts;
    },
  };
}
