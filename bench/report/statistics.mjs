/** @param {readonly number[] | Float64Array} sorted ascending @param {number} fraction 0.5 is the median */
export function percentile(sorted, fraction) {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Highest less lowest, as a fraction of the median. @param {readonly number[]} values */
export function spread(values) {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/**
 * The median of what two subjects make of each other round by round. What disturbs a whole round disturbs both, and is not
 * in it. A round that one of them lacks counts for nothing; `undefined` without any.
 * @param {ReadonlyMap<number, number>} values by round @param {ReadonlyMap<number, number>} others by round
 * @param {(value: number, other: number) => number} combine
 */
export function pairedMedian(values, others, combine) {
  const pairs = [...values].flatMap(([round, value]) => {
    const other = others.get(round);
    return other === undefined ? [] : [combine(value, other)];
  });
  return pairs.length === 0 ? undefined : median(pairs);
}

/**
 * @param {readonly number[]} milliseconds in any order
 * @returns {{ p50: number, p99: number, max: number }}
 */
export function latencySummary(milliseconds) {
  const sorted = Float64Array.from(milliseconds).sort();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: percentile(sorted, 1) };
}
