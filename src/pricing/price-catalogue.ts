import { MODEL_HOSTS } from '../catalogue/model-hosts.js';
import { type ModelPatterns, type NameTest, pricedForms, testOf } from './model-patterns.js';
import { PRICE_CATALOGUE } from './price-catalogue.data.js';
import { HAND_KEPT_PRICES } from './hand-kept-prices.js';
import { type Price, priceOf, type TieredRates } from './price.js';
import { type ImageRate } from './price.js';
import { type Rates } from './rates.js';

/** Rates that hold from a day on, or at some hours of each day. */
export interface CataloguePeriod extends TieredRates<number> {
  /** The first day, as in `2026-08-17`, in UTC. */
  readonly from?: string;
  /** From the one to the other of a day, in UTC: `['00:30', '16:30']`. */
  readonly hours?: readonly [from: string, to: string];
  /** Of images by size and quality, where that makes a difference. */
  readonly images?: readonly { readonly size?: string; readonly quality?: string; readonly image: number }[];
}

/** A model and its prices: the last period that holds is the one that counts. */
export type CatalogueEntry = readonly [patterns: ModelPatterns, ...periods: CataloguePeriod[]];

/** Prices by the package's list of a provider's models. */
export interface PriceCatalogue {
  /** The package and its version. */
  readonly source: string;
  /** The day on which they were taken from there. */
  readonly date: string;
  readonly lists: Readonly<Record<string, readonly CatalogueEntry[]>>;
}

/** A price and when it holds. */
export interface DatedPrice {
  readonly price: Price;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Milliseconds since 1970, not included. */
  readonly until: number;
  /** Minutes of the day in UTC, from the one up to the other. */
  readonly minutes?: readonly [from: number, to: number];
}

/** Prices of one model: the last that holds counts. */
export type PriceSchedule = readonly DatedPrice[];

/** The catalogue's version on records. */
export const CATALOGUE_VERSION = `catalogue:${PRICE_CATALOGUE.date}`;

/**
 * What the catalogue knows of a model's prices; `undefined` where it does not know it.
 * @param kind of the provider. Kinds whose models have names of their operator's own are not in it.
 * @param model by the provider's name for it.
 */
export function cataloguePrices(kind: string, model: string): PriceSchedule | undefined {
  const list = MODEL_HOSTS.get(kind)?.list;
  return list === undefined ? undefined : listedPrices(list, model);
}

export function listedPrices(list: string, model: string): PriceSchedule | undefined {
  const entries = entriesOf(list);
  for (const form of pricedForms(model)) {
    const found = entries.find(({ test }) => test(form));
    if (found !== undefined) return found.schedule();
  }
  return undefined;
}

interface ReadEntry {
  readonly test: NameTest;
  schedule(): PriceSchedule;
}

const read = new Map<string, readonly ReadEntry[]>();

/** Read when the first model of the list is looked for. */
function entriesOf(list: string): readonly ReadEntry[] {
  let entries = read.get(list);
  if (entries === undefined) {
    const written = [...(HAND_KEPT_PRICES[list] ?? []), ...(PRICE_CATALOGUE.lists[list] ?? [])];
    entries = written.map(([patterns, ...periods]) => ({
      test: testOf(patterns),
      schedule: () => periods.map(datedPriceOf),
    }));
    read.set(list, entries);
  }
  return entries;
}

function datedPriceOf({ from, hours, images = [], ...rates }: CataloguePeriod): DatedPrice {
  const price = priceOf(CATALOGUE_VERSION, exact(rates), images.map(imageRateOf));
  const dated = { price, from: from === undefined ? -Infinity : Date.parse(from), until: Infinity };
  return hours === undefined ? dated : { ...dated, minutes: [minuteOf(hours[0]), minuteOf(hours[1])] };
}

function imageRateOf({ size, quality, image }: { size?: string; quality?: string; image: number }): ImageRate {
  return { size, quality, rate: BigInt(image) };
}

function exact({ tiers = [], ...base }: TieredRates<number>): TieredRates {
  return { ...bigRates(base), tiers: tiers.map(({ above, ...tier }) => ({ above, ...bigRates(tier) })) };
}

function bigRates(rates: Rates<number>): Rates {
  return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, BigInt(rate)]));
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The price that holds at a time, in milliseconds since 1970; `undefined` where none does. */
export function priceAt(schedule: PriceSchedule, time: number): Price | undefined {
  for (let at = schedule.length - 1; at >= 0; at--) {
    const dated = schedule[at];
    if (dated !== undefined && holdsAt(dated, time)) return dated.price;
  }
  return undefined;
}

function holdsAt({ from, until, minutes }: DatedPrice, time: number): boolean {
  if (time < from || time >= until) return false;
  if (minutes === undefined) return true;
  const minute = Math.floor(time / 60_000) % (24 * 60);
  return minute >= minutes[0] && minute < minutes[1];
}
