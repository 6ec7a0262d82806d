import { type Limit, type LimitDecision } from '../../limits/rate-limiter.js';

/** What a worker asks of the limits that the primary process keeps for all of them. */
export type LimitOperation =
  | {
      readonly what: 'check';
      /** Names the answer. */
      readonly number: number;
      readonly limits: readonly Limit[];
      readonly tokens: number;
      readonly id: string;
    }
  | { readonly what: 'leave' | 'takeBack'; readonly limits: readonly Limit[]; readonly decision: LimitDecision }
  | {
      readonly what: 'settle';
      readonly limits: readonly Limit[];
      readonly decision: LimitDecision;
      readonly tokens: number;
    };

/** As prom-client tells them and takes them. */
export type MetricsOfProcess = readonly object[];

export type NumberedDecision = readonly [number: number, decision: LimitDecision];

/** From a worker to the primary process. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'limits'; readonly operations: readonly LimitOperation[] }
  | { readonly kind: 'read-metrics'; readonly number: number }
  | { readonly kind: 'metrics'; readonly number: number; readonly metrics: MetricsOfProcess };

/** From the primary process to a worker. */
export type PrimaryMessage =
  | { readonly kind: 'stop' }
  /** All workers are there. */
  | { readonly kind: 'complete' }
  | { readonly kind: 'decisions'; readonly decisions: readonly NumberedDecision[] }
  | { readonly kind: 'collect-metrics'; readonly number: number }
  | { readonly kind: 'metrics'; readonly number: number; readonly metrics: readonly MetricsOfProcess[] };
