import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';

const MAX_DAYS = 36_500;

/** How long Postgres keeps what each call leaves. Left out: for ever. */
export class RetentionOptions {
  /**
   * Days for which usage records are kept at least; they go a month at a time. What they add up to by day stays. Left
   * out: for ever.
   */
  @IsOptional()
  @IsInt()
  // Journals that are taken over late, budgets of a month and prices that are corrected find their records.
  @Min(35)
  @Max(MAX_DAYS)
  @Example('400')
  usageDays?: number;

  /** Days for which the entries of the table `request_audit` are kept. Left out: for ever. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_DAYS)
  @Example('90')
  auditDays?: number;
}
