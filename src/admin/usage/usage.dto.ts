import { Transform, type TransformFnParams, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { type CallStatus, type UsageGrade } from '../../extensions/usage-record.js';
import { USAGE_DIMENSIONS, type UsageDimension, type UsageFilter } from './usage-queries.js';

const MAX_NAME_LENGTH = 512;

/** `2026-03-01`, or with a time and its zone. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A time of ISO 8601; a day alone is its midnight of UTC. Anything else is no date, and refused as such. */
function toTime({ value }: TransformFnParams): unknown {
  return typeof value === 'string' && TIME.test(value) ? new Date(value) : value;
}

export class UsageFilterQuery implements UsageFilter {
  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: 'from must be a day or a time of ISO 8601' })
  from?: Date;

  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: 'to must be a day or a time of ISO 8601' })
  to?: Date;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  key?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  team?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  organization?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  endUser?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  model?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  provider?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_LENGTH)
  operation?: string;

  @IsOptional()
  @IsIn(['completed', 'failed', 'aborted'])
  status?: CallStatus;

  @IsOptional()
  @IsIn(['exact', 'estimated', 'none'])
  grade?: UsageGrade;
}

export class UsageRecordsQuery extends UsageFilterQuery {
  /** Records at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit?: number;

  /** `next` of the page before. */
  @IsOptional()
  @IsUUID('all', { message: 'cursor must be the next of a page' })
  cursor?: string;
}

export class UsageTotalsQuery extends UsageFilterQuery {
  /** What to add up by, with commas between. */
  @IsOptional()
  @Transform(({ value }: TransformFnParams): unknown => (typeof value === 'string' ? value.split(',') : value))
  @ArrayMinSize(1)
  @ArrayMaxSize(USAGE_DIMENSIONS.length)
  @ArrayUnique()
  @IsIn(USAGE_DIMENSIONS, { each: true })
  by?: UsageDimension[];
}
