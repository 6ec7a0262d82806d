import { type Price, type RateTable, type RateTables } from './price.js';
import { type RequestBounds, STANDARD_TIER } from './request-bounds.js';

/** Tokens of an answer where neither the request limits them nor anybody knows what the model writes at most. */
export const DEFAULT_ANSWER_TOKENS = 4_096;

/** Tokens of a request that fills the window, where nobody knows it. */
const DEFAULT_WINDOW = 1_000_000;

const MILLION = 1_000_000n;

/** What is known of a model that a ceiling depends on. */
export interface ModelSize {
  readonly contextWindow?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** Tiers that no provider takes more for than for the standard one. */
const CHEAP_TIERS: ReadonlySet<string> = new Set(['batch', 'flex']);

/**
 * The most that a request of these bounds may cost, in pico-USD, rounded up; `undefined` where it asks for a tier of
 * service that has no price and may be dearer than the standard one.
 */
export function ceilingOf(price: Price, bounds: RequestBounds, model: ModelSize): bigint | undefined {
  const services = servicesFor(price, bounds.serviceTier);
  if (services === undefined) return undefined;
  const input = bounds.fillsWindow
    ? Math.max(bounds.inputTokens, model.contextWindow ?? DEFAULT_WINDOW)
    : bounds.inputTokens;
  const answer = bounds.answerTokens ?? model.maxOutputTokens ?? DEFAULT_ANSWER_TOKENS;
  let ceiling = 0n;
  for (const table of services.flatMap((tables) => tablesFor(tables, input + bounds.audioTokens))) {
    const cost = costWith(price, table, bounds, input, answer * bounds.choices);
    if (cost > ceiling) ceiling = cost;
  }
  return (ceiling + MILLION - 1n) / MILLION;
}

/** Whatever is asked for, the provider may serve it as standard. Where nothing is, the provider's own settings choose. */
function servicesFor(price: Price, asked: string | undefined): readonly RateTables[] | undefined {
  if (asked === undefined) return [price, ...price.services.values()];
  if (asked === STANDARD_TIER) return [price];
  const tables = price.services.get(asked);
  if (tables !== undefined) return [price, tables];
  return CHEAP_TIERS.has(asked) ? [price] : undefined;
}

/** A request may read less than its bound, and then has the rates of shorter ones. */
function tablesFor({ base, tiers }: RateTables, tokens: number): readonly RateTable[] {
  if (tiers.length === 0) return [base];
  return [base, ...tiers.filter(({ above }) => tokens > above).map(({ table }) => table)];
}

function costWith(
  { images }: Price,
  { rates }: RateTable,
  bounds: RequestBounds,
  input: number,
  output: number,
): bigint {
  const read = most(rates.input, rates.cacheRead, rates.cacheWrite5m, rates.inputImage);
  const cached = bounds.cachesAnHour ? most(read, rates.cacheWrite1h) : read;
  const written = most(rates.output, rates.reasoning, rates.outputImage);
  const spoken = bounds.speaks ? most(written, rates.outputAudio) : written;
  let cost = times(input, cached) + times(output, spoken) + rates.request;
  if (bounds.audioTokens > 0) cost += times(bounds.audioTokens, most(cached, rates.inputAudio));
  if (bounds.images > 0) cost += times(bounds.images, most(rates.image, ...images.map(({ rate }) => rate)));
  if (bounds.seconds > 0) cost += times(bounds.seconds, rates.second);
  if (bounds.characters > 0) cost += times(bounds.characters, rates.character);
  return bounds.searches > 0 ? cost + times(bounds.searches, rates.search) : cost;
}

function most(...rates: readonly bigint[]): bigint {
  return rates.reduce((largest, rate) => (rate > largest ? rate : largest), 0n);
}

function times(quantity: number, rate: bigint): bigint {
  return BigInt(Math.ceil(quantity)) * rate;
}
