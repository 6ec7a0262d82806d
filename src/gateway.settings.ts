import { type SecretDigests } from './auth/secret-digests.js';
import { type CacheSettings, resolveCache } from './cache.settings.js';
import { type BudgetOptions, type BudgetWebhookOptions } from './budget.options.js';
import { type ExtensionOptions } from './extension.options.js';
import { type GatewayOptions } from './gateway.options.js';
import { type IdempotencySettings, resolveIdempotency } from './idempotency.settings.js';
import { type GuardrailOptions } from './guardrail.options.js';
import { type JournalOptions } from './journal.options.js';
import { type KeyOptions } from './key.options.js';
import { type ObservabilitySettings, resolveObservability } from './observability.settings.js';
import { type OverloadOptions } from './overload.options.js';
import { type PriceOptions } from './price.options.js';
import { type ProviderOptions } from './provider.options.js';
import { type DefaultRateLimitOptions } from './rate-limit.options.js';
import { type RedisOptions } from './redis.options.js';
import { type RetentionOptions } from './retention.options.js';

/** The options with every default filled in: what the gateway's parts read. */
export interface GatewaySettings {
  readonly providers: readonly ProviderOptions[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly privateHosts: readonly string[];
  readonly keys: readonly KeyOptions[];
  readonly extensions: readonly ExtensionOptions[];
  /** `undefined` where there is none. */
  readonly cache: CacheSettings | undefined;
  readonly prices: readonly PriceOptions[];
  readonly idempotency: IdempotencySettings;
  readonly guardrails: readonly GuardrailOptions[];
  readonly budgets: readonly BudgetOptions[];
  readonly budgetHeartbeatInterval: number;
  readonly budgetLostAfter: number;
  readonly budgetWebhooks: readonly BudgetWebhookOptions[];
  /** `undefined` where there is none. */
  readonly journal: JournalSettings | undefined;
  readonly retention: RetentionOptions;
  readonly authRequired: boolean;
  /** That stored keys are recognised by. */
  readonly digests: SecretDigests;
  readonly keepAliveInterval: number;
  readonly openAfter: number;
  readonly stallTimeout: number;
  readonly bodyBytes: number;
  readonly jsonDepth: number;
  readonly jsonValues: number;
  readonly uploadBytes: number;
  readonly uploadParts: number;
  readonly uploadFieldBytes: number;
  readonly callTimeout: number;
  readonly retryAfter: number;
  /** `undefined` where nothing is refused for it. */
  readonly overload: OverloadSettings | undefined;
  readonly shutdownGrace: number;
  readonly shutdownDrain: number;
  /** `undefined` where there are none for every key. */
  readonly rateLimits: DefaultRateLimitOptions | undefined;
  /** `undefined` where there is none. */
  readonly redis: Required<RedisOptions> | undefined;
  readonly observability: ObservabilitySettings;
}

export interface JournalSettings {
  readonly directory: string;
  readonly maxBytes: number;
}

/** Where there is no limit it is `Infinity`. */
export interface OverloadSettings {
  readonly delayMs: number;
  /** 0 to 1; 1 for no limit. */
  readonly heap: number;
  readonly calls: number;
}

export const GATEWAY_SETTINGS = Symbol('GATEWAY_SETTINGS');

const SIMULATOR: ProviderOptions = { name: 'simulator', kind: 'simulator' };

export function resolveSettings(options: GatewayOptions, digests: SecretDigests): GatewaySettings {
  const {
    providers = [],
    aliases = {},
    keys = [],
    extensions = [],
    prices = [],
    streaming = {},
    limits = {},
    redis,
  } = options;
  return {
    providers: providers.length > 0 ? providers : [SIMULATOR],
    aliases: new Map(Object.entries(aliases)),
    privateHosts: options.privateHosts ?? [],
    keys,
    extensions,
    cache: resolveCache(options.cache),
    prices,
    idempotency: resolveIdempotency(options.idempotency),
    guardrails: options.guardrails ?? [],
    budgets: options.budgets ?? [],
    budgetHeartbeatInterval: options.budgetKeeping?.heartbeatInterval ?? 5_000,
    budgetLostAfter: options.budgetKeeping?.lostAfter ?? 30_000,
    budgetWebhooks: options.budgetKeeping?.webhooks ?? [],
    journal: resolveJournal(options.journal),
    retention: options.retention ?? {},
    authRequired: options.auth !== 'disabled',
    digests,
    keepAliveInterval: streaming.keepAliveInterval ?? 15_000,
    openAfter: streaming.openAfter ?? 0,
    stallTimeout: streaming.stallTimeout ?? 30_000,
    bodyBytes: limits.bodyBytes ?? 4 * 1024 * 1024,
    jsonDepth: limits.jsonDepth ?? 64,
    jsonValues: limits.jsonValues ?? 50_000,
    uploadBytes: limits.uploadBytes ?? 26 * 1024 * 1024,
    uploadParts: limits.uploadParts ?? 48,
    uploadFieldBytes: limits.uploadFieldBytes ?? 1024 * 1024,
    callTimeout: limits.callTimeout ?? 600_000,
    retryAfter: limits.retryAfter ?? 10_000,
    overload: resolveOverload(options.overload),
    shutdownGrace: options.shutdown?.grace ?? 0,
    shutdownDrain: options.shutdown?.drain ?? 25_000,
    rateLimits: options.rateLimits,
    redis: redis && { url: redis.url, prefix: redis.prefix ?? 'nestgate' },
    observability: resolveObservability(options),
  };
}

function resolveJournal({ enabled = true, directory, maxBytes }: JournalOptions = {}): JournalSettings | undefined {
  if (!enabled || directory === undefined) return undefined;
  return { directory, maxBytes: maxBytes ?? 256 * 1024 * 1024 };
}

function resolveOverload({ enabled = false, delay = 100, heap = 85, calls = 0 }: OverloadOptions = {}):
  OverloadSettings | undefined {
  if (!enabled) return undefined;
  return { delayMs: delay || Number.POSITIVE_INFINITY, heap: heap / 100, calls: calls || Number.POSITIVE_INFINITY };
}
