import { IsIn, IsOptional, IsString } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsModelName, IsName } from '../../config/setting.validators.js';
import { DeploymentOptions } from '../../provider.options.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';
import { ROUTING_SOURCES } from './routing-source.js';

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

export class DeploymentsQuery {
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
  @IsIn(ROUTING_SOURCES)
  source?: (typeof ROUTING_SOURCES)[number];
}
