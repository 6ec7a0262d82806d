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
  const { services } = price;
  const { serviceTier: asked } = bounds;
  const input = bounds.fillsWindow
    ? Math.max(bounds.inputTokens, model.contextWindow ?? DEFAULT_WINDOW)
    : bounds.inputTokens;
  const output = bounds.choices * (bounds.answerTokens ?? model.maxOutputTokens ?? DEFAULT_ANSWER_TOKENS);
  // Whatever is asked for, the provider may serve it as standard.
  let ceiling = dearest(price, price, bounds, input, output);
  if (asked === undefined) {
    // The provider's own settings choose.
    for (const service of services.values()) ceiling = larger(ceiling, dearest(price, service, bounds, input, output));
  } else if (asked !== STANDARD_TIER) {
    const service = services.get(asked);
    if (service !== undefined) ceiling = larger(ceiling, dearest(price, service, bounds, input, output));
    else if (!CHEAP_TIERS.has(asked)) return undefined;
  }
  return (ceiling + MILLION - 1n) / MILLION;
}

/** A request may read less than its bound, and then has the rates of shorter ones. */
function dearest(
  price: Price,
  { base, tiers }: RateTables,
  bounds: RequestBounds,
  input: number,
  output: number,
): bigint {
  let cost = costWith(price, base, bounds, input, output);
  for (const { above, table } of tiers) {
    if (input + bounds.audioTokens > above) cost = larger(cost, costWith(price, table, bounds, input, output));
  }
  return cost;
}

function costWith(
  { images }: Price,
  { rates }: RateTable,
  bounds: RequestBounds,
  input: number,
  output: number,
): bigint {
  const read = larger(larger(rates.input, rates.cacheRead), larger(rates.cacheWrite5m, rates.inputImage));
  const cached = rates.cacheWrite1h > read && bounds.mayCacheAnHour() ? rates.cacheWrite1h : read;
  const written = larger(larger(rates.output, rates.reasoning), rates.outputImage);
  const spoken = bounds.speaks ? larger(written, rates.outputAudio) : written;
  let cost = times(input, cached) + times(output, spoken) + rates.request;
  if (bounds.audioTokens > 0) cost += times(bounds.audioTokens, larger(cached, rates.inputAudio));
  if (bounds.images > 0) {
    cost += times(
      bounds.images,
      images.reduce((most, { rate }) => larger(most, rate), rates.image),
    );
  }
  if (bounds.seconds > 0) cost += times(bounds.seconds, rates.second);
  if (bounds.characters > 0) cost += times(bounds.characters, rates.character);
  return bounds.searches > 0 ? cost + times(bounds.searches, rates.search) : cost;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function times(quantity: number, rate: bigint): bigint {
  return BigInt(Math.ceil(quantity)) * rate;
}
