import { IsIn, IsOptional } from 'class-validator';
import { type BudgetKind } from '../../events/budget-charge.js';
import { type BudgetFilter } from '../../extensions/budget/budget-ledger.js';
import { IsFilter, IsPageLimit } from '../query.decorators.js';

export const BUDGET_KINDS: readonly BudgetKind[] = ['key', 'team', 'organization', 'end_user', 'everyone'];

export class BudgetsQuery implements BudgetFilter {
  /** Its name; that of a key's own begins with `key/`. */
  @IsFilter()
  budget?: string;

  @IsOptional()
  @IsIn(BUDGET_KINDS)
  kind?: BudgetKind;

  /** Whose account it is. */
  @IsFilter()
  subject?: string;

  /** Accounts at most. */
  @IsPageLimit()
  limit?: number;
}
