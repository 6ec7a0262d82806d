import { IsIn, IsOptional, IsString } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsModelName } from '../../config/setting.validators.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';
import { ROUTING_SOURCES } from './routing-source.js';

/** What may be said of a stored alias: its name stays. */
export class AliasSettings {
  /** The model that it stands for. */
  @IsString()
  @IsModelName()
  @Example('gpt-4o-mini')
  model!: string;
}

export class AliasBody extends AliasSettings {
  /** What clients ask for. */
  @IsString()
  @IsModelName()
  @Example('fast')
  name!: string;
}

export class AliasesQuery {
  /** So many at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsFilter()
  cursor?: string;

  @IsFilter()
  model?: string;

  @IsOptional()
  @IsIn(ROUTING_SOURCES)
  source?: (typeof ROUTING_SOURCES)[number];
}
