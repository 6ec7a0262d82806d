import { createHash } from 'node:crypto';
import { type PriceOptions, type TokenPriceOptions } from '../price.options.js';
import { pricedTier } from '../protocol/service-tier.js';
import { parseDecimal } from './decimal.js';
import { type ImageRate, type Price, priceOf, type TieredRates } from './price.js';
import { cataloguePrices, type DatedPrice, type PriceSchedule } from './price-catalogue.js';
import { RATE_NAMES, type RateName, type Rates } from './rates.js';

/** Where a price is looked for. */
export interface PricedModel {
  /** As the configuration calls it. */
  readonly providerName: string;
  /** As clients call it. */
  readonly model: string;
  /** As the provider calls it. */
  readonly upstreamModel: string;
}

/** Who wrote a price: the operator, or a source of the host's. */
type PriceOrigin = 'own' | 'host';

/** Pico-USD of a million units, for those whose price is of one. */
const OF_ONE: ReadonlySet<RateName> = new Set(['image', 'second', 'character', 'search', 'request']);

/**
 * The configured prices of a model, so that the last that holds is the one that counts: the more specific after the
 * less, and of equals the later after the earlier.
 */
export function ownPrices(
  options: readonly PriceOptions[],
  target: PricedModel,
  origin: PriceOrigin = 'own',
): PriceSchedule {
  return options
    .filter((option) => isFor(option, target))
    .sort((a, b) => specificity(a) - specificity(b) || timeOf(a.validFrom, -Infinity) - timeOf(b.validFrom, -Infinity))
    .flatMap((option) => pricesOf(option, origin));
}

/** Which of them is meant, also after others have come before it. */
export function versionOf(option: PriceOptions, origin: PriceOrigin = 'own'): string {
  const members = Object.entries(option).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${origin}:${createHash('sha256').update(JSON.stringify(members)).digest('hex').slice(0, 12)}`;
}

function isFor({ provider, model }: PriceOptions, target: PricedModel): boolean {
  const isModel = model === undefined || model === target.model || model === target.upstreamModel;
  return isModel && (provider === undefined || provider === target.providerName);
}

function specificity({ provider, model }: PriceOptions): number {
  return (model === undefined ? 0 : 2) + (provider === undefined ? 0 : 1);
}

/** The catalogue's prices that it stands for, or the one that it states. */
function pricesOf(option: PriceOptions, origin: PriceOrigin): DatedPrice[] {
  const from = timeOf(option.validFrom, -Infinity);
  const until = timeOf(option.validUntil, Infinity);
  if (option.like === undefined) return [{ price: statedPrice(option, origin), from, until }];
  return (likePrices(option.like) ?? []).map((dated) => ({
    ...dated,
    from: Math.max(from, dated.from),
    until: Math.min(until, dated.until),
  }));
}

/** Whether it is one of the names of the tier that all prices are of unless they say otherwise. */
export function isStandardTier(tier: string): boolean {
  return pricedTier(tier) === undefined;
}

/** @param like `<kind of provider>/<model>` */
export function likePrices(like: string): PriceSchedule | undefined {
  const slash = like.indexOf('/');
  return cataloguePrices(like.slice(0, slash), like.slice(slash + 1));
}

function statedPrice(option: PriceOptions, origin: PriceOrigin): Price {
  const { images = [], serviceTiers = [] } = option;
  const services = serviceTiers.map(({ tier, ...rates }) => ({ serviceTier: tier, ...tieredRatesOf(rates) }));
  return priceOf(versionOf(option, origin), tieredRatesOf(option), images.map(imageRateOf), services);
}

function tieredRatesOf({
  longContext,
  ...options
}: Pick<PriceOptions, 'longContext'> & TokenPriceOptions): TieredRates {
  if (longContext === undefined) return ratesOf(options);
  const tiers = longContext.map((tier) => ({ above: tier.above, ...ratesOf(tier) })).sort((a, b) => a.above - b.above);
  return { ...ratesOf(options), tiers };
}

function imageRateOf({ size, quality, price }: NonNullable<PriceOptions['images']>[number]): ImageRate {
  return { size, quality, rate: rateOf('image', price) };
}

function ratesOf(options: TokenPriceOptions & Partial<Record<RateName, unknown>>): Rates {
  const stated = RATE_NAMES.filter((name) => options[name] !== undefined);
  return Object.fromEntries(stated.map((name) => [name, rateOf(name, options[name])]));
}

/** USD as pico-USD for a million units. What is no amount was refused when the options were checked. */
function rateOf(name: RateName, amount: unknown): bigint {
  const pico = parseDecimal(amount, 12) ?? 0n;
  return OF_ONE.has(name) ? pico * 1_000_000n : pico;
}

function timeOf(date: string | undefined, otherwise: number): number {
  return date === undefined ? otherwise : Date.parse(date);
}
