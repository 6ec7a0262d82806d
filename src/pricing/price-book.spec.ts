import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { priceBook } from '../../test/support/prices.js';
import { Attempt, type AttemptTarget } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { type PriceOptions } from '../price.options.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { JsonBody } from '../protocol/json-body.js';
import { NO_TOKENS, type TokenUsage } from '../protocol/token-usage.js';
import { PriceMissing } from './price-missing.event.js';

const PROVIDERS = [
  { name: 'openai', kind: 'openai' },
  { name: 'claude', kind: 'anthropic' },
  { name: 'google', kind: 'gemini' },
  { name: 'ranks', kind: 'cohere' },
  { name: 'fast', kind: 'groq' },
  { name: 'router', kind: 'openrouter' },
  { name: 'voice', kind: 'mistral' },
  { name: 'azure', kind: 'azure-openai' },
  { name: 'own', kind: 'vllm' },
  { name: 'play', kind: 'simulator' },
];

const targetAt = (providerName: string, upstreamModel: string, model = upstreamModel): AttemptTarget => ({
  id: `${providerName}/${model}`,
  providerName,
  model,
  upstreamModel,
});

function callOf(...candidates: AttemptTarget[]): CallContext {
  const request = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 10 };
  const call = callContext({ candidates, request, body: JsonBody.of(request) });
  const [first] = candidates;
  if (first !== undefined) call.attempts.push(new Attempt(first));
  return call;
}

const tokens = (changes: Partial<TokenUsage> = {}): TokenUsage => ({ ...NO_TOKENS, ...changes });
const bookWith = (...prices: PriceOptions[]) => priceBook({ providers: PROVIDERS, prices });

let warnings: unknown[];
beforeEach(() => {
  warnings = [];
  Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (text: unknown) => warnings.push(text) });
});
afterEach(() => Logger.overrideLogger(false));

describe('the bundled prices', () => {
  const book = bookWith();

  it.each<
    [provider: string, model: string, used: Partial<TokenUsage>, units: BillableUnits | undefined, micro: number]
  >([
    ['openai', 'gpt-4o-mini', { inputUncached: 1_000, output: 500 }, undefined, 450],
    ['openai', 'gpt-4o-mini-2024-07-18', { inputUncached: 1_000, cacheRead: 1_000, output: 500 }, undefined, 525],
    [
      'claude',
      'claude-sonnet-5',
      { inputUncached: 100, cacheRead: 1_000, cacheWrite5m: 200, cacheWrite1h: 300 },
      undefined,
      2_100,
    ],
    ['google', 'gemini-2.5-pro', { inputUncached: 200_000, output: 1_000 }, undefined, 260_000],
    ['google', 'gemini-2.5-pro', { inputUncached: 150_001, cacheRead: 50_000, reasoning: 1_000 }, undefined, 402_502.5],
    ['google', 'gemini-2.5-flash-image', { output: 1_300 }, { outputImageTokens: 1_290 }, 38_725],
    ['openai', 'whisper-1', {}, { seconds: 61.5 }, 6_150],
    ['fast', 'whisper-large-v3', {}, { seconds: 3_600 }, 111_000],
    ['voice', 'voxtral-mini-latest', { inputUncached: 13, output: 151 }, { seconds: 36 }, 1_800],
    ['router', 'minimax/minimax-m2:free', { inputUncached: 1_000, output: 500 }, undefined, 0],
    ['router', 'Some-Lab/Not-Listed:free', { inputUncached: 1_000, output: 500 }, undefined, 0],
    ['openai', 'tts-1', {}, { characters: 1_000 }, 15_000],
    ['openai', 'dall-e-3', {}, { images: 2, imageSize: '1024x1024' }, 80_000],
    ['openai', 'dall-e-3', {}, { images: 1, imageSize: '1024x1792', imageQuality: 'hd' }, 120_000],
    ['openai', 'dall-e-2', {}, { images: 3, imageSize: '256x256' }, 48_000],
    ['openai', 'gpt-image-1', { inputUncached: 1_000, output: 4_000 }, { inputImageTokens: 400 }, 167_000],
    ['openai', 'omni-moderation-latest', { inputUncached: 1_000 }, undefined, 0],
    ['ranks', 'rerank-v3.5', {}, { searches: 3 }, 6_000],
    ['play', 'play/echo', { inputUncached: 1_000, output: 500 }, undefined, 0],
  ])('of %s for %s', (provider, model, used, units, micro) => {
    const { cost, priceVersion } = book.costOf(callOf(targetAt(provider, model)), tokens(used), units);
    expect(cost).toBe(BigInt(micro * 1_000_000));
    expect(priceVersion).toMatch(provider === 'play' ? /^simulator$/ : /^catalogue:2026-/);
  });
});

