import { IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { PriceOptions } from '../../price.options.js';
import { IsTime } from '../is-time.decorator.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';

export class PriceBody extends PriceOptions {}

export class PricesQuery {
  /** So many at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsFilter()
  cursor?: string;

  @IsFilter()
  provider?: string;

  @IsFilter()
  model?: string;

  @IsOptional()
  @IsIn(['stored', 'configuration'])
  source?: 'stored' | 'configuration';
}

export class RerateBody {
  /** Calls that started then, or later. */
  @IsTime()
  from!: Date;

  /** Calls that started before. */
  @IsTime()
  to!: Date;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  provider?: string;

  /** As clients or the provider call it. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  model?: string;

  /** Only says what would change. Default `false`. */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}
