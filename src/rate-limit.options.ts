import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsModelName } from './config/setting.validators.js';

/** How much of something there may be: within any minute, within any 24 hours, at once. What is left out has no limit. */
export class LimitsOptions {
  /** Calls within any minute. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  @Example('60')
  requestsPerMinute?: number;

  /** Calls within any 24 hours. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  @Example('10000')
  requestsPerDay?: number;

  /** Tokens within any minute, of requests and answers together. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000_000)
  @Example('100000')
  tokensPerMinute?: number;

  /** Tokens within any 24 hours, of requests and answers together. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000_000)
  @Example('5000000')
  tokensPerDay?: number;

  /** Calls under way at once. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  @Example('10')
  concurrentRequests?: number;
}

/** Limits of one model. */
export class ModelLimitsOptions extends LimitsOptions {
  /** The model, by the name that providers serve it under. */
  @IsString()
  @IsModelName()
  @Example('gpt-4o')
  model!: string;
}

/** What a key may use. What is set for a model stands in place of the same limit for all models, and counts that model alone. */
export class RateLimitOptions extends LimitsOptions {
  /** Models with limits of their own. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ModelLimitsOptions)
  @Example('[{ model: gpt-4o, requestsPerMinute: 10 }]')
  models?: ModelLimitsOptions[];
}

/** Limits of one model, as the gateway has them for its keys. */
export class DefaultModelLimitsOptions extends ModelLimitsOptions {
  /** Counts what all keys ask of the model together, on top of what each may. Default `false`: each key by itself. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  allKeys?: boolean;
}

/** What every key may use that says nothing else. */
export class DefaultRateLimitOptions extends LimitsOptions {
  /** Models with limits of their own. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => DefaultModelLimitsOptions)
  @Example('[{ model: gpt-4o, requestsPerMinute: 10 }]')
  models?: DefaultModelLimitsOptions[];
}
