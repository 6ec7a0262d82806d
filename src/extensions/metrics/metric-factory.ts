import { Counter, type Registry } from 'prom-client';
import { TalliedHistogram } from './tallied-histogram.js';
import { Tallies } from './tallies.js';

export const METRIC_PREFIX = 'nestgate_';

/** Makes metrics of this gateway's in one registry. */
export class MetricFactory {
  constructor(private readonly registry: Registry) {}

  /** For what is rare. */
  counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name: METRIC_PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  /** For what every call counts. */
  tallies(name: string, help: string, labelNames: readonly string[]): Tallies {
    return new Tallies({ name: METRIC_PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  histogram(name: string, help: string, labelNames: readonly string[], buckets: number[]): TalliedHistogram {
    return new TalliedHistogram({ name: METRIC_PREFIX + name, help, labelNames, buckets, registers: [this.registry] });
  }
}
