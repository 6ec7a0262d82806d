import 'reflect-metadata';
export { generateApiKey, type GeneratedApiKey } from './auth/api-key.js';
export { ApiKeyRepository, type StoredApiKey } from './auth/api-key.repository.js';
export { type Principal } from './auth/principal.js';
export { type Tenant } from './auth/tenant.js';
export { type Caller, PrincipalResolver } from './auth/principal-resolver.js';
export { type GatewayOptionsInput } from './config/validate-options.js';
export { GatewayService, type HostCallOptions } from './endpoints/gateway.service.js';
export { type GatewayEndpoint } from './endpoints/gateway-routes.js';
export { ConfigurationError, type ConfigurationProblem } from './errors/configuration-error.js';
export { type ErrorCode } from './errors/error-codes.js';
export { GatewayError, type GatewayErrorOptions } from './errors/gateway-error.js';
export { UpstreamError, type UpstreamErrorOptions } from './errors/upstream-error.js';
export { type Attempt, type AttemptTarget, type PassedOver } from './events/attempt.js';
export { type CallAnswer } from './events/call-answer.js';
export { type BudgetCharge, type BudgetKind, type BudgetPeriod } from './events/budget-charge.js';
export { type CallContext } from './events/call-context.js';
export { type DeploymentGate, DeploymentGates, type GateOutcome, type GateRefusal } from './events/deployment-gates.js';
export {
  AttemptFailed,
  CallAdmitted,
  CallChunk,
  CallCompleted,
  CallFailed,
  CallRefused,
  CircuitClosed,
  CircuitOpened,
  ExtensionFailed,
  type GuardrailSide,
  GuardrailTriggered,
  ProviderKeySetAside,
} from './events/gateway-events.js';
export { GatewayEventBus } from './events/gateway-event-bus.js';
export { MetricsRead, type Reading, type ReadingName } from './events/metrics-read.js';
export { ModelCalls, type OwnRequest } from './events/model-calls.js';
export { type Operation } from './events/operation.js';
export {
  Extension,
  type ExtensionAnswer,
  type ExtensionMetadata,
  type GatewayExtension,
} from './extensions/gateway-extension.interface.js';
export { type AuditEntry } from './extensions/audit/audit-entry.js';
export { AuditEntryRepository } from './extensions/audit/audit-entry.repository.js';
export { AuditSink } from './extensions/audit/audit-sink.js';
export { MetricsService } from './extensions/metrics/metrics.service.js';
export {
  type BudgetAlert,
  type BudgetFilter,
  BudgetLedger,
  type BudgetRefusal,
  type BudgetRequest,
  type BudgetState,
} from './extensions/budget/budget-ledger.js';
export { BudgetService } from './extensions/budget/budget.service.js';
export { BudgetThresholdReached } from './extensions/budget-threshold-reached.event.js';
export { type AttemptRecord, type CallStatus, type UsageGrade, type UsageRecord } from './extensions/usage-record.js';
export { decodeUsageRecord, encodeUsageRecord, type UsageRecordLine } from './extensions/usage/usage-record.codec.js';
export { UsageRecorded } from './extensions/usage-recorded.event.js';
export {
  type CostChange,
  type CostChanges,
  type RatedRecord,
  type RepricingFilter,
  RepricingRepository,
  type RepricingRun,
} from './extensions/usage/repricing.repository.js';
export { type Repricing, type RepricingRequest, RepricingService } from './extensions/usage/repricing.service.js';
export { UsageRecordRepository } from './extensions/usage/usage-record.repository.js';
export {
  type AnswerLookup,
  type AnswerPlace,
  AnswerStore,
  type CachedAnswer,
  type CacheScope,
  type FoundAnswer,
} from './extensions/cache/answer-store.js';
export { type CacheClearance, CacheService } from './extensions/cache/cache.service.js';
export {
  type Claim,
  type FoundClaim,
  IdempotencyRepository,
  type NewClaim,
  type SettledState,
} from './extensions/idempotency/idempotency.repository.js';
export {
  GatewayAdminModule,
  type GatewayAdminModuleExtras,
  type GatewayAdminModuleOptions,
} from './gateway-admin.module.js';
export { GatewayModule } from './gateway.module.js';
export { type GatewayModuleExtras, type GatewayModuleOptions } from './gateway.module-definition.js';
export { CacheOptions, KeyCacheOptions } from './cache.options.js';
export { BudgetKeepingOptions, BudgetLimitOptions, BudgetOptions, BudgetWebhookOptions } from './budget.options.js';
export { ExtensionOptions } from './extension.options.js';
export { GatewayOptions, LimitOptions, StreamingOptions } from './gateway.options.js';
export { type Limit, type LimitDecision, RateLimiter, type LimitState } from './limits/rate-limiter.js';
export { IdempotencyOptions } from './idempotency.options.js';
export { RetentionOptions } from './retention.options.js';
export { JournalOptions } from './journal.options.js';
export { GuardrailOptions, type PersonalData } from './guardrail.options.js';
export { KeyExtensionOptions, KeyOptions, KeySettings } from './key.options.js';
export {
  type Amount,
  ImagePriceOptions,
  LongContextPriceOptions,
  PriceOptions,
  TokenPriceOptions,
} from './price.options.js';
export { type PricedModel } from './pricing/own-prices.js';
export { type CallCost, PriceBook } from './pricing/price-book.js';
export { PriceMissing } from './pricing/price-missing.event.js';
export { PriceSource, type SourcedPrice } from './pricing/price-source.js';
export { ModelOptions, ProviderOptions } from './provider.options.js';
export {
  DefaultModelLimitsOptions,
  DefaultRateLimitOptions,
  LimitsOptions,
  ModelLimitsOptions,
  RateLimitOptions,
} from './rate-limit.options.js';
export { RedisOptions } from './redis.options.js';
export { OverloadOptions } from './overload.options.js';
export { ShutdownOptions } from './shutdown.options.js';
export { AuditOptions, LoggingOptions, MetricsOptions, TracingOptions } from './observability.options.js';
export { ModelFactsOptions } from './model-facts.options.js';
export { gatewayMigrations } from './persistence/gateway-migrations.js';
export { type PersistenceModuleOptions } from './persistence/persistence.module-definition.js';
export { PersistenceModule } from './persistence/persistence.module.js';
export type * from './protocol/audio.js';
export { type BillableUnits } from './protocol/billable-units.js';
export type * from './protocol/chat-completions.js';
export type * from './protocol/completions.js';
export type * from './protocol/embeddings.js';
export type * from './protocol/images.js';
export { JsonBody } from './protocol/json-body.js';
export type * from './protocol/moderations.js';
export { bytesOf, type FormPart, type MultipartForm } from './protocol/multipart-form.js';
export { type RequestBody } from './protocol/request-body.js';
export type * from './protocol/rerank.js';
export { NO_TOKENS, type TokenUsage } from './protocol/token-usage.js';
export { AdapterFor } from './providers/adapter-for.decorator.js';
export { type AwsCredentials, AwsCredentialSource } from './providers/bedrock/bedrock.credentials.js';
export { encodeEmbedding } from './providers/embedding-values.js';
export { writeForm, type WrittenForm } from './providers/form-writer.js';
export { GoogleCredential } from './providers/gemini/vertex.credentials.js';
export { type Authorize, HttpCapability } from './providers/http-capability.js';
export { type HttpDialect, type StreamTranslator } from './providers/http-dialect.js';
export {
  type Answer,
  type AnswerStream,
  type Capability,
  type Provider,
  type ProviderAdapter,
  type ProviderCall,
  type ProviderSettings,
  type StreamPart,
} from './providers/provider-adapter.interface.js';
export { EntraCredential } from './providers/openai/entra-id.js';
export { type ExpiringToken } from './providers/token-cache.js';
export { endpointOf, type ProviderEndpoint } from './providers/provider-endpoint.js';
export { type ProviderFeature, type ProviderLimit, type ProviderLimits } from './providers/provider-limits.js';
export { type UnsupportedParameters } from './providers/unsupported-parameters.js';
export { Cancellation } from './upstream/cancellation.js';
export { type Egress } from './upstream/egress.js';
export { UpstreamClient, type UpstreamOptions } from './upstream/upstream-client.js';
export {
  type AnswerPieces,
  retryAfterSeconds,
  type UpstreamHeaders,
  type UpstreamRequest,
  type UpstreamResponse,
} from './upstream/upstream-request.js';
