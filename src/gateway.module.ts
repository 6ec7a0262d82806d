import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { keyDigests } from './auth/api-key.js';
import { ApiKeyAuthenticator } from './auth/api-key-authenticator.js';
import { ApiKeyGuard } from './auth/api-key.guard.js';
import { FailedAuthentications } from './auth/failed-authentications.js';
import { validateGatewayOptions } from './config/validate-options.js';
import { AttemptRunner } from './dispatch/attempt-runner.js';
import { CircuitBreakers } from './dispatch/circuit-breakers.js';
import { DeploymentTries } from './dispatch/deployment-tries.js';
import { DeploymentsService } from './dispatch/deployments.service.js';
import { DispatchReadings } from './dispatch/dispatch-readings.js';
import { DispatchService } from './dispatch/dispatch.service.js';
import { Gatekeeper } from './dispatch/gatekeeper.js';
import { LoopGuard } from './dispatch/loop-guard.js';
import { ModelRouter } from './dispatch/model-router.js';
import { OwnCallsService } from './dispatch/own-calls.service.js';
import { AdmissionService } from './endpoints/admission.service.js';
import { CallsInFlight } from './endpoints/calls-in-flight.js';
import { ClientConnections } from './endpoints/client-connections.js';
import { GatewayService } from './endpoints/gateway.service.js';
import { EndpointHandler } from './endpoints/endpoint-handler.js';
import { LoadShedder } from './endpoints/load-shedder.js';
import { ProviderProbe } from './dispatch/provider-probe.js';
import { OpenAiErrorFilter } from './errors/openai-error.filter.js';
import { DeploymentGates } from './events/deployment-gates.js';
import { GatewayEventBus } from './events/gateway-event-bus.js';
import { ModelCalls } from './events/model-calls.js';
import { CacheExtension } from './extensions/cache/cache.extension.js';
import { CacheService } from './extensions/cache/cache.service.js';
import { ExtensionPipeline } from './extensions/extension-pipeline.js';
import { ExtensionRegistry } from './extensions/extension-registry.js';
import { AnswerSeal } from './extensions/idempotency/answer-seal.js';
import { IdempotencyExtension } from './extensions/idempotency/idempotency.extension.js';
import { GuardrailExtension } from './extensions/guardrail/guardrail.extension.js';
import { BudgetAlerts } from './extensions/budget/budget-alerts.js';
import { BudgetExtension } from './extensions/budget/budget.extension.js';
import { BudgetKeeper } from './extensions/budget/budget-keeper.js';
import { BudgetLeases } from './extensions/budget/budget-leases.js';
import { BudgetReservations } from './extensions/budget/budget-reservations.js';
import { BudgetRules } from './extensions/budget/budget-rules.js';
import { BudgetService } from './extensions/budget/budget.service.js';
import { AuditSubscriber } from './extensions/audit/audit.subscriber.js';
import { AuditWriter } from './extensions/audit/audit-writer.js';
import { LoggingSubscriber } from './extensions/logging/logging.subscriber.js';
import { MetricsService } from './extensions/metrics/metrics.service.js';
import { MetricsSubscriber } from './extensions/metrics/metrics.subscriber.js';
import { RepricingService } from './extensions/usage/repricing.service.js';
import { TracingSubscriber } from './extensions/tracing/tracing.subscriber.js';
import { RetentionService } from './extensions/retention/retention.service.js';
import { DeploymentLimits } from './extensions/rate-limit/deployment-limits.js';
import { RateLimitExtension } from './extensions/rate-limit/rate-limit.extension.js';
import { DispatchJournal } from './extensions/usage/dispatch-journal.js';
import { UsageJournal } from './extensions/usage/usage-journal.js';
import { UsageRecordWriter } from './extensions/usage/usage-record-writer.js';
import { UsageSubscriber } from './extensions/usage/usage.subscriber.js';
import {
  ConfigurableModuleClass,
  type GatewayModuleOptions,
  MODULE_OPTIONS_TOKEN,
  OWN_RATE_LIMITER,
} from './gateway.module-definition.js';
import { GATEWAY_SETTINGS, type GatewaySettings, resolveSettings } from './gateway.settings.js';
import { LocalRateLimiter } from './limits/local-rate-limiter.js';
import { RateLimiter } from './limits/rate-limiter.js';
import { SharedRateLimiter } from './limits/shared-rate-limiter.js';
import { PriceBook } from './pricing/price-book.js';
import { AnthropicAdapter } from './providers/anthropic/anthropic.adapter.js';
import { BedrockAdapter } from './providers/bedrock/bedrock.adapter.js';
import { CohereAdapter } from './providers/cohere/cohere.adapter.js';
import { OllamaAdapter } from './providers/ollama/ollama.adapter.js';
import { GeminiAdapter } from './providers/gemini/gemini.adapter.js';
import { VertexAdapter } from './providers/gemini/vertex.adapter.js';
import { AzureOpenAiAdapter } from './providers/openai/azure-openai.adapter.js';
import { OpenAiAdapter } from './providers/openai/openai.adapter.js';
import { ProviderRegistry } from './providers/provider-registry.js';
import { SimulatorAdapter } from './providers/simulator/simulator.adapter.js';
import { RoutingComposer } from './routing/routing-composer.js';
import { RoutingFollower } from './routing/routing-follower.js';
import { SecretBox } from './routing/secret-box.js';
import { RoutingSettings } from './routing.settings.js';
import { RedisConnection } from './redis/redis-connection.js';
import { ResponseStreams } from './streaming/response-streams.js';
import { Deadlines } from './upstream/deadlines.js';
import { KnownNames } from './upstream/known-names.js';
import { UpstreamClient } from './upstream/upstream-client.js';

