import { describe, expect, it } from 'vitest';
import { latencySummary, median, pairedMedian, percentile, spread } from './statistics.mjs';

describe('percentile', () => {
  it('is the value that so many are not above', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
  });

  it('is one of the values, however few there are', () => {
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentile([3, 9], 0.99)).toBe(9);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('median and spread', () => {
  it('need no order and change nothing', () => {
    const values = [9, 1, 5];
    expect(median(values)).toBe(5);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(values).toEqual([9, 1, 5]);
  });

  it('says how far the rounds are apart, as a part of their median', () => {
    expect(spread([90, 100, 110])).toBeCloseTo(0.2);
    expect(spread([100, 100])).toBe(0);
  });
});

describe('pairedMedian', () => {
  const ratio = (/** @type {number} */ own, /** @type {number} */ other) => own / other;

  it('compares what was measured in the same round', () => {
    // The machine was half as fast in the second round, for both.
    const own = new Map([
      [1, 50],
      [2, 25],
      [3, 52],
    ]);
    const bare = new Map([
      [1, 100],
      [2, 50],
      [3, 100],
    ]);
    expect(pairedMedian(own, bare, ratio)).toBe(0.5);
  });

  it('leaves out a round that one of them lacks', () => {
    expect(
      pairedMedian(
        new Map([
          [1, 10],
          [2, 90],
        ]),
        new Map([[1, 20]]),
        ratio,
      ),
    ).toBe(0.5);
    expect(pairedMedian(new Map([[1, 10]]), new Map([[2, 20]]), ratio)).toBeUndefined();
  });
});

describe('latencySummary', () => {
  it('sorts by number', () => {
    expect(latencySummary([100, 9, 20])).toEqual({ p50: 20, p99: 100, max: 100 });
  });
});
