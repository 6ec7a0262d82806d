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

/** Rates of one tier of service, as far as they differ from the standard ones. */
export interface ServiceRates extends TieredRates {
  /** As answers call it. */
  readonly serviceTier: string;
}

/** Rates by the length of the request. */
export interface RateTables {
  readonly base: RateTable;
  /** By rising length. */
  readonly tiers: readonly { readonly above: number; readonly table: RateTable }[];
}

/** What calls of one model cost at one time: ready to be multiplied. */
export interface Price extends RateTables {
  /** Which price that was, for the record. */
  readonly version: string;
  readonly images: readonly ImageRate[];
  /** Of other tiers of service than the standard one, by the name of the tier. */
  readonly services: ReadonlyMap<string, RateTables>;
}

/** Rates, exact and as numbers for the usual case. */
export interface RateTable {
  readonly rates: CompleteRates;
  /** Pico-USD for one unit; `undefined` where a rate is finer than that, or larger than a number holds. */
  readonly perUnit: Readonly<Record<keyof CompleteRates, number>> | undefined;
}

const MILLION = 1_000_000n;

export function priceOf(
  version: string,
  rates: TieredRates,
  images: readonly ImageRate[] = [],
  services: readonly ServiceRates[] = [],
): Price {
  const tables = services.map(({ serviceTier, ...own }) => [serviceTier, tablesOf(rates, own)] as const);
  return { version, ...tablesOf(rates), images, services: new Map(tables) };
}

/** @param own what goes before the standard rates: those of a length count where it has none of any length. */
function tablesOf({ tiers: usual = [], ...base }: TieredRates, { tiers, ...own }: TieredRates = {}): RateTables {
  const tierOf = ({ above, ...tier }: RateTier): { above: number; table: RateTable } => ({
    above,
    table: tableOf(tiers === undefined ? { ...base, ...tier, ...own } : { ...base, ...own, ...tier }),
  });
  return { base: tableOf({ ...base, ...own }), tiers: (tiers ?? usual).map(tierOf) };
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
