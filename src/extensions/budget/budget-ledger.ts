import { type BudgetCharge, type BudgetKind, type BudgetPeriod } from '../../events/budget-charge.js';

/** What one request wants set aside before it is dispatched. */
export interface BudgetRequest {
  readonly requestId: string;
  /** Pico-USD, from each account. */
  readonly amount: bigint;
  readonly charges: readonly BudgetCharge[];
}

/** Why nothing was set aside. */
export interface BudgetRefusal {
  /** The first account that has not enough left. */
  readonly charge: BudgetCharge;
  /** When it starts anew; `null` for never. */
  readonly windowEnd: Date | null;
  /** Seconds until then, by the ledger's clock. */
  readonly secondsLeft: number | null;
}

/** Spending has reached a percentage of a budget. */
export interface BudgetAlert {
  readonly id: string;
  readonly budget: string;
  readonly kind: BudgetKind;
  readonly subject: string;
  readonly threshold: number;
  readonly windowStart: Date;
  readonly windowEnd: Date | null;
  /** Pico-USD. */
  readonly limit: bigint;
  readonly spent: bigint;
  readonly raisedAt: Date;
}

/** An account of a budget in its present window. Amounts in pico-USD. */
export interface BudgetState {
  /** The budget's name; that of a key's own begins with `key/`. */
  readonly budget: string;
  readonly kind: BudgetKind;
  /** Whose account it is; `*` for everyone. */
  readonly subject: string;
  readonly period: BudgetPeriod;
  readonly hard: boolean;
  readonly limit: bigint;
  readonly spent: bigint;
  /** Set aside for calls under way. */
  readonly reserved: bigint;
  /** `limit` less `spent` and `reserved`: below zero where calls cost more than could be foreseen. */
  readonly left: bigint;
  readonly windowStart: Date;
  /** `null` for a budget in total. */
  readonly windowEnd: Date | null;
}

/** Which accounts to tell. */
export interface BudgetFilter {
  readonly budget?: string;
  readonly kind?: BudgetKind;
  readonly subject?: string;
  /** At most so many, by budget and subject. Default 100. */
  readonly limit?: number;
}

/**
 * Keeps the accounts of budgets, for all gateways together. An amount is set aside before a call is dispatched only
 * where `spent + reserved + amount <= limit` holds for each of its accounts. When the usage record of a call is stored,
 * in the same transaction, its cost is spent and what was set aside is free again; the order of these does not matter.
 */
export abstract class BudgetLedger {
  /**
   * Decides each request in its turn, as a whole. What is asked twice under one request id is set aside once.
   * @returns for each of them `undefined` where the amount is set aside, or why not.
   */
  abstract reserve(owner: string, requests: readonly BudgetRequest[]): Promise<readonly (BudgetRefusal | undefined)[]>;

  /** Frees what was set aside for requests that will have no usage record. */
  abstract release(requestIds: readonly string[]): Promise<void>;

  /** The same where it is not known whether `reserve` has reached the ledger, or still will: then it has no effect. */
  abstract cancel(owner: string, requestIds: readonly string[]): Promise<void>;

  /** A sign of life of a process with reservations. */
  abstract beat(owner: string): Promise<void>;

  /**
   * Charges what silent processes had set aside, as if it had been spent: nobody knows. Where the usage record comes
   * after all, it corrects that.
   * @returns how many requests that were.
   */
  abstract sweep(silentMs: number): Promise<number>;

  /** Alerts that nobody has dealt with, each given to one process only; again after a minute unless `closeAlert` is called. */
  abstract takeAlerts(): Promise<readonly BudgetAlert[]>;

  abstract closeAlert(id: string): Promise<void>;

  abstract states(filter: BudgetFilter): Promise<readonly BudgetState[]>;
}
