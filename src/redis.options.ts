import { IsOptional, IsString } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsName, IsRedisUrl } from './config/setting.validators.js';

/** The Redis or Valkey that replicas share. */
export class RedisOptions {
  /** Where it is: `redis://user:password@host:port/number`, or `rediss://` with TLS. */
  @IsString()
  @IsRedisUrl()
  @Example('redis://redis:6379')
  url!: string;

  /** Stands before the name of everything that is kept there: gateways with the same one share it. Default `nestgate`. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('nestgate')
  prefix?: string;
}
