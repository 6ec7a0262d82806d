import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { CacheOptions } from './cache.options.js';
import { BudgetKeepingOptions, BudgetOptions } from './budget.options.js';
import { Example } from './config/example.decorator.js';
import { IsHost, MAX_MILLISECONDS } from './config/setting.validators.js';
import { ExtensionOptions } from './extension.options.js';
import { IdempotencyOptions } from './idempotency.options.js';
import { GuardrailOptions } from './guardrail.options.js';
import { JournalOptions } from './journal.options.js';
import { KeyOptions } from './key.options.js';
import { AuditOptions, LoggingOptions, MetricsOptions, TracingOptions } from './observability.options.js';
import { OverloadOptions } from './overload.options.js';
import { PriceOptions } from './price.options.js';
import { ProviderOptions } from './provider.options.js';
import { DefaultRateLimitOptions } from './rate-limit.options.js';
import { RedisOptions } from './redis.options.js';
import { RetentionOptions } from './retention.options.js';
import { ShutdownOptions } from './shutdown.options.js';

/** How streamed answers are sent. */
export class StreamingOptions {
  /**
   * Milliseconds of silence after which an open stream gets a comment, so that nothing on the way closes it.
   * 0 for never. Default 15,000.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('15000')
  keepAliveInterval?: number;

  /**
   * Milliseconds after which a stream is opened although nothing of the answer has come, for load balancers that close
   * silent connections. From then on a failure can only be told inside the stream, not by a status. 0 for never. Default 0.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('0')
  openAfter?: number;

  /**
   * Milliseconds for which a client may take nothing of what waits for it, of a stream or of a whole answer; then its
   * connection is closed. 0 for no limit. Default 30,000.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('30000')
  stallTimeout?: number;
}

/** What a request may be at most. */
export class LimitOptions {
  /** The largest JSON body, in bytes. Default 4 MiB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(268_435_456)
  @Example('4194304')
  bodyBytes?: number;

  /** How deep a JSON body may be nested. Default 64. */
  @IsOptional()
  @IsInt()
  @Min(8)
  @Max(1_000)
  @Example('64')
  jsonDepth?: number;

  /** How many values a JSON body may hold. Default 50,000. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(100_000_000)
  @Example('50000')
  jsonValues?: number;

  /** The largest multipart body (audio, images), in bytes. Default 26 MiB: OpenAI takes files of 25 MB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(1_073_741_824)
  @Example('27262976')
  uploadBytes?: number;

  /** How many parts a multipart body may have. Default 48: sixteen images, and every parameter there is. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  @Example('48')
  uploadParts?: number;

  /** What the text fields of a multipart body may weigh together, in bytes. Default 1 MiB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(268_435_456)
  @Example('1048576')
  uploadFieldBytes?: number;

  /** Milliseconds for a call over all its tries and to the end of its stream. 0 for no limit. Default 600,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('600000')
  callTimeout?: number;

  /** Milliseconds that a provider's `Retry-After` may ask to wait; asked for more, its deployment is left at once. Default 10,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('10000')
  retryAfter?: number;
}

/** What a gateway is made of: the options of `GatewayModule.forRoot`, and the shape of the configuration file. */
export class GatewayOptions {
  /** Left out or empty: the built-in simulator serves. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ProviderOptions)
  @Example('[{ name: openai, kind: openai }]')
  providers?: ProviderOptions[];

  /** Other names for models: name → model. One hop: an alias of an alias is not followed. */
  @IsOptional()
  @IsObject()
  @Example('{ fast: gpt-4o-mini }')
  aliases?: Record<string, string>;

  /**
   * Hosts, with their port or without, where providers made over REST may be although they have private addresses or speak
   * `http`. Left out: none.
   */
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsString({ each: true })
  @IsHost({ each: true })
  @Example("['vllm.internal:8000']")
  privateHosts?: string[];

