import { describe, expect, it } from 'vitest';
import { betterOf, compareRatios, ratiosOf } from './baseline.mjs';

/** @param {string} scenario @param {string} subject @param {number} round @param {number} perSecond */
const run = (scenario, subject, round, perSecond, isVoid = false) =>
  /** @type {import('./report/runs.mjs').Run} */ (
    /** @type {unknown} */ ({ scenario, subject, round, isVoid, load: { perSecond } })
  );

describe('compareRatios', () => {
  it('lets a tenth pass, and no more', () => {
    const compared = compareRatios({ a: 0.5, b: 0.5, c: 0.5 }, { a: 0.46, b: 0.44, c: 0.8 }, 0.1);
    expect(compared.map(({ name, isFall }) => [name, isFall])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ]);
  });

  it('takes what was not measured for a fall', () => {
    expect(compareRatios({ a: 0.5 }, {}, 0.1)).toEqual([{ name: 'a', stored: 0.5, measured: undefined, isFall: true }]);
  });

  it('asks nothing of what is not stored', () => {
    expect(compareRatios({ a: 0.5 }, { a: 0.5, b: 0.1 }, 0.1)).toHaveLength(1);
  });
});

describe('betterOf', () => {
  it('keeps the better try of each ratio', () => {
    expect(betterOf({ a: 0.4, b: 0.6 }, { a: 0.5, b: 0.5, c: 0.1 })).toEqual({ a: 0.5, b: 0.6, c: 0.1 });
  });
});

describe('ratiosOf', () => {
  it('has the median over the rounds of what was measured side by side', () => {
    const runs = [
      run('json', 'bare', 1, 1_000),
      run('json', 'nestgate', 1, 450),
      run('json', 'bare', 2, 500),
      run('json', 'nestgate', 2, 225),
      run('json', 'bare', 3, 1_000),
      run('json', 'nestgate', 3, 900),
    ];
    expect(ratiosOf(runs)).toEqual({ 'json: nestgate to bare': 0.45 });
  });

  it('counts no run with a wrong answer', () => {
    expect(ratiosOf([run('stream', 'bare', 1, 1_000), run('stream', 'nestgate', 1, 900, true)])).toEqual({});
  });
});
