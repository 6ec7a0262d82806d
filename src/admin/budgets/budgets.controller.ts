import { Controller, Get } from '@nestjs/common';
import { type BudgetState } from '../../extensions/budget/budget-ledger.js';
import { BudgetService } from '../../extensions/budget/budget.service.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminQuery } from '../admin-validation.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { usd } from '../usd.js';
import { BudgetsQuery } from './budgets.dto.js';

/** Amounts go out in USD, as decimal text. */
type ShownBudget = Omit<BudgetState, 'limit' | 'spent' | 'reserved' | 'left'> &
  Readonly<Record<'limit' | 'spent' | 'reserved' | 'left', string>>;

@AdminRoute()
@Controller('admin/budgets')
export class BudgetsController {
  constructor(private readonly budgets: BudgetService) {}

  /** How the accounts stand that were used in their present window, over all gateways. */
  @Get()
  @NeedsScope('budgets:read')
  async list(@AdminQuery() filter: BudgetsQuery): Promise<{ budgets: ShownBudget[] }> {
    const states = await this.budgets.states(filter);
    return {
      budgets: states.map(({ limit, spent, reserved, left, ...state }) => ({
        ...state,
        limit: usd(limit),
        spent: usd(spent),
        reserved: usd(reserved),
        left: usd(left),
      })),
    };
  }
}
