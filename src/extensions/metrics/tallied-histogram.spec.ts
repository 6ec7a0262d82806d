import fc from 'fast-check';
import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { TalliedHistogram } from './tallied-histogram.js';

function start() {
  const own = new Registry();
  const theirs = new Registry();
  const configuration = { name: 'seconds', help: 'Seconds.', labelNames: ['model', 'outcome'], buckets: [0.5, 1, 10] };
  return {
    own,
    theirs,
    tallied: new TalliedHistogram({ ...configuration, registers: [own] }),
    histogram: new Histogram({ ...configuration, registers: [theirs] }),
  };
}

const LABELS = fc.record({ model: fc.constantFrom('a', 'b"\\\n'), outcome: fc.constantFrom('completed', 'failed') });
/** Quarters, which add up exactly; at the bounds, between and beyond them. */
const VALUE = fc.nat(50).map((quarters) => quarters / 4);

describe('a tallied histogram', () => {
  it('says what prom-client’s says, also to another process, and after it was reset', async () => {
    const values = fc.array(fc.tuple(LABELS, VALUE), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(values, values, async (before, after) => {
        const { own, theirs, tallied, histogram } = start();
        for (const part of [before, after]) {
          for (const [labels, value] of part) {
            tallied.with(labels).add(value);
            histogram.observe(labels, value);
          }
          expect(await own.metrics()).toBe(await theirs.metrics());
        }
        const sum = (registry: Registry) =>
          registry.getMetricsAsJSON().then((metrics) => AggregatorRegistry.aggregate([[...metrics], [...metrics]]));
        expect(await (await sum(own)).metrics()).toBe(await (await sum(theirs)).metrics());
        own.resetMetrics();
        expect((await tallied.get()).values.every(({ value }) => value === 0)).toBe(true);
      }),
    );
  });
});
