import { uuidv7 } from 'uuidv7';
import { type BudgetCharge } from '../../src/events/budget-charge.js';
import { type BudgetRequest } from '../../src/extensions/budget/budget-ledger.js';

/** A charge to one of the accounts of a budget. */
export function budgetCharge(changes: Partial<BudgetCharge> = {}): BudgetCharge {
  return {
    budget: 'keys',
    kind: 'key',
    subject: 'test',
    period: 'total',
    timeZone: 'UTC',
    weekStartsOn: 0,
    hard: true,
    alerts: [],
    limit: '100',
    ...changes,
  };
}

export function budgetRequest(
  amount: bigint,
  charges: readonly BudgetCharge[] = [budgetCharge()],
  requestId: string = uuidv7(),
): BudgetRequest {
  return { requestId, amount, charges };
}
