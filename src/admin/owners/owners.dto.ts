import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsName } from '../../config/setting.validators.js';
import { OwnerSettings, TeamSettings } from '../../owner.options.js';

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
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit?: number;

  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  cursor?: string;
}

export class TeamsQuery extends OrganizationsQuery {
  @IsOptional()
  @IsString()
  @MaxLength(512)
  organization?: string;
}
