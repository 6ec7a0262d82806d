import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { MAX_MILLISECONDS } from './config/setting.validators.js';

/** How the gateway stops. */
export class ShutdownOptions {
  /**
   * Milliseconds in which requests are still taken after the gateway was told to stop: whoever sends them needs a moment to
   * see that it is not ready. Default 2,000 in the standalone server, 0 in an application of your own.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('2000')
  grace?: number;

  /** Milliseconds that calls under way have after that to come to their end; what is left is ended. Default 25,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('25000')
  drain?: number;
}
