import { describe, expect, it } from 'vitest';
import { type LoadSample, OverloadJudge } from './overload-judge.js';

const LIMITS = { delayMs: 50, heap: 0.8 };
const CALM: LoadSample = { delayMs: 0, heap: 0.1, calls: 100 };

/** What is said after each. */
function judge<Said>(
  samples: readonly Partial<LoadSample>[],
  read: (judge: OverloadJudge) => Said,
  limits = LIMITS,
): Said[] {
  const one = new OverloadJudge(limits);
  return samples.map((sample) => {
    one.judge({ ...CALM, ...sample });
    return read(one);
  });
}

const late = (...delays: number[]): boolean[] =>
  judge(
    delays.map((delayMs) => ({ delayMs })),
    ({ isLate }) => isLate,
  );

describe('an event loop', () => {
  it('is late when it was twice in a row', () => {
    expect(late(50, 50, 51, 51)).toEqual([false, false, false, true]);
  });

  it('is not for a stall that is over, however long', () => {
    expect(late(0, 10_000, 0, 10_000, 50, 10_000)).toEqual([false, false, false, false, false, false]);
  });

  it('is until it is next to not late at all, and no longer', () => {
    expect(late(60, 60, 20, 2.5, 2.4, 49, 51)).toEqual([false, true, true, true, false, false, false]);
  });

  it('is not where next to nothing is under way: then others keep the machine busy', () => {
    const samples = [63, 63, 64, 64, 0].map((calls) => ({ delayMs: 500, calls }));
    // Once it is, few calls may be under way since others were refused.
    expect(judge(samples, ({ isLate }) => isLate)).toEqual([false, false, false, true, true]);
  });
});

describe('the heap', () => {
  it('has a share refused that goes by how full it is, at once and both ways', () => {
    const samples = [0.8, 0.85, 0.9, 0.99, 0.85, 0.8].map((heap) => ({ heap }));
    const shares = judge(samples, ({ heapShare }) => Number(heapShare.toFixed(6)));
    expect(shares).toEqual([0, 0.5, 1, 1, 0.5, 0]);
  });
});

it('there are no limits where none are set', () => {
  const samples = [1, 2, 3].map(() => ({ delayMs: 9_999, heap: 1 }));
  const none = { delayMs: Number.POSITIVE_INFINITY, heap: 1 };
  expect(judge(samples, ({ isLate, heapShare }) => [isLate, heapShare], none)).toEqual(samples.map(() => [false, 0]));
});
