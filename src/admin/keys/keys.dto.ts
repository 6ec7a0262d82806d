import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsDay, IsModelList, IsName } from '../../config/setting.validators.js';
import { KeySettings } from '../../key.options.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';
import { KEY_ORDERS, KEY_STATUSES, type KeyFilter, type KeyOrder, type KeyStatus } from './key-administration.js';

/** What may be said of a stored key: all of it when it is made, a merge patch of it later. */
export class KeyBody extends KeySettings {
  /** Who the key belongs to: the name on usage records. */
  @IsString()
  @IsName()
  @Example('search-team')
  name!: string;

  /** Names of the models it may use, `*` for all. Default: all. */
  @IsOptional()
  @IsModelList()
  @Example('[gpt-4o-mini]')
  models?: string[];

  /** The day, or the time, from which on it is refused. Default: never. */
  @IsOptional()
  @IsString()
  @IsDay()
  @Example('2027-01-31T18:00:00Z')
  expiresAt?: string;
}

/** How a secret is replaced. */
export class RotationBody {
  /** Seconds for which the secret before stays good: 30 days at most. Default a day. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_592_000)
  @Example('86400')
  graceSeconds?: number;
}

export class KeysQuery implements KeyFilter {
  /** Keys at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(2_048)
  cursor?: string;

  @IsOptional()
  @IsIn(KEY_ORDERS)
  sort?: KeyOrder;

  @IsOptional()
  @IsIn(['stored', 'configuration'])
  source?: 'stored' | 'configuration';

  @IsFilter()
  name?: string;

  @IsFilter()
  team?: string;

  @IsFilter()
  organization?: string;

  @IsOptional()
  @IsIn(KEY_STATUSES)
  status?: KeyStatus;
}
