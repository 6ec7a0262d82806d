import { Controller, Get } from '@nestjs/common';
import { type BudgetState } from '../../extensions/budget/budget-ledger.js';
import { BudgetService } from '../../extensions/budget/budget.service.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminQuery } from '../admin-validation.js';
import { answerSchema, FLAG, listOf, oneOf, orNull, TEXT, TIME, USD } from '../answer-schema.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Documented } from '../route-documentation.decorator.js';
import { usd } from '../usd.js';
import { BUDGET_KINDS, BudgetsQuery } from './budgets.dto.js';

/** Amounts go out in USD, as decimal text. */
type ShownBudget = Omit<BudgetState, 'limit' | 'spent' | 'reserved' | 'left'> &
  Readonly<Record<'limit' | 'spent' | 'reserved' | 'left', string>>;

const BUDGET = answerSchema<ShownBudget>('Budget', {
  budget: TEXT,
  kind: oneOf(...BUDGET_KINDS),
  subject: TEXT,
  period: oneOf('day', 'week', 'month', 'total'),
  hard: FLAG,
  limit: USD,
  spent: USD,
  reserved: USD,
  left: USD,
  windowStart: TIME,
  windowEnd: orNull(TIME),
});
const BUDGETS = answerSchema<{ budgets: unknown }>('Budgets', { budgets: listOf(BUDGET) });

@AdminRoute()
@Controller('admin/budgets')
export class BudgetsController {
  constructor(private readonly budgets: BudgetService) {}

  /** How the accounts stand that were used in their present window, over all gateways. */
  @Get()
  @NeedsScope('budgets:read')
  @Documented({ summary: 'Read the accounts of budgets', query: BudgetsQuery, answer: BUDGETS })
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
