import { calcPrice, findProvider, type MatchLogic, type ModelInfo, type Usage } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { NO_TOKENS, type TokenUsage } from '../protocol/token-usage.js';
import { costOf } from './cost.js';
import { HAND_KEPT_PRICES } from './hand-kept-prices.js';
import { PRICE_CATALOGUE } from './price-catalogue.data.js';
import { cataloguePrices, listedPrices, priceAt } from './price-catalogue.js';

const TIMES = ['2024-01-01T12:00:00Z', '2026-08-18T02:00:00Z', '2026-11-27T17:30:00Z', '2027-06-01T09:00:00Z'];

const USED: readonly TokenUsage[] = [
  { ...NO_TOKENS, inputUncached: 1_000, output: 500 },
  { ...NO_TOKENS, inputUncached: 300_000, cacheRead: 7_000, output: 400, reasoning: 100 },
  { ...NO_TOKENS, inputUncached: 120_000, cacheWrite5m: 11_000, cacheWrite1h: 3_000, cacheRead: 100_000, output: 1 },
];

/** Every name that stands for a model alone. */
function namesOf({ id, match }: ModelInfo): string[] {
  const all = 'or' in match ? match.or : [match];
  return [id, ...all.flatMap((one: MatchLogic) => ('equals' in one ? one.equals : []))];
}

/** As the package counts: the whole input, and what of it was cached. */
function usageOf(tokens: TokenUsage): Usage {
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h;
  return {
    input_tokens: tokens.inputUncached + tokens.cacheRead + written,
    cache_read_tokens: tokens.cacheRead,
    cache_write_tokens: written,
    cache_write_1h_tokens: tokens.cacheWrite1h,
    output_tokens: tokens.output + tokens.reasoning,
    output_reasoning_tokens: tokens.reasoning,
  };
}

describe.each(Object.keys(PRICE_CATALOGUE.lists))('the prices of %s', (list) => {
  const models = findProvider({ providerId: list })?.models ?? [];
  const names = [...new Set(models.flatMap(namesOf))].filter((name) => list !== 'openrouter' || name.includes('/'));

  it('come to what the package reckons, for every name of a model, short or long, early or late', () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const name of names) {
      for (const time of TIMES) {
        const price = priceAt(listedPrices(list, name) ?? [], Date.parse(time));
        if (price === undefined || HAND_KEPT_PRICES[list]?.some(([pattern]) => pattern.split(' ').includes(name)))
          continue;
        for (const tokens of USED) {
          const theirs = calcPrice(usageOf(tokens), name, { providerId: list, timestamp: new Date(time) });
          const ours = Number(costOf(price, tokens)) / 1e12;
          // Of its own ids some are no names.
          if (theirs === null) continue;
          const isSame = Math.abs(ours - theirs.total_price) <= 1e-9 * (1 + ours);
          if (!isSame) wrong.push(`${name} at ${time}: ${ours}, not ${theirs.total_price} (${theirs.model.id})`);
          compared++;
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });
});

describe('cataloguePrices', () => {
  it.each([
    ['azure-openai', 'gpt-4o'],
    ['openai-compatible', 'gpt-4o'],
    ['vllm', 'gpt-4o'],
    ['openai', 'gpt-99'],
    ['openai', ''],
    ['unheard-of', 'gpt-4o'],
  ])('knows nothing of %s %o', (kind, model) => expect(cataloguePrices(kind, model)).toBeUndefined());

  it('does not take a fine-tuned model for the one that it was made of', () => {
    const rate = (model: string) => priceAt(cataloguePrices('openai', model) ?? [], Date.now())?.base.rates.input;
    expect(rate('ft:gpt-4o-mini-2024-07-18:acme::id')).toBe(2n * (rate('gpt-4o-mini') ?? 0n));
    expect(rate('ft:gpt-4.1-nano-2025-04-14:acme::id')).toBeUndefined();
  });
});
