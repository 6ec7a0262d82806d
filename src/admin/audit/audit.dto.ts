import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { IsTime } from '../is-time.decorator.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';

export class AuditQuery {
  @IsOptional()
  @IsTime()
  from?: Date;

  @IsOptional()
  @IsTime()
  to?: Date;

  /** `keys.create`, … */
  @IsFilter()
  action?: string;

  /** On what: an id, a name. */
  @IsFilter()
  target?: string;

  /** The id of the token that it was done with. */
  @IsFilter()
  tokenId?: string;

  /** Lines at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  cursor?: number;
}

/** A line that somebody has noted elsewhere: it must still be there as it was. */
export class VerificationQuery {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  number?: number;

  @IsOptional()
  @IsString()
  @Length(64, 64)
  @Matches(/^[\da-f]+$/)
  hash?: string;
}
