/** Whose spending a budget limits. */
export type BudgetKind = 'key' | 'team' | 'organization' | 'end_user' | 'everyone';

export type BudgetPeriod = 'day' | 'week' | 'month' | 'total';

/**
 * One account that a call is paid from: a budget of one subject. It goes with the usage record to where that is stored,
 * as JSON, and says all that is needed to open the account.
 */
export interface BudgetCharge {
  /** The budget's name; that of a key's own begins with `key/`. */
  readonly budget: string;
  readonly kind: BudgetKind;
  /** Whose account it is. */
  readonly subject: string;
  readonly period: BudgetPeriod;
  readonly timeZone: string;
  /** 0 for Monday. */
  readonly weekStartsOn: number;
  readonly hard: boolean;
  /** Percentages at which somebody is told. */
  readonly alerts: readonly number[];
  /** Pico-USD, as text: JSON has no whole numbers beyond 2^53. */
  readonly limit: string;
}

/** What one call may cost, drawn from an amount that its process has set aside for many. */
export interface LeaseDraw {
  readonly lease: string;
  /**
   * To be called once, when it is known what the call cost: what it did not is free for other calls.
   * @param cost pico-USD
   * @returns how much of the lease is used up: no more than was drawn.
   */
  settle(cost: bigint): bigint;
}
