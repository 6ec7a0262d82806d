import { Injectable } from '@nestjs/common';
import { BudgetLedger, type BudgetFilter, type BudgetState } from './budget-ledger.js';

/** Tells how budgets stand. */
@Injectable()
export class BudgetService {
  constructor(private readonly ledger: BudgetLedger) {}

  /** The accounts that were used in their present window, over all gateways. */
  states(filter: BudgetFilter = {}): Promise<readonly BudgetState[]> {
    return this.ledger.states(filter);
  }
}
