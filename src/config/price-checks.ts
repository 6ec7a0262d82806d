import { type PriceOptions } from '../price.options.js';
import { isStandardTier, likePrices } from '../pricing/own-prices.js';
import { nearestName } from './nearest-name.js';
import { quoted, type SettingPath, type SettingProblem } from './setting-path.js';

/** What says for which calls a price is, and not what they cost. */
const SELECTORS: ReadonlySet<string> = new Set(['provider', 'model', 'validFrom', 'validUntil', 'like']);

/** @param providers their names. */
export function checkPrice(
  price: Partial<PriceOptions>,
  path: SettingPath,
  providers: readonly string[],
): SettingProblem[] {
  return [
    ...checkProvider(price, path, providers),
    ...checkDates(price, path),
    ...checkTiers(price, path),
    ...checkWhat(price, path),
  ];
}

function checkProvider(
  { provider }: Partial<PriceOptions>,
  path: SettingPath,
  known: readonly string[],
): SettingProblem[] {
  if (provider === undefined || known.includes(provider)) return [];
  const meant = nearestName(provider, known);
  const remedy = meant === undefined ? `write the name of a provider` : `did you mean ${quoted(meant)}?`;
  return [{ path: [...path, 'provider'], problem: `names ${quoted(provider)}, which is no provider`, remedy }];
}

function checkDates({ validFrom, validUntil }: Partial<PriceOptions>, path: SettingPath): SettingProblem[] {
  if (validFrom === undefined || validUntil === undefined) return [];
  if (!(Date.parse(validUntil) <= Date.parse(validFrom))) return [];
  const remedy = 'write the day from which on the price holds no longer';
  return [{ path: [...path, 'validUntil'], problem: 'is not after validFrom, so that the price never holds', remedy }];
}

function checkTiers({ serviceTiers = [] }: Partial<PriceOptions>, path: SettingPath): SettingProblem[] {
  const names = serviceTiers.map(({ tier }) => tier);
  return names.flatMap((tier, index): SettingProblem[] => {
    const at = [...path, 'serviceTiers', index, 'tier'];
    if (typeof tier === 'string' && isStandardTier(tier)) {
      return [{ path: at, problem: `is the standard tier (${quoted(tier)})`, remedy: 'state its prices beside it' }];
    }
    if (names.indexOf(tier) === index) return [];
    return [{ path: at, problem: `names ${quoted(tier)} a second time`, remedy: 'write each tier once' }];
  });
}

function checkWhat(price: Partial<PriceOptions>, path: SettingPath): SettingProblem[] {
  const stated = Object.keys(price).filter((name) => !SELECTORS.has(name));
  const { like } = price;
  if (like === undefined) {
    if (stated.length > 0) return [];
    return [{ path, problem: 'states no price', remedy: 'say what it costs, such as input and output, or request: 0' }];
  }
  if (stated.length > 0) {
    const remedy = 'write like alone, or all prices yourself';
    return [{ path: [...path, 'like'], problem: `stands beside prices (${stated.join(', ')})`, remedy }];
  }
  if (likePrices(like) !== undefined) return [];
  const remedy = 'write <kind of provider>/<model>, such as openai/gpt-4o-mini, or state the prices';
  return [{ path: [...path, 'like'], problem: `names ${quoted(like)}, which the catalogue has no price of`, remedy }];
}