  /** The client keys that are known without a database. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => KeyOptions)
  @Example("[{ name: search-team, secret: '${SEARCH_TEAM_KEY}' }]")
  keys?: KeyOptions[];

  /** How the extensions run: their order, what happens when they fail, settings of their own. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ExtensionOptions)
  @Example('[{ name: office-hours, order: 10 }]')
  extensions?: ExtensionOptions[];

  /** Answers that are kept and given again. Left out: none. */
  @IsOptional()
  @ValidateNested()
  @Type(() => CacheOptions)
  @Example('{ ttl: 300000 }')
  cache?: CacheOptions;

  /** What calls cost, where the catalogue does not know it or you pay something else. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PriceOptions)
  @Example("[{ model: our-gpt, input: '0.15', output: '0.60' }]")
  prices?: PriceOptions[];
  /** What is looked for in requests and answers. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => GuardrailOptions)
  @Example('[{ name: customer-data, kind: personal-data }]')
  guardrails?: GuardrailOptions[];

  /** What becomes of requests with an `Idempotency-Key`. */
  @IsOptional()
  @ValidateNested()
  @Type(() => IdempotencyOptions)
  @Example('{ ttl: 86400000 }')
  idempotency?: IdempotencyOptions;

  /** What may be spent. All budgets that are of a call must have room for it. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BudgetOptions)
  @Example('[{ name: teams, for: team, usd: 500, per: month }]')
  budgets?: BudgetOptions[];

  /** How budgets are kept. */
  @IsOptional()
  @ValidateNested()
  @Type(() => BudgetKeepingOptions)
  @Example('{ lostAfter: 30000 }')
  budgetKeeping?: BudgetKeepingOptions;

  /** What usage records outlive the end of the process in. */
  @IsOptional()
  @ValidateNested()
  @Type(() => JournalOptions)
  @Example('{ directory: /var/lib/nestgate/journal }')
  journal?: JournalOptions;

  /** How long Postgres keeps what each call leaves. Left out: for ever. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RetentionOptions)
  @Example('{ usageDays: 400 }')
  retention?: RetentionOptions;

  /** `disabled` lets everybody in. Default `required`. */
  @IsOptional()
  @IsIn(['required', 'disabled'])
  @Example('required')
  auth?: 'required' | 'disabled';

  /** How streamed answers are sent. */
  @IsOptional()
  @ValidateNested()
  @Type(() => StreamingOptions)
  @Example('{ keepAliveInterval: 15000 }')
  streaming?: StreamingOptions;

  /** What a request may be at most. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LimitOptions)
  @Example('{ callTimeout: 600000 }')
  limits?: LimitOptions;

  /** When requests are refused because there is more to do than the process can. */
  @IsOptional()
  @ValidateNested()
  @Type(() => OverloadOptions)
  @Example('{ delay: 100 }')
  overload?: OverloadOptions;

  /** How the gateway stops. */
  @IsOptional()
  @ValidateNested()
  @Type(() => ShutdownOptions)
  @Example('{ drain: 25000 }')
  shutdown?: ShutdownOptions;

  /** What every key may use that says nothing else. Left out: no limits. */
  @IsOptional()
  @ValidateNested()
  @Type(() => DefaultRateLimitOptions)
  @Example('{ requestsPerMinute: 60 }')
  rateLimits?: DefaultRateLimitOptions;

  /** The Redis or Valkey that replicas share. Left out: each replica is for itself. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RedisOptions)
  @Example('{ url: redis://redis:6379 }')
  redis?: RedisOptions;

  /** What is logged beyond failures. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LoggingOptions)
  @Example('{ calls: true }')
  logging?: LoggingOptions;

  /** Metrics in the form of Prometheus. */
  @IsOptional()
  @ValidateNested()
  @Type(() => MetricsOptions)
  @Example('{ enabled: true }')
  metrics?: MetricsOptions;

  /** Traces by OpenTelemetry. */
  @IsOptional()
  @ValidateNested()
  @Type(() => TracingOptions)
  @Example('{ enabled: true }')
  tracing?: TracingOptions;

  /** Who asked what, when: an entry for each call. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AuditOptions)
  @Example('{ sink: database }')
  audit?: AuditOptions;
}
