import { IsBoolean, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { PriceOptions } from '../../price.options.js';
import { IsTime } from '../is-time.decorator.js';
import { IsFilter } from '../query.decorators.js';
import { SourcedQuery } from '../sourced-query.js';

export class PriceBody extends PriceOptions {}

export class PricesQuery extends SourcedQuery {
  @IsFilter()
  provider?: string;

  @IsFilter()
  model?: string;
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
