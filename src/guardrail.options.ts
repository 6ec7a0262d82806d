import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsBaseUrl, IsModelName, IsName } from './config/setting.validators.js';

export const PERSONAL_DATA = ['email', 'phone', 'credit-card', 'iban', 'ip-address', 'us-ssn', 'secret'] as const;

export type PersonalData = (typeof PERSONAL_DATA)[number];

/** What is looked for in requests and answers, and what becomes of what is found. */
export class GuardrailOptions {
  /** What keys, headers and records call it. */
  @IsString()
  @IsName()
  @Example('customer-data')
  name!: string;

  /** What looks: the gateway itself, by `patterns` or for `personal-data`; a `webhook` of yours; a `moderation` model. */
  @IsIn(['pattern', 'personal-data', 'webhook', 'moderation'])
  @Example('personal-data')
  kind!: 'pattern' | 'personal-data' | 'webhook' | 'moderation';

  /** At what it looks. Default `both`. */
  @IsOptional()
  @IsIn(['request', 'response', 'both'])
  @Example('both')
  on?: 'request' | 'response' | 'both';

  /**
   * What becomes of what is found: `mask` puts something else in its place, `refuse` ends the call with an error, `warn`
   * only tells. Default: `mask` for patterns and personal data, otherwise `refuse`. A webhook says itself whether it masks
   * or refuses, unless this is `warn`.
   */
  @IsOptional()
  @IsIn(['mask', 'refuse', 'warn'])
  @Example('mask')
  action?: 'mask' | 'refuse' | 'warn';

  /** `all` keys have it, and none can do without; or those that are `named`: whose `guardrails` name it. Default `all`. */
  @IsOptional()
  @IsIn(['all', 'named'])
  @Example('all')
  appliesTo?: 'all' | 'named';

  /** Of kind `pattern`: regular expressions, any of which may match. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(1_000, { each: true })
  @Example("['\\bproject-(?:falcon|heron)\\b']")
  patterns?: string[];

  /** Of kind `pattern`: whether capitals and small letters are the same. Default `false`. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  ignoreCase?: boolean;

  /** Of kind `pattern`: what stands in place of what was found. Default `[MASKED]`. */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  @Example("'[PROJECT]'")
  replacement?: string;

  /** Of kind `personal-data`: what to look for. Default: everything. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(PERSONAL_DATA, { each: true })
  @Example('[email, credit-card]')
  personalData?: PersonalData[];

  /** Of kind `webhook`: where texts are sent, without a query. */
  @IsOptional()
  @IsString()
  @IsBaseUrl()
  @Example('https://guard.example.com/check')
  url?: string;

  /** Of kind `webhook`: signs what is sent, by HMAC-SHA256. */
  @IsOptional()
  @IsString()
  @MinLength(16)
  @MaxLength(512)
  @Example('${GUARD_SECRET}')
  secret?: string;

  /** Of kinds `webhook` and `moderation`: milliseconds to wait for an answer. Default 5,000. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(60_000)
  @Example('5000')
  timeout?: number;

  /** Of kinds `webhook` and `moderation`: what becomes of a call when there is no usable answer. Default `refuse`. */
  @IsOptional()
  @IsIn(['refuse', 'continue'])
  @Example('refuse')
  onFailure?: 'refuse' | 'continue';

  /** Of kind `moderation`: the model that is asked, as clients name it. */
  @IsOptional()
  @IsString()
  @IsModelName()
  @Example('omni-moderation-latest')
  model?: string;

  /** Of kind `moderation`: the categories that count. Default: all that the model flags. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsString({ each: true })
  @Example('[violence, hate]')
  categories?: string[];

  /** Of kind `moderation`: the score from which a category counts, 0 to 1. Default: what the model flags. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  @Example('0.5')
  threshold?: number;
}
