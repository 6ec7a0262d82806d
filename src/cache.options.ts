import { ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsModelName, MAX_MILLISECONDS } from './config/setting.validators.js';

/** What a key says of the cache. */
export class KeyCacheOptions {
  /** Whether its answers are kept, and given again to it alone. Default: what `cache` says. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /** Milliseconds for which they are kept. Default: what `cache` says. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_MILLISECONDS)
  @Example('60000')
  ttl?: number;
}

/** Answers to chats and embeddings that are kept, and given again to who asks the very same with the same key. */
export class CacheOptions {
  /** Whether the answers of keys that say nothing of it are kept. Default `true`. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /** Milliseconds for which they are kept. Default 300,000. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_MILLISECONDS)
  @Example('300000')
  ttl?: number;

  /** The models whose answers are kept, after aliases. Default: all. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsModelName({ each: true })
  @Example('[gpt-4o-mini]')
  models?: string[];

  /** `memory` of this process, or `redis`, which replicas share. Default `memory`. */
  @IsOptional()
  @IsIn(['memory', 'redis'])
  @Example('memory')
  store?: 'memory' | 'redis';

  /** The largest answer that is kept, in bytes. Default 1 MiB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(67_108_864)
  @Example('1048576')
  maxEntryBytes?: number;

  /** What the answers in memory may weigh together, in bytes. Default 64 MiB. */
  @IsOptional()
  @IsInt()
  @Min(65_536)
  @Max(68_719_476_736)
  @Example('67108864')
  maxBytes?: number;
}
