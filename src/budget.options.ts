import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { Example } from './config/example.decorator.js';
import {
  IsAmount,
  IsCredential,
  IsName,
  IsThresholds,
  IsTimeZone,
  IsWebhookUrl,
  MAX_MILLISECONDS,
} from './config/setting.validators.js';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** What a budget allows, and until when. */
export class BudgetLimitOptions {
  /** What it is called in messages, alerts and reports. Another name is another budget, with nothing spent yet. */
  @IsString()
  @IsName()
  @Example('monthly')
  name!: string;

  /** How many US dollars may be spent: a decimal number, or the same as text, with 12 digits after the point at most. */
  @IsAmount()
  @Example('25.50')
  usd!: number | string;

  /** How often it starts anew, by the calendar; `total` never does. */
  @IsIn(['day', 'week', 'month', 'total'])
  @Example('month')
  per!: 'day' | 'week' | 'month' | 'total';

  /** By whose calendar: a name of the IANA time zone database. Default `UTC`. */
  @IsOptional()
  @IsString()
  @IsTimeZone()
  @Example('Europe/Berlin')
  timeZone?: string;

  /** The first day of the week. Default `monday`. */
  @IsOptional()
  @IsIn(WEEKDAYS)
  @Example('monday')
  weekStartsOn?: (typeof WEEKDAYS)[number];

  /** Whether calls are refused that it might not pay for. `false` only counts and tells. Default `true`. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  hard?: boolean;

  /** At which percentages of it somebody is told. Default: at none. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @IsThresholds()
  @Example('[50, 80, 100]')
  alerts?: number[];
}

/** Who is told of what happens to budgets, by a POST. */
export class BudgetWebhookOptions {
  /** Where to. */
  @IsString()
  @IsWebhookUrl()
  @Example('https://hooks.example.com/budgets')
  url!: string;

  /** Signs what is sent, so that the receiver knows who sent it: 16 to 256 characters. Default: unsigned. */
  @IsOptional()
  @IsString()
  @MinLength(16)
  @MaxLength(256)
  @IsCredential()
  @Example('${BUDGET_WEBHOOK_SECRET}')
  secret?: string;
}

/** A budget of many: of keys, teams, organisations, end users, or of everyone together. */
export class BudgetOptions extends BudgetLimitOptions {
  /** Whose spending it limits. */
  @IsIn(['key', 'team', 'organization', 'end_user', 'everyone'])
  @Example('team')
  for!: 'key' | 'team' | 'organization' | 'end_user' | 'everyone';

  /** The name of a certain one. Default: each one of its kind has this budget for itself. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(128)
  @Example('search')
  subject?: string;

  /** Who is told of its alerts, beside those who are told of all. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(8)
  @ValidateNested({ each: true })
  @Type(() => BudgetWebhookOptions)
  @Example("[{ url: 'https://hooks.example.com/budgets' }]")
  webhooks?: BudgetWebhookOptions[];
}

/** How budgets are kept. */
export class BudgetKeepingOptions {
  /** Milliseconds between two signs of life of a gateway, by which the others know that its calls are still under way. Default 5,000. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(MAX_MILLISECONDS)
  @Example('5000')
  heartbeatInterval?: number;

  /** Milliseconds of silence after which a gateway's calls count as lost, and are charged what was reserved for them. Default 30,000. */
  @IsOptional()
  @IsInt()
  @Min(500)
  @Max(MAX_MILLISECONDS)
  @Example('30000')
  lostAfter?: number;

  /** Who is told of the alerts of every budget, those of keys included. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(8)
  @ValidateNested({ each: true })
  @Type(() => BudgetWebhookOptions)
  @Example("[{ url: 'https://hooks.example.com/budgets' }]")
  webhooks?: BudgetWebhookOptions[];
}
