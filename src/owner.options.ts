import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { BudgetLimitOptions } from './budget.options.js';
import { Example } from './config/example.decorator.js';
import { IsMetadata, IsModelList, IsName } from './config/setting.validators.js';
import { RateLimitOptions } from './rate-limit.options.js';

/** What a stored team or organisation says of all its keys together: no key may more, whatever it says itself. */
export class OwnerSettings {
  /** Names of the models that its keys may use, `*` for all. Default: all. */
  @IsOptional()
  @IsModelList()
  @Example('[gpt-4o-mini]')
  models?: string[];

  /** What may be spent with all its keys together. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => BudgetLimitOptions)
  @Example('[{ name: monthly, usd: 2500, per: month }]')
  budgets?: BudgetLimitOptions[];

  /** What all its keys may use together. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RateLimitOptions)
  @Example('{ requestsPerMinute: 600 }')
  rateLimits?: RateLimitOptions;

  /** Whether all its keys are refused. Default `false`. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  disabled?: boolean;

  /** What is worth knowing of it: names with text. */
  @IsOptional()
  @IsObject()
  @IsMetadata()
  @Example('{ contact: search@example.com }')
  metadata?: Record<string, string>;
}

/** What a stored team says. */
export class TeamSettings extends OwnerSettings {
  /** The organisation that it is of, and its keys with it, whatever they say themselves. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('acme')
  organization?: string;
}
