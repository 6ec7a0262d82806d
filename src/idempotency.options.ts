import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { MAX_MILLISECONDS } from './config/setting.validators.js';

/** What becomes of requests with an `Idempotency-Key`. */
export class IdempotencyOptions {
  /** Whether the header counts for anything. Default `true`, where the storage keeps such keys. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /** Milliseconds for which a key stands for its request. Default 86,400,000: a day. */
  @IsOptional()
  @IsInt()
  @Min(1_000)
  @Max(MAX_MILLISECONDS)
  @Example('86400000')
  ttl?: number;

  /** The largest answer that is kept to be given again, in bytes. Default 1 MiB. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(67_108_864)
  @Example('1048576')
  maxAnswerBytes?: number;
}
