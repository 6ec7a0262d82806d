import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { priceBook } from '../../test/support/prices.js';
import { Attempt, type AttemptTarget } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { JsonBody } from '../protocol/json-body.js';
import { NO_TOKENS, type TokenUsage } from '../protocol/token-usage.js';
import { PriceMissing } from './price-missing.event.js';

const USD = 1_000_000_000_000n;

function targetAt(providerName: string, upstreamModel: string, model = upstreamModel): AttemptTarget {
  return { id: `${providerName}/${model}`, providerName, model, upstreamModel };
}

function callOf(target: AttemptTarget, request: Record<string, unknown> = {}): CallContext {
  const call = callContext({ candidates: [target], request, body: JsonBody.of(request) });
  call.attempts.push(new Attempt(target));
  return call;
}

const tokens = (changes: Partial<TokenUsage>): TokenUsage => ({ ...NO_TOKENS, ...changes });

const PROVIDERS = [
  { name: 'openai', kind: 'openai' },
  { name: 'claude', kind: 'anthropic' },
  { name: 'google', kind: 'gemini' },
  { name: 'own', kind: 'vllm' },
];

describe('PriceBook', () => {
  const book = priceBook({ providers: PROVIDERS });

  it.each<[provider: string, model: string, used: Partial<TokenUsage>, microUsd: number]>([
    ['openai', 'gpt-4o-mini', { inputUncached: 1_000, output: 500 }, 450],
    ['openai', 'gpt-4o-mini-2024-07-18', { inputUncached: 1_000, cacheRead: 1_000, output: 500 }, 525],
    [
      'claude',
      'claude-sonnet-5',
      { inputUncached: 100, cacheRead: 1_000, cacheWrite5m: 200, cacheWrite1h: 300 },
      2_100,
    ],
    ['google', 'gemini-2.5-pro', { inputUncached: 200_000, output: 1_000 }, 260_000],
    ['google', 'gemini-2.5-pro', { inputUncached: 150_001, cacheRead: 50_000, reasoning: 1_000 }, 402_502.5],
  ])('knows what %s takes for %s', (provider, model, used, microUsd) => {
    const { cost, priceVersion } = book.costOf(callOf(targetAt(provider, model)), tokens(used));
    expect(cost).toBe(BigInt(microUsd * 1_000_000));
    expect(priceVersion).toMatch(/^catalogue:2026-/);
  });
});
void USD;
void PriceMissing;
void GatewayEventBus;
