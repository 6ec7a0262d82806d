import { Counter, type CounterConfiguration } from 'prom-client';

/** One series of a counter, to be added to at no cost. */
export interface Tally {
  value: number;
}

/**
 * A counter whose series are plain numbers until somebody reads it: prom-client looks the labels up with every increment,
 * which for the half dozen counters of a call takes longer than all else that is counted.
 */
export class Tallies {
  private readonly series: { readonly labels: Readonly<Record<string, string>>; value: number }[] = [];

  constructor(configuration: CounterConfiguration<string>) {
    const counter: Counter = new Counter({ ...configuration, collect: () => this.copyTo(counter) });
  }

  /** A new one each time: to be kept. Those of equal labels add up. */
  with(labels: Readonly<Record<string, string>>): Tally {
    const tally = { labels, value: 0 };
    this.series.push(tally);
    return tally;
  }

  private copyTo(counter: Counter): void {
    counter.reset();
    for (const { labels, value } of this.series) if (value > 0) counter.inc(labels, value);
  }
}
