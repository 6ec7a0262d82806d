import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsTime } from '../is-time.decorator.js';

const MAX_NAME_LENGTH = 512;

export class AuditQuery {
  @IsOptional()
  @IsTime()
  from?: Date;

  @IsOptional()
  @IsTime()
  to?: Date;

  /** `keys.create`, … */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  action?: string;

  /** On what: an id, a name. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  target?: string;

  /** The id of the token that it was done with. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  tokenId?: string;

  /** Lines at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
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
