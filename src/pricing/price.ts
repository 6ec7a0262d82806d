import { completeRates, type CompleteRates, type Rates } from './rates.js';

/** Where the rates change with the length of the request. */
export interface RateTier<Amount = bigint> extends Rates<Amount> {
  /** Holds for the whole call where it reads more tokens than these, cached ones included. */
  readonly above: number;
}

export interface TieredRates<Amount = bigint> extends Rates<Amount> {
  /** By rising length. */
  readonly tiers?: readonly RateTier<Amount>[];
}

/** The price of images of one size or quality. */
export interface ImageRate {
  /** `undefined` for any. */
  readonly size: string | undefined;
  readonly quality: string | undefined;
  /** Pico-USD for a million images. */
  readonly rate: bigint;
}

/** What calls of one model cost at one time: ready to be multiplied. */
export interface Price {
  /** Which price that was, for the record. */
  readonly version: string;
  readonly base: RateTable;
  /** By rising length. */
  readonly tiers: readonly { readonly above: number; readonly table: RateTable }[];
  readonly images: readonly ImageRate[];
}

/** Rates, exact and as numbers for the usual case. */
export interface RateTable {
  readonly rates: CompleteRates;
  /** Pico-USD for one unit; `undefined` where a rate is finer than that, or larger than a number holds. */
  readonly perUnit: Readonly<Record<keyof CompleteRates, number>> | undefined;
}

const MILLION = 1_000_000n;

export function priceOf(version: string, rates: TieredRates, images: readonly ImageRate[] = []): Price {
  const { tiers = [], ...base } = rates;
  return {
    version,
    base: tableOf(base),
    tiers: tiers.map(({ above, ...tier }) => ({ above, table: tableOf({ ...base, ...tier }) })),
    images,
  };
}

function tableOf(rates: Rates): RateTable {
  const complete = completeRates(rates);
  const entries = Object.entries(complete);
  const isWhole = entries.every(
    ([, rate]) => rate % MILLION === 0n && rate / MILLION <= BigInt(Number.MAX_SAFE_INTEGER),
  );
  if (!isWhole) return { rates: complete, perUnit: undefined };
  const perUnit = Object.fromEntries(entries.map(([name, rate]) => [name, Number(rate / MILLION)]));
  // One number for each rate.
  return { rates: complete, perUnit: perUnit as Record<keyof CompleteRates, number> };
}
