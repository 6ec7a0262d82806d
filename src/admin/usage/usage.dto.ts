import { Transform, type TransformFnParams, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
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
import { IsTime } from '../is-time.decorator.js';
import { EXPORT_FORMATS, type ExportFormat } from './usage-export.js';
import { USAGE_DIMENSIONS, type UsageDimension, type UsageFilter } from './usage-queries.js';

const MAX_NAME_LENGTH = 512;

export class UsageFilterQuery implements UsageFilter {
  @IsOptional()
  @IsTime()
  from?: Date;

  @IsOptional()
  @IsTime()
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

export class UsageExportQuery extends UsageFilterQuery {
  @IsOptional()
  @IsIn(EXPORT_FORMATS)
  format?: ExportFormat;
}
