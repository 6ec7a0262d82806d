import { type BillableUnits } from '../protocol/billable-units.js';
import { totalInput, type TokenUsage } from '../protocol/token-usage.js';
import { type Price, type RateTable } from './price.js';
import { type RateName } from './rates.js';

/** What a call used, by the rate that it is charged at. */
export type Quantities = Readonly<Record<Exclude<RateName, 'image'>, number>>;

const MILLION = 1_000_000n;

/** Postgres' `bigint` holds no more, some nine million dollars: a provider that counts so far has miscounted. */
export const MAX_COST = 2n ** 63n - 1n;

/**
 * What a call cost, in pico-USD. Every kind is counted exactly, and their sum is rounded once, half to even.
 * @param units `undefined` where tokens are all.
 */
export function costOf(price: Price, tokens: TokenUsage, units?: BillableUnits): bigint {
  const table = tableFor(price, tokens, units?.serviceTier);
  return fastCost(table, tokens, units) ?? exactCost(price, table, tokens, units);
}

/** The same, by the long way: for what does not fit into a number. */
export function exactCost(price: Price, table: RateTable, tokens: TokenUsage, units?: BillableUnits): bigint {
  const sum = partsOf(price, table, tokens, units).reduce((total, [, part]) => total + part, 0n);
  const cost = roundHalfEven(sum, MILLION);
  return cost > MAX_COST ? MAX_COST : cost;
}

/** Each kind's part of the cost, in millionths of a pico-USD: they add up to the whole exactly. */
export function partsOf(
  price: Price,
  { rates }: RateTable,
  tokens: TokenUsage,
  units: BillableUnits = {},
): [RateName, bigint][] {
  const quantities = Object.entries(quantitiesOf(tokens, units)) as [keyof Quantities, number][];
  const parts = quantities.map(([name, quantity]): [RateName, bigint] => [name, timesRate(quantity, rates[name])]);
  return [...parts, ['image', timesRate(countOf(units.images), imageRate(price, rates.image, units))]];
}

/**
 * The rates that hold for so many tokens.
 * @param serviceTier one without rates of its own has the standard ones.
 */
export function tableFor(price: Price, tokens: TokenUsage, serviceTier?: string): RateTable {
  const { base, tiers } = (serviceTier === undefined ? undefined : price.services.get(serviceTier)) ?? price;
  if (tiers.length === 0) return base;
  const read = totalInput(tokens);
  let table = base;
  for (const tier of tiers) if (read > tier.above) ({ table } = tier);
  return table;
}

/** @returns `undefined` for what may not be exact in numbers. */
function fastCost({ perUnit }: RateTable, tokens: TokenUsage, units: BillableUnits | undefined): bigint | undefined {
  if (perUnit === undefined || units !== undefined) return undefined;
  const sum =
    tokens.inputUncached * perUnit.input +
    tokens.cacheRead * perUnit.cacheRead +
    tokens.cacheWrite5m * perUnit.cacheWrite5m +
    tokens.cacheWrite1h * perUnit.cacheWrite1h +
    tokens.inputAudio * perUnit.inputAudio +
    tokens.output * perUnit.output +
    tokens.reasoning * perUnit.reasoning +
    tokens.outputAudio * perUnit.outputAudio +
    perUnit.request;
  // Of whole numbers, none below zero: with a sum this small every product and every sum on the way was exact.
  return Number.isSafeInteger(sum) && isNoneNegative(tokens) ? BigInt(sum) : undefined;
}

function isNoneNegative(tokens: TokenUsage): boolean {
  return (
    tokens.inputUncached >= 0 &&
    tokens.cacheRead >= 0 &&
    tokens.cacheWrite5m >= 0 &&
    tokens.cacheWrite1h >= 0 &&
    tokens.inputAudio >= 0 &&
    tokens.output >= 0 &&
    tokens.reasoning >= 0 &&
    tokens.outputAudio >= 0
  );
}

function quantitiesOf(tokens: TokenUsage, units: BillableUnits): Quantities {
  const inputImage = Math.min(countOf(units.inputImageTokens), countOf(tokens.inputUncached));
  const outputImage = Math.min(countOf(units.outputImageTokens), countOf(tokens.output));
  return {
    input: countOf(tokens.inputUncached) - inputImage,
    cacheRead: countOf(tokens.cacheRead),
    cacheWrite5m: countOf(tokens.cacheWrite5m),
    cacheWrite1h: countOf(tokens.cacheWrite1h),
    inputAudio: countOf(tokens.inputAudio),
    inputImage,
    output: countOf(tokens.output) - outputImage,
    reasoning: countOf(tokens.reasoning),
    outputAudio: countOf(tokens.outputAudio),
    outputImage,
    second: countOf(units.seconds),
    character: countOf(units.characters),
    search: countOf(units.searches),
    request: 1,
  };
}

/** What a provider says is no number, or less than nothing, costs nothing. */
function countOf(count: number | undefined): number {
  return count !== undefined && Number.isFinite(count) && count > 0 ? count : 0;
}

/** A thousandth of a second is the finest that anybody bills. */
function timesRate(quantity: number, rate: bigint): bigint {
  if (Number.isInteger(quantity)) return BigInt(quantity) * rate;
  return (BigInt(Math.round(quantity * 1_000)) * rate) / 1_000n;
}

function imageRate({ images }: Price, other: bigint, { imageSize, imageQuality }: BillableUnits): bigint {
  const found = images.find(
    ({ size, quality }) =>
      (size === undefined || size === imageSize) && (quality === undefined || quality === imageQuality),
  );
  return found?.rate ?? other;
}

/** @param divisor above zero. */
export function roundHalfEven(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const twice = (value % divisor) * 2n;
  if (twice < divisor) return quotient;
  return twice > divisor || quotient % 2n === 1n ? quotient + 1n : quotient;
}
