import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Example } from './config/example.decorator.js';

/** What is logged beyond failures. */
export class LoggingOptions {
  /** Whether every answered call leaves a line at the level `info`; otherwise at `debug`. Default `false`. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  calls?: boolean;
}

/** Metrics in the form of Prometheus. */
export class MetricsOptions {
  /** Whether calls are counted. Default: `true` in the standalone server, `false` in an application of your own. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /**
   * How many client keys get a label `key` of their own, on calls, tokens and cost; all further ones share `other`. 0
   * leaves the label out. Each key multiplies the series. Default 0.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  @Example('100')
  keys?: number;
}

/** Traces by OpenTelemetry. */
export class TracingOptions {
  /**
   * Whether calls leave spans. Default: in the standalone server `true` where `OTEL_EXPORTER_OTLP_ENDPOINT` says where
   * they go, `false` in an application of your own.
   */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /**
   * The share of traces that is kept, 0 to 1, where the standalone server exports them, and of those that go on from a
   * client's `traceparent`. Default 1.
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  @Example('0.1')
  sampling?: number;

  /**
   * Whether a client's `traceparent` is followed: its trace then goes on here. Whether it is kept is decided here all the
   * same. Default `false`.
   */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  acceptTraceparent?: boolean;

  /** Whether providers are sent a `traceparent`. Default `false`: ids of your traces are nobody else's business. */
  @IsOptional()
  @IsBoolean()
  @Example('false')
  propagate?: boolean;
}

/** Who asked what, when: an entry for each call. */
export class AuditOptions {
  /** Where entries go: `file`, or `database`. Left out: nowhere, unless the host has brought a sink of its own. */
  @IsOptional()
  @IsIn(['file', 'database'])
  @Example('file')
  sink?: 'file' | 'database';

  /** The file that entries are appended to, a line of JSON each; needed for the sink `file`. */
  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  @Example('/var/log/nestgate/audit.jsonl')
  file?: string;

  /** Whether entries hold what was asked and answered, as far as `bodyBytes` goes. Default `false`. */
  @IsOptional()
  @IsBoolean()
  @Example('false')
  bodies?: boolean;

  /** Bytes of a request, and of an answer, that an entry holds at most. Default 16 KiB. */
  @IsOptional()
  @IsInt()
  @Min(256)
  @Max(262_144)
  @Example('16384')
  bodyBytes?: number;

  /** Names of members whose values are left out of bodies, besides those that are always (`password`, `api_key`, …). */
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @Example('[account_number]')
  redactFields?: string[];

  /**
   * Whether addresses of e-mail, telephone numbers, numbers of cards and accounts and the like are left out of bodies.
   * Default `true`.
   */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  redactPersonalData?: boolean;
}
