import { type TracerProvider } from '@opentelemetry/api';
import { type Registry } from 'prom-client';
import {
  type Abstract,
  type CanActivate,
  ConfigurableModuleBuilder,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type Provider,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { PrincipalResolver } from './auth/principal-resolver.js';
import { type GatewayOptionsInput } from './config/validate-options.js';
import { type GatewayEndpoint, gatewayRoutes, type RouteSettings } from './endpoints/gateway-routes.js';
import { AnswerStore } from './extensions/cache/answer-store.js';
import { CacheExtension } from './extensions/cache/cache.extension.js';
import { BudgetExtension } from './extensions/budget/budget.extension.js';
import { OWN_EXTENSIONS, type OwnExtensions } from './extensions/extension-registry.js';
import { RateLimitExtension } from './extensions/rate-limit/rate-limit.extension.js';
import { type GatewayExtension } from './extensions/gateway-extension.interface.js';
import { GuardrailExtension } from './extensions/guardrail/guardrail.extension.js';
import { METRICS_REGISTRY } from './extensions/metrics/metrics.service.js';
import { IdempotencyExtension } from './extensions/idempotency/idempotency.extension.js';
import { AuditSink } from './extensions/audit/audit-sink.js';
import { TRACER_PROVIDER } from './extensions/tracing/tracing.subscriber.js';
import { type RateLimiter } from './limits/rate-limiter.js';
import { MemoryStorageModule } from './memory-storage.module.js';
import { PriceSource } from './pricing/price-source.js';

/** The options of `GatewayModule.forRoot`: those of the configuration file, and what a file cannot hold. */
export interface GatewayModuleOptions extends GatewayOptionsInput {
  /**
   * 32 random bytes that key the digests of stored API keys. Keys stored under one master key are not known under
   * another. Left out: random, so that stored keys live as long as the process.
   */
  masterKey?: Buffer;
  /** Master keys of before: what was stored under them can still be read and recognised. Default: none. */
  previousMasterKeys?: readonly Buffer[];
  /** What the master key will be, so that what other replicas store under it already is known. Default: none. */
  nextMasterKey?: Buffer;
}

/** The limiter that was given, or `null`. */
export const OWN_RATE_LIMITER = Symbol('OWN_RATE_LIMITER');

/** What is said beside the options, or beside `useFactory`: it is there before anything is made. */
export interface GatewayModuleExtras {
  /** Stands before the gateway's routes, as `ai` before `/v1/chat/completions`. Default: nothing. */
  prefix?: string;
  /**
   * Of the gateway's routes, where the application has versions (`app.enableVersioning`). Default: neutral, since they
   * have OpenAI's in their paths.
   */
  version?: RouteSettings['version'];
  /** What is served; `null` for everything. Default `null`. */
  endpoints?: readonly GatewayEndpoint[] | null;
  /** The host's guards on the gateway's routes alone, asked before anything else. Made by Nest, from what `imports` export. */
  guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Says who calls, in place of the gateway's keys. Made by Nest, from what `imports` export. Default `null`. */
  principalResolver?: Type<PrincipalResolver> | null;
  /** Modules with what the host's classes above and below need. */
  imports?: ModuleMetadata['imports'];
  /**
   * The module that keeps keys and usage records: one that exports `ApiKeyRepository`, `BudgetLedger` and `UsageRecordRepository`, such
   * as `PersistenceModule`. Default: in memory.
   */
  storage?: Type | DynamicModule;
  /**
   * Extensions of this gateway alone, made by Nest with what this gateway provides. Those that the application's own
   * modules provide are found by themselves, and run in every gateway of the application.
   */
  extensionClasses?: readonly Type<GatewayExtension>[];
  /**
   * Where the metrics go, one gateway's each; `null` for a registry of its own. Metrics of the process are then the
   * host's business. Default `null`.
   */
  metricsRegistry?: Registry | null;
  /** Whose tracers are used; `null` for those registered with OpenTelemetry's API. Default `null`. */
  tracerProvider?: TracerProvider | null;
  /** Where limits are kept, in place of Redis or this process; `null` for those. Default `null`. */
  rateLimiter?: RateLimiter | null;
  /**
   * Where the cache keeps answers, in place of what `cache.store` says; a class is made by Nest, from what `imports` export.
   * Default `null`.
   */
  answerStore?: Type<AnswerStore> | AnswerStore | null;
  /** What calls cost, before what `prices` say; a class is made by Nest, from what `imports` export. Default `null`. */
  priceSource?: Type<PriceSource> | PriceSource | null;
  /** Where the entries of the audit go, made by Nest; in place of what `audit.sink` says. Default `null`. */
  auditSink?: Type<AuditSink> | null;
}

const builder = new ConfigurableModuleBuilder<GatewayModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras<Required<GatewayModuleExtras>>(
    {
      prefix: '',
      version: VERSION_NEUTRAL,
      endpoints: null,
      guards: [],
      principalResolver: null,
      imports: [],
      storage: MemoryStorageModule,
      extensionClasses: [],
      metricsRegistry: null,
      tracerProvider: null,
      rateLimiter: null,
      answerStore: null,
      priceSource: null,
      auditSink: null,
    },
    (definition, { imports = [], storage, extensionClasses, ...extras }) => ({
      ...definition,
      // Those of `forRootAsync` are in the definition already.
      imports: [...new Set([...(definition.imports ?? []), ...imports, storage])],
      controllers: gatewayRoutes(extras),
      // The administration works on what is stored, too.
      exports: [...(definition.exports ?? []), storage],
      providers: [
        ...(definition.providers ?? []),
        ...extensionClasses,
        ownExtensions(definition.module, extensionClasses),
        { provide: METRICS_REGISTRY, useValue: extras.metricsRegistry },
        { provide: TRACER_PROVIDER, useValue: extras.tracerProvider },
        { provide: OWN_RATE_LIMITER, useValue: extras.rateLimiter },
        hostsPart(AnswerStore, extras.answerStore),
        hostsPart(PriceSource, extras.priceSource),
        hostsPart(AuditSink, extras.auditSink),
        hostsPart(PrincipalResolver, extras.principalResolver),
      ],
    }),
  )
  .build();

/** The extensions that every gateway has. */
const BUILT_IN: readonly Type<GatewayExtension>[] = [
  BudgetExtension,
  CacheExtension,
  GuardrailExtension,
  IdempotencyExtension,
  RateLimitExtension,
];

function ownExtensions(module: Type, classes: readonly Type<GatewayExtension>[]): FactoryProvider<OwnExtensions> {
  return {
    provide: OWN_EXTENSIONS,
    inject: [...BUILT_IN, ...classes],
    useFactory: (...extensions: GatewayExtension[]) => ({ module, extensions }),
  };
}

/** A class is made by Nest; `null` where the host has none. */
function hostsPart<Part extends object>(provide: Abstract<Part>, part: Type<Part> | Part | null): Provider {
  return typeof part === 'function' ? { provide, useClass: part as Type<Part> } : { provide, useValue: part };
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = builder;
