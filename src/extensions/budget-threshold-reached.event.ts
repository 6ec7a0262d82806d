import { type BudgetAlert } from './budget/budget-ledger.js';

/** Spending has reached a percentage of a budget: told once for each window, by one of the gateways. */
export class BudgetThresholdReached {
  constructor(readonly alert: BudgetAlert) {}
}
