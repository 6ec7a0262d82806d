import { type BudgetCharge, type BudgetKind, type BudgetPeriod } from '../../events/budget-charge.js';

/** What one request wants set aside before it is dispatched. */
export interface BudgetRequest {
  readonly requestId: string;
  /** Pico-USD, from each account. */
  readonly amount: bigint;
  readonly charges: readonly BudgetCharge[];
}

/** An amount that a process wants to set aside for calls to come. */
export interface LeaseRequest {
  readonly id: string;
  readonly charges: readonly BudgetCharge[];
  /** Pico-USD, more than 0: a lease is a number of these. */
  readonly piece: bigint;
  readonly most: number;
  /** With fewer it is not worth while. */
  readonly least: number;
  /** Not more than `1 / share` of what is left on each account. */
  readonly share: number;
}

export interface LeaseGrant {
  /** Pico-USD. */
  readonly amount: bigint;
  /** Until the first of its accounts starts anew; `null` for never. */
  readonly secondsLeft: number | null;
}

/** What of a lease will not be drawn any more. */
export interface LeasePart {
  readonly id: string;
  /** Pico-USD. */
  readonly amount: bigint;
  /** How many parts of this lease came before it: what is told twice is freed once. */
  readonly number: number;
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

  /** @returns `undefined` where there is not enough room. What is asked twice under one id is set aside once. */
  abstract lease(owner: string, request: LeaseRequest): Promise<LeaseGrant | undefined>;

  /** Frees parts of leases. */
  abstract giveBack(parts: readonly LeasePart[]): Promise<void>;

  /**
   * Frees what was set aside for requests that will have no usage record, or in leases that nobody will draw from any
   * more; also where it was charged for a silent owner.
   */
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
