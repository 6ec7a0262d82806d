import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BillableUnits } from '../protocol/billable-units.js';
import { NO_TOKENS, type TokenUsage } from '../protocol/token-usage.js';
import { costOf, exactCost, MAX_COST, partsOf, roundHalfEven, tableFor } from './cost.js';
import { type Price, priceOf, type RateTier, type TieredRates } from './price.js';
import { RATE_NAMES, type Rates } from './rates.js';

const MILLION = 1_000_000n;
const BUCKETS = Object.keys(NO_TOKENS) as (keyof TokenUsage)[];

/** Pico-USD of a million tokens, from a million millionth of a dollar for one (1e-12) and less to 100 USD for one. */
const rate = fc.oneof(
  fc.bigInt(1n, 10n ** 20n),
  fc.bigInt(1n, 10n ** 8n).map((perUnit) => perUnit * MILLION),
);
const rates: fc.Arbitrary<Rates> = fc
  .record(Object.fromEntries(RATE_NAMES.map((name) => [name, rate])), { requiredKeys: [] })
  .map((made): Rates => made);
const tiers: fc.Arbitrary<readonly RateTier[]> = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 300_000 }), rates).map(([above, made]) => ({ above, ...made })),
  { maxLength: 2 },
);
const tiered: fc.Arbitrary<TieredRates> = fc
  .tuple(rates, fc.option(tiers, { nil: undefined }))
  .map(([base, made]) => (made === undefined ? base : { ...base, tiers: made.toSorted((a, b) => a.above - b.above) }));
const price = fc
  .tuple(tiered, fc.option(tiered, { nil: undefined }))
  .map(([standard, flex]) =>
    priceOf('test', standard, [], flex === undefined ? [] : [{ serviceTier: 'flex', ...flex }]),
  );

const count = fc.oneof(fc.nat(1_000), fc.nat(2_000_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const tokensBy = (counts: fc.Arbitrary<number>): fc.Arbitrary<TokenUsage> =>
  fc.record({
    inputUncached: counts,
    cacheRead: counts,
    cacheWrite5m: counts,
    cacheWrite1h: counts,
    inputAudio: counts,
    output: counts,
    reasoning: counts,
    outputAudio: counts,
  });
const tokens = tokensBy(count);
const units: fc.Arbitrary<BillableUnits | undefined> = fc.option(
  fc.record(
    {
      images: fc.nat(10),
      seconds: fc.double({ min: 0, max: 100_000, noNaN: true }),
      characters: fc.nat(100_000),
      searches: fc.nat(100),
      inputImageTokens: count,
      outputImageTokens: count,
      serviceTier: fc.constantFrom('flex', 'priority'),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

const sumOf = (parts: readonly (readonly [string, bigint])[]): bigint =>
  parts.reduce((sum, [, part]) => sum + part, 0n);

function exactOf(given: Price, used: TokenUsage, beside?: BillableUnits): bigint {
  return exactCost(given, tableFor(given, used, beside?.serviceTier), used, beside);
}

// 100,000 cases together.
const runs = { numRuns: 20_000 };
const PATIENCE = 120_000;

describe('the cost of a call', { timeout: PATIENCE }, () => {
  it('is the same by the fast way and by the exact one, and never below zero or beyond what is stored', () => {
    fc.assert(
      fc.property(price, tokens, units, (given, used, beside) => {
        const cost = costOf(given, used, beside);
        expect(cost).toBe(exactOf(given, used, beside));
        expect(cost >= 0n && cost <= MAX_COST).toBe(true);
      }),
      runs,
    );
  });

  it('is the sum of its parts, rounded once', () => {
    fc.assert(
      fc.property(price, tokens, units, (given, used, beside) => {
        const parts = partsOf(given, tableFor(given, used, beside?.serviceTier), used, beside);
        expect(parts.every(([, part]) => part >= 0n)).toBe(true);
        const whole = sumOf(parts);
        const cost = costOf(given, used, beside);
        if (cost === MAX_COST) expect(whole >= MAX_COST * MILLION - MILLION / 2n).toBe(true);
        else {
          const off = cost * MILLION - whole;
          expect(off * 2n <= MILLION && -off * 2n <= MILLION).toBe(true);
        }
      }),
      runs,
    );
  });

  it('does not depend on the order in which parts are added', () => {
    fc.assert(
      fc.property(price, tokens, units, fc.infiniteStream(fc.nat()), (given, used, beside, chance) => {
        const parts = partsOf(given, tableFor(given, used, beside?.serviceTier), used, beside);
        const shuffled = parts
          .map((part) => [chance.next().value, part] as const)
          .sort(([a], [b]) => a - b)
          .map(([, part]) => part);
        expect(sumOf(shuffled)).toBe(sumOf(parts));
      }),
      runs,
    );
  });

  it('of two calls together is that of the one and the other, short of the rounding', () => {
    fc.assert(
      fc.property(rates, tokensBy(fc.nat(1_000_000)), tokensBy(fc.nat(1_000_000)), (given, one, other) => {
        const made = priceOf('test', { ...given, request: 0n });
        const both = Object.fromEntries(BUCKETS.map((name) => [name, one[name] + other[name]]));
        const [left, right] = [one, other].map((used) => sumOf(partsOf(made, made.base, used)));
        expect(sumOf(partsOf(made, made.base, { ...NO_TOKENS, ...both }))).toBe((left ?? 0n) + (right ?? 0n));
      }),
      runs,
    );
  });

  it('grows with every bucket', () => {
    fc.assert(
      fc.property(rates, tokens, fc.constantFrom(...BUCKETS), fc.nat(1_000), (given, used, bucket, more) => {
        const made = priceOf('test', given);
        const grown = { ...used, [bucket]: Math.min(Number.MAX_SAFE_INTEGER, used[bucket] + more) };
        expect(costOf(made, grown) >= costOf(made, used)).toBe(true);
      }),
      runs,
    );
  });

  it('has the rates of the longest tier that its input is above', () => {
    const made = priceOf('test', {
      input: 2n * MILLION,
      output: 10n * MILLION,
      tiers: [
        { above: 100, input: 3n * MILLION },
        { above: 200, input: 5n * MILLION, output: 11n * MILLION },
      ],
    });
    const at = (input: number) => costOf(made, { ...NO_TOKENS, cacheRead: input - 1, inputAudio: 1, output: 1 });
    expect([100, 101, 200, 201].map(at)).toEqual([210n, 313n, 610n, 1_016n]);
  });

  it.each<[name: string, tokens: Partial<TokenUsage>, units: BillableUnits | undefined]>([
    ['less than nothing', { inputUncached: -5, output: 5 }, undefined],
    ['nothing that is a number', { inputUncached: Number.NaN, output: 5 }, { seconds: Number.NaN, images: -1 }],
    ['without end', { inputUncached: Infinity, output: 5 }, { searches: Infinity }],
  ])('takes a count of %s for none', (_name, used, beside) => {
    const made = priceOf('test', { input: MILLION, output: MILLION, second: MILLION, image: MILLION, search: MILLION });
    expect(costOf(made, { ...NO_TOKENS, ...used }, beside)).toBe(5n);
  });
});

describe('roundHalfEven', () => {
  it.each([
    [4n, 0n],
    [5n, 0n],
    [6n, 1n],
    [14n, 1n],
    [15n, 2n],
    [25n, 2n],
    [26n, 3n],
    [30n, 3n],
  ])('makes of %s tenths %s', (value, rounded) => expect(roundHalfEven(value, 10n)).toBe(rounded));
});
