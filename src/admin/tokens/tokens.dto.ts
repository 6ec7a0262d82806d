import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsDay, IsName } from '../../config/setting.validators.js';
import { ADMIN_ROLES, ADMIN_SCOPES, type AdminRole, type AdminScope } from '../admin-scopes.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';

/** What is said of a token when it is made. It stays so. */
export class TokenBody {
  /** Who has it, or what it is for: the name in the audit log. */
  @IsString()
  @IsName()
  @Example('dashboards')
  name!: string;

  /** Scopes that go together. Either it or `scopes`. */
  @IsOptional()
  @IsString()
  @IsIn(Object.keys(ADMIN_ROLES))
  @Example('viewer')
  role?: AdminRole;

  /** What it may, one by one. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ADMIN_SCOPES.length)
  @ArrayUnique()
  @IsIn(ADMIN_SCOPES, { each: true })
  @Example('[usage:read]')
  scopes?: AdminScope[];

  /** The day, or the time, from which on it is refused. Default: when the token ends that it is made with. */
  @IsOptional()
  @IsString()
  @IsDay()
  @Example('2027-01-31T18:00:00Z')
  expiresAt?: string;
}

export class TokensQuery {
  /** So many at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @Matches(/^[\dA-Za-z]{12}$/, { message: 'cursor must be the next of a page' })
  cursor?: string;

  /** The id of the token that they were made with. */
  @IsFilter()
  grantedBy?: string;
}
