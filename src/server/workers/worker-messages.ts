import { type Limit } from '../../limits/rate-limiter.js';

/** So many lists of limits of a worker have a number at once. */
export const MAX_NUMBERS = 65_536;

/**
 * What becomes of limits that the primary process keeps for all workers: a call is admitted or refused; so much of them is
 * a worker's to admit calls with, or is not; so much is given back; or is taken, also beyond the limits.
 */
export const LimitOperation = { check: 0, lease: 1, giveBack: 2, charge: 3 } as const;

/**
 * One of them as numbers: what is done, the number that the worker has given a list of limits, when that was charged
 * which is given back, by the clock of the primary process, and a `LimitAmount`.
 */
export type LimitRow = readonly [
  what: number,
  limits: number,
  chargedAt: number,
  slots: number,
  calls: number,
  tokens: number,
];

/**
 * What a worker tells of limits, each time for several calls. Numbers in one piece: to tell them as objects took more time
 * than all that is done with them.
 */
export interface LimitsTold {
  /**
   * Numbers for lists of limits, each higher by one than the last. Of more than `MAX_NUMBERS` the lowest hold no longer
   * after this message.
   */
  readonly numbered: readonly (readonly [number: number, limits: readonly Limit[]])[];
  /** One `LimitRow` after the other. */
  readonly rows: Float64Array;
}

/** As prom-client tells them and takes them. */
export type MetricsOfProcess = readonly object[];

/** From a worker to the primary process. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'limits' } & LimitsTold)
  | { readonly kind: 'read-metrics'; readonly number: number }
  | { readonly kind: 'metrics'; readonly number: number; readonly metrics: MetricsOfProcess };

/** From the primary process to a worker. */
export type PrimaryMessage =
  | { readonly kind: 'stop' }
  /** All workers are there. */
  | { readonly kind: 'complete' }
  /**
   * For each check and each lease of one message, in their order, as numbers: the limit that refuses, or -1; milliseconds
   * until it would admit the same; when it was charged, or `NaN`; what remains and milliseconds until reset, of each limit.
   */
  | { readonly kind: 'decisions'; readonly decisions: Float64Array }
  | { readonly kind: 'collect-metrics'; readonly number: number }
  | { readonly kind: 'metrics'; readonly number: number; readonly metrics: readonly MetricsOfProcess[] };
