import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { MAX_MILLISECONDS } from './config/setting.validators.js';

/** When requests are refused because the process has more to do than it can. */
export class OverloadOptions {
  /** Whether they are. Default: `true` in the standalone server, `false` in an application of your own. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /** Milliseconds that the event loop may be late, in the mean of a quarter of a second. 0 for any. Default 100. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('100')
  delay?: number;

  /**
   * How full V8's heap may be, in percent of what it may become. Half way from there to 100 every request is refused
   * that may be. 100 for no limit. Default 85.
   */
  @IsOptional()
  @IsInt()
  @Min(50)
  @Max(100)
  @Example('85')
  heap?: number;

  /**
   * How many calls may be under way in this process, streams included; of keys with the priority `low` three quarters of
   * that. 0 for no limit. Default 0.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @Example('5000')
  calls?: number;
}
