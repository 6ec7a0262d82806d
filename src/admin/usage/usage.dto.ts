import { Transform, type TransformFnParams } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsIn, IsOptional, IsUUID } from 'class-validator';
import { type CallStatus, type UsageGrade } from '../../extensions/usage-record.js';
import { IsTime } from '../is-time.decorator.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';
import { EXPORT_FORMATS, type ExportFormat } from './usage-export.js';
import { USAGE_DIMENSIONS, type UsageDimension, type UsageFilter } from './usage-queries.js';

export class UsageFilterQuery implements UsageFilter {
  @IsOptional()
  @IsTime()
  from?: Date;

  @IsOptional()
  @IsTime()
  to?: Date;

  @IsFilter()
  key?: string;

  @IsFilter()
  team?: string;

  @IsFilter()
  organization?: string;

  @IsFilter()
  endUser?: string;

  @IsFilter()
  tag?: string;

  @IsFilter()
  model?: string;

  @IsFilter()
  provider?: string;

  @IsFilter()
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
  @IsPageLimit()
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
