import { IsString } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsModelName, IsName } from '../../config/setting.validators.js';
import { DeploymentOptions } from '../../provider.options.js';
import { IsFilter } from '../query.decorators.js';
import { SourcedQuery } from '../sourced-query.js';

/** What may be said of a stored deployment: which model at which provider it is stays. */
export class DeploymentSettings extends DeploymentOptions {}

export class DeploymentBody extends DeploymentSettings {
  /** The name of its provider: of a stored one, or one of the configuration. */
  @IsString()
  @IsName()
  @Example('azure-eu')
  provider!: string;

  /** What clients call it. */
  @IsString()
  @IsModelName()
  @Example('gpt-4o')
  model!: string;
}

export class DeploymentsQuery extends SourcedQuery {
  @IsFilter()
  provider?: string;

  @IsFilter()
  model?: string;
}