describe('own prices', () => {
  const input = tokens({ inputUncached: 1_000_000 });
  const at = (book: ReturnType<typeof bookWith>, target: AttemptTarget, time = '2026-06-15'): bigint | null =>
    book.costAt(target, Date.parse(time), input).cost;
  const usd = (amount: number) => BigInt(amount * 1e6) * 1_000_000n;

  it('go before the catalogue’s, whole', () => {
    const book = bookWith({ provider: 'openai', model: 'gpt-4o-mini', output: 5 });
    const call = callOf(targetAt('openai', 'gpt-4o-mini'));
    expect(book.costOf(call, tokens({ inputUncached: 1_000_000, output: 1_000_000 })).cost).toBe(usd(5));
    expect(book.costOf(call, input).priceVersion).toMatch(/^own:[0-9a-f]{12}$/);
  });

  it('hold from a day on, up to another, and the catalogue’s outside', () => {
    const book = bookWith(
      { model: 'gpt-4o-mini', input: 1, validFrom: '2026-01-01', validUntil: '2026-07-01' },
      { model: 'gpt-4o-mini', input: 2, validFrom: '2026-06-01T12:00:00+02:00' },
    );
    const target = targetAt('openai', 'gpt-4o-mini');
    expect(
      ['2025-12-31T23:59:59Z', '2026-01-01', '2026-06-01T09:59:59Z', '2026-06-01T10:00:00Z', '2027-01-01'].map((time) =>
        at(book, target, time),
      ),
    ).toEqual([usd(0.15), usd(1), usd(1), usd(2), usd(2)]);
  });

  it('of a model go before those of a provider, and both together before either', () => {
    const book = bookWith(
      { provider: 'own', model: 'a', input: 4 },
      { input: 1 },
      { model: 'a', input: 3 },
      { provider: 'own', input: 2 },
    );
    expect([
      at(book, targetAt('own', 'a')),
      at(book, targetAt('own', 'b')),
      at(book, targetAt('azure', 'up', 'a')),
    ]).toEqual([usd(4), usd(2), usd(3)]);
    expect(at(book, targetAt('azure', 'b'))).toBe(usd(1));
  });

  it('are of the model that a call went to, also where its deployment has another one since', () => {
    const book = bookWith({ model: 'small', input: 1 }, { model: 'large', input: 9 });
    const [before, since] = [targetAt('own', 'small', 'ours'), targetAt('own', 'large', 'ours')];
    expect([at(book, before), at(book, since), at(book, before)]).toEqual([usd(1), usd(9), usd(1)]);
  });

  it('may be the catalogue’s of another model', () => {
    const book = bookWith({ provider: 'azure', model: 'our-gpt', like: 'openai/gpt-4o-mini' });
    expect(at(book, targetAt('azure', 'our-gpt'))).toBe(usd(0.15));
  });

  it('are read as they are written, to the last digit', () => {
    const book = bookWith({ model: 'a', input: '0.123456789012' });
    expect(at(book, targetAt('own', 'a'))).toBe(123_456_789_012n);
  });

  it('may have tiers, images and all other units', () => {
    const book = bookWith({
      model: 'a',
      input: 1,
      image: '0.04',
      images: [{ quality: 'hd', price: '0.08' }],
      second: '0.0001',
      character: '0.000015',
      search: '0.002',
      request: '0.5',
      longContext: [{ above: 10, input: 2 }],
    });
    const units = { images: 1, imageQuality: 'hd', seconds: 10, characters: 10, searches: 1 };
    const { cost } = book.costOf(callOf(targetAt('own', 'a')), tokens({ inputUncached: 11 }), units);
    expect(cost).toBe(usd(0.08) + usd(0.001) + usd(0.00015) + usd(0.002) + usd(0.5) + 22_000_000n);
  });
});

