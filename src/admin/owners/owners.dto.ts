import { IsString } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsName } from '../../config/setting.validators.js';
import { OwnerSettings, TeamSettings } from '../../owner.options.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';

export class TeamBody extends TeamSettings {
  /** By which keys name it: for good. */
  @IsString()
  @IsName()
  @Example('search')
  name!: string;
}

export class OrganizationBody extends OwnerSettings {
  /** By which keys and teams name it: for good. */
  @IsString()
  @IsName()
  @Example('acme')
  name!: string;
}

export class OrganizationsQuery {
  /** So many at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsFilter()
  cursor?: string;
}

export class TeamsQuery extends OrganizationsQuery {
  @IsFilter()
  organization?: string;
}
