import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { KeyCacheOptions } from './cache.options.js';
import { BudgetLimitOptions } from './budget.options.js';
import { Example } from './config/example.decorator.js';
import { IsCredential, IsIpRange, IsMetadata, IsName, IsSettings } from './config/setting.validators.js';
import { RateLimitOptions } from './rate-limit.options.js';

/** What a key sets for an extension. */
export class KeyExtensionOptions {
  /** Which one: the name that its class gives it. */
  @IsString()
  @IsName()
  @Example('office-hours')
  name!: string;

  /** Whatever it understands. */
  @IsSettings()
  @Example('{ opensAt: 6 }')
  settings!: Record<string, unknown>;
}

/** What a key says beyond its secret and its models: the same for keys of the configuration and for stored ones. */
export class KeySettings {
  /** The team that it belongs to. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('search')
  team?: string;

  /** The organisation that it belongs to. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('acme')
  organization?: string;

  /** The guardrails that it has beside those of all keys. */
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsString({ each: true })
  @Example('[customer-data]')
  guardrails?: string[];

  /** What it sets for extensions. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => KeyExtensionOptions)
  @Example('[{ name: office-hours, settings: { opensAt: 6 } }]')
  extensions?: KeyExtensionOptions[];

  /** Whether its answers are kept and given again. Only where the gateway has a `cache`. */
  @IsOptional()
  @ValidateNested()
  @Type(() => KeyCacheOptions)
  @Example('{ enabled: false }')
  cache?: KeyCacheOptions;

  /** What may be spent with it: budgets of this key alone, beside those of the gateway. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => BudgetLimitOptions)
  @Example('[{ name: monthly, usd: 25.50, per: month }]')
  budgets?: BudgetLimitOptions[];

  /** What it may use. What is left out here is as the gateway's `rateLimits` have it. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RateLimitOptions)
  @Example('{ requestsPerMinute: 60 }')
  rateLimits?: RateLimitOptions;

  /**
   * What becomes of a parameter that a provider has nothing for: `strict` refuses the request, `warn` leaves the
   * parameter out and says so in the header `x-nestgate-warnings` and on the usage record, `drop` leaves it out. A
   * request may ask for another by the header `x-nestgate-parameters`. Default `warn`.
   */
  @IsOptional()
  @IsIn(['strict', 'warn', 'drop'])
  @Example('warn')
  parameters?: 'strict' | 'warn' | 'drop';

  /** Whose requests are refused first while the process has more to do than it can; never those of `high`. Default `normal`. */
  @IsOptional()
  @IsIn(['low', 'normal', 'high'])
  @Example('high')
  priority?: 'low' | 'normal' | 'high';

  /** From where it may be used: addresses, and ranges of them as `10.0.0.0/8`. Default: from everywhere. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(256)
  @ArrayUnique()
  @IsIpRange({ each: true })
  @Example("['10.0.0.0/8', '2001:db8::/32']")
  ipRanges?: string[];

  /** What its owner wants to know of it: names with text. The gateway makes nothing of it, extensions may. */
  @IsOptional()
  @IsObject()
  @IsMetadata()
  @Example('{ contact: search@example.com }')
  metadata?: Record<string, string>;
}

/** A client key given by configuration. */
export class KeyOptions extends KeySettings {
  /** Who the key belongs to: the name on usage records. */
  @IsString()
  @IsName()
  @Example('search-team')
  name!: string;

  /** The key itself: 16 to 512 characters. */
  @IsString()
  @MinLength(16)
  @MaxLength(512)
  @IsCredential()
  @Example('${SEARCH_TEAM_KEY}')
  secret!: string;

  /** Names of the models it may use, `*` for all. Default: all. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsString({ each: true })
  @Example('[gpt-4o-mini]')
  models?: string[];
}
