import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { type BudgetKind } from '../../events/budget-charge.js';
import { type BudgetFilter } from '../../extensions/budget/budget-ledger.js';

export const BUDGET_KINDS: readonly BudgetKind[] = ['key', 'team', 'organization', 'end_user', 'everyone'];

export class BudgetsQuery implements BudgetFilter {
  /** Its name; that of a key's own begins with `key/`. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  budget?: string;

  @IsOptional()
  @IsIn(BUDGET_KINDS)
  kind?: BudgetKind;

  /** Whose account it is. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  subject?: string;

  /** Accounts at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit?: number;
}