/**
 * The gateway. Everything it is made of is provided here, in one dynamic module, and not in a module for each part:
 * those would be shared by all the gateways of an application, and each gateway has its own.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [
 *     GatewayModule.forRoot({
 *       providers: [{ name: 'openai', kind: 'openai', apiKey: process.env.OPENAI_API_KEY }],
 *       keys: [{ name: 'web', secret: process.env.GATEWAY_KEY }],
 *       storage: PersistenceModule.forRoot({ url: process.env.DATABASE_URL }),
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: GATEWAY_SETTINGS, inject: [MODULE_OPTIONS_TOKEN], useFactory: settingsOf },
    { provide: AnswerSeal, inject: [MODULE_OPTIONS_TOKEN], useFactory: sealOf },
    // who calls
    ApiKeyAuthenticator,
    ApiKeyGuard,
    FailedAuthentications,
    // in and out
    AdmissionService,
    CallsInFlight,
    ClientConnections,
    EndpointHandler,
    GatewayService,
    LoadShedder,
    OpenAiErrorFilter,
    ResponseStreams,
    // round the call
    CacheExtension,
    CacheService,
    BudgetAlerts,
    BudgetExtension,
    BudgetKeeper,
    BudgetLeases,
    BudgetReservations,
    BudgetRules,
    BudgetService,
    ExtensionPipeline,
    ExtensionRegistry,
    GatewayEventBus,
    IdempotencyExtension,
    GuardrailExtension,
    AuditSubscriber,
    AuditWriter,
    LoggingSubscriber,
    DeploymentLimits,
    RateLimitExtension,
    MetricsService,
    MetricsSubscriber,
    PriceBook,
    RepricingService,
    RetentionService,
    TracingSubscriber,
    UsageJournal,
    UsageRecordWriter,
    UsageSubscriber,
    DispatchJournal,
    // where to
    AttemptRunner,
    CircuitBreakers,
    Deadlines,
    DeploymentGates,
    DeploymentTries,
    DeploymentsService,
    DispatchReadings,
    DispatchService,
    Gatekeeper,
    LoopGuard,
    ModelRouter,
    ProviderProbe,
    RoutingComposer,
    RoutingFollower,
    RoutingSettings,
    { provide: SecretBox, inject: [MODULE_OPTIONS_TOKEN], useFactory: secretBoxOf },
    { provide: ModelCalls, useClass: OwnCallsService },
    // who answers
    AnthropicAdapter,
    AzureOpenAiAdapter,
    BedrockAdapter,
    CohereAdapter,
    OllamaAdapter,
    GeminiAdapter,
    OpenAiAdapter,
    ProviderRegistry,
    SimulatorAdapter,
    KnownNames,
    UpstreamClient,
    VertexAdapter,
    // what replicas share
    RedisConnection,
    { provide: RateLimiter, inject: [RedisConnection, OWN_RATE_LIMITER], useFactory: rateLimiter },
  ],
  exports: [
    AnswerSeal,
    ApiKeyAuthenticator,
    ApiKeyGuard,
    BudgetRules,
    BudgetService,
    RepricingService,
    CacheService,
    CallsInFlight,
    CircuitBreakers,
    DeploymentGates,
    EndpointHandler,
    GatewayEventBus,
    GatewayService,
    ModelCalls,
    MetricsService,
    ModelRouter,
    OpenAiErrorFilter,
    DeploymentsService,
    PriceBook,
    ProviderProbe,
    RateLimitExtension,
    RoutingComposer,
    RoutingFollower,
    RoutingSettings,
    SecretBox,
    UpstreamClient,
    GATEWAY_SETTINGS,
  ],
})
export class GatewayModule extends ConfigurableModuleClass {}

/** @throws ConfigurationError */
function settingsOf({
  masterKey,
  previousMasterKeys,
  nextMasterKey,
  ...options
}: GatewayModuleOptions): GatewaySettings {
  const digests = keyDigests(masterKey ?? randomBytes(32), { previousMasterKeys, nextMasterKey });
  return resolveSettings(validateGatewayOptions(options), digests);
}

function sealOf(options: GatewayModuleOptions): AnswerSeal {
  return new AnswerSeal(options.masterKey ?? randomBytes(32), otherMasterKeys(options));
}

function secretBoxOf(options: GatewayModuleOptions): SecretBox {
  return new SecretBox(options.masterKey, otherMasterKeys(options));
}

function otherMasterKeys({ previousMasterKeys = [], nextMasterKey }: GatewayModuleOptions): readonly Buffer[] {
  return nextMasterKey === undefined ? previousMasterKeys : [...previousMasterKeys, nextMasterKey];
}

function rateLimiter(redis: RedisConnection, own: RateLimiter | null): RateLimiter {
  if (own !== null) return own;
  const local = new LocalRateLimiter();
  return redis.isConfigured ? new SharedRateLimiter(redis, local) : local;
}