describe('prices of tiers of service', () => {
  const used = tokens({ inputUncached: 1_000_000, output: 1_000_000 });
  const book = bookWith({
    model: 'a',
    input: 2,
    output: 8,
    search: 1,
    longContext: [{ above: 2_000_000, input: 4 }],
    serviceTiers: [
      { tier: 'flex', input: 1, output: 4 },
      { tier: 'priority', output: 20, longContext: [{ above: 500_000, input: 5 }] },
    ],
  });
  const usd = (amount: number) => BigInt(amount) * 1_000_000_000_000n;
  const costIn = (serviceTier: string | undefined, given = used) =>
    book.costOf(callOf(targetAt('own', 'a')), given, serviceTier === undefined ? undefined : { serviceTier });

  it('hold for what is served in them, and what they leave out is as in the standard one', () => {
    expect([undefined, 'flex', 'priority'].map((tier) => costIn(tier).cost)).toEqual([usd(10), usd(5), usd(25)]);
    const long = tokens({ inputUncached: 3_000_000 });
    expect([undefined, 'flex', 'priority'].map((tier) => costIn(tier, long).cost)).toEqual([usd(12), usd(3), usd(15)]);
    const units = { serviceTier: 'flex', searches: 2 };
    expect(book.costOf(callOf(targetAt('own', 'a')), used, units).cost).toBe(usd(7));
    expect(costIn('flex').priceVersion).toBe(costIn(undefined).priceVersion);
    expect(warnings).toEqual([]);
  });

  it('that are missing are the standard one’s, which the record and the log say', () => {
    const bus = new GatewayEventBus();
    const told: unknown[] = [];
    bus.on(PriceMissing, ({ deployment, serviceTier }) => told.push([deployment, serviceTier]));
    const catalogue = priceBook({ providers: PROVIDERS }, bus);
    const costOf = (units?: BillableUnits) =>
      catalogue.costOf(callOf(targetAt('openai', 'gpt-4o-mini')), tokens({ output: 1 }), units);
    const standard = costOf();
    for (let call = 0; call < 2; call++) {
      expect(costOf({ serviceTier: 'flex' })).toEqual({
        cost: standard.cost,
        priceVersion: `${standard.priceVersion};flex=standard`,
      });
    }
    expect(told).toEqual([['openai/gpt-4o-mini', 'flex']]);
    expect(warnings).toEqual([expect.stringContaining('the service tier flex of openai/gpt-4o-mini')]);
  });

  it('are none of a simulator’s, and of a model that has no price at all', () => {
    const units = { serviceTier: 'flex' };
    expect(book.costOf(callOf(targetAt('play', 'a')), used, units).priceVersion).toMatch(/^own:/);
    expect(bookWith().costOf(callOf(targetAt('play', 'a')), used, units)).toEqual({
      cost: 0n,
      priceVersion: 'simulator',
    });
    expect(bookWith().costOf(callOf(targetAt('own', 'b')), used, units)).toEqual({ cost: null, priceVersion: null });
  });
});

describe('a price that is missing', () => {
  it('is null, and loud once a deployment', () => {
    const bus = new GatewayEventBus();
    const told: string[] = [];
    bus.on(PriceMissing, ({ deployment }) => told.push(deployment));
    const book = priceBook({ providers: PROVIDERS }, bus);
    for (const model of ['a', 'b', 'a', 'a']) {
      const cost = book.costOf(callOf(targetAt('own', model)), tokens({ output: 1 }));
      expect(cost).toEqual({ cost: null, priceVersion: null });
    }
    expect(told).toEqual(['own/a', 'own/b']);
    expect(warnings).toEqual([expect.stringContaining('own/a'), expect.stringContaining('own/b')]);
  });

  it('tells nobody where past calls are rated', () => {
    const book = bookWith();
    expect(book.rate(targetAt('gone', 'a'), 0, tokens()).cost).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('of one deployment leaves the call without a ceiling', () => {
    const book = bookWith({ provider: 'own', model: 'a', output: 1 });
    const [known, unknown] = [targetAt('own', 'a'), targetAt('own', 'b')];
    expect(book.ceilingOf(callOf(known))).toBe(10_000_000n);
    expect(book.ceilingOf(callOf(known, unknown))).toBeUndefined();
  });
});

describe('what nobody did', () => {
  it('costs nothing: an answer of an extension, or no try at all', () => {
    const book = bookWith();
    const answered = callOf(targetAt('own', 'a'));
    answered.answeredBy = 'cache';
    const free = { cost: 0n, priceVersion: null };
    expect(book.costOf(answered, tokens({ output: 5 }))).toEqual(free);
    expect(book.costOf(callOf(), tokens())).toEqual(free);
    expect(warnings).toEqual([]);
  });

  it('is not in the ceiling of the dearest deployment', () => {
    const book = bookWith({ model: 'a', output: 1 }, { model: 'b', output: 3 });
    expect(book.ceilingOf(callOf(targetAt('own', 'a'), targetAt('own', 'b')))).toBe(30_000_000n);
  });
});
