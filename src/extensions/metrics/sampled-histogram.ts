import { Histogram, type HistogramConfiguration } from 'prom-client';

/** So many values of a series wait. */
const MAX_WAITING = 64;

/** One series of a histogram. */
export class Samples {
  private readonly waiting = new Float64Array(MAX_WAITING);
  private count = 0;

  constructor(private readonly series: Histogram.Internal<string>) {}

  add(value: number): void {
    this.waiting[this.count++] = value;
    if (this.count === MAX_WAITING) this.flush();
  }

  flush(): void {
    const { count } = this;
    this.count = 0;
    for (const value of this.waiting.subarray(0, count)) this.series.observe(value);
  }
}

/**
 * A histogram that is told of values many at a time, or when somebody reads it: prom-client looks the labels up with
 * every value, and between two calls all that it needs for that has left the processor's caches.
 */
export class SampledHistogram {
  private readonly histogram: Histogram;
  private readonly series: Samples[] = [];

  constructor(configuration: HistogramConfiguration<string>) {
    this.histogram = new Histogram({
      ...configuration,
      collect: () => {
        for (const samples of this.series) samples.flush();
      },
    });
  }

  /** A new one each time: to be kept. Those of equal labels add up. */
  with(labels: Readonly<Record<string, string>>): Samples {
    const samples = new Samples(this.histogram.labels(labels));
    this.series.push(samples);
    return samples;
  }
}
