import { IsString } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsModelName } from '../../config/setting.validators.js';
import { IsFilter } from '../query.decorators.js';
import { SourcedQuery } from '../sourced-query.js';

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

export class AliasesQuery extends SourcedQuery {
  @IsFilter()
  model?: string;
}
