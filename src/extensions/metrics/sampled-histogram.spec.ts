import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SampledHistogram } from './sampled-histogram.js';

function start() {
  const registry = new Registry();
  const histogram = new SampledHistogram({
    name: 'seconds',
    help: 'Seconds.',
    labelNames: ['model'],
    buckets: [1, 10],
    registers: [registry],
  });
  const lines = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('seconds'));
  return { histogram, lines };
}

describe('a sampled histogram', () => {
  it.each([1, 63, 64, 65, 1_000])('counts each of %i values once, however often it is read', async (count) => {
    const { histogram, lines } = start();
    const samples = histogram.with({ model: 'm' });
    for (let value = 0; value < count; value++) samples.add(value % 2 === 0 ? 0.5 : 5);
    const small = Math.ceil(count / 2);
    const large = count - small;
    const expected = [
      `seconds_bucket{le="1",model="m"} ${small}`,
      `seconds_bucket{le="10",model="m"} ${count}`,
      `seconds_bucket{le="+Inf",model="m"} ${count}`,
      `seconds_sum{model="m"} ${small * 0.5 + large * 5}`,
      `seconds_count{model="m"} ${count}`,
    ];
    expect(await lines()).toEqual(expected);
    expect(await lines()).toEqual(expected);
  });

  it('adds up series of equal labels, and tells others apart', async () => {
    const { histogram, lines } = start();
    for (const model of ['m', 'm', 'other']) histogram.with({ model }).add(2);
    expect(await lines()).toEqual(
      expect.arrayContaining(['seconds_count{model="m"} 2', 'seconds_count{model="other"} 1']),
    );
  });
});
