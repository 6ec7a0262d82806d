import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
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
