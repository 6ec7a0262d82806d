import { describe, expect, it } from 'vitest';
import { PriceMissing } from '../../src/pricing/price-missing.event.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { chat, CHAT_REQUEST, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatAnswer,
  chatCompletion,
  chatStream,
  chunk,
  DONE,
  finish,
  json,
  role,
  stream,
  text,
  usage,
} from '../support/fake-upstream.js';
import { oneProvider, twoProviders } from '../support/scene.js';

const TOKENS = { input: 1_000, output: 200 };
const PRICE = { model: 'model', input: '0.15', output: '0.60' };
/** Pico-USD. */
const COST = 1_000n * 150_000n + 200n * 600_000n;

describe('the cost on a usage record', () => {
  it('is by what the provider counted, of a whole answer and of a stream', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: { prices: [PRICE] } });
    upstreams[0].next(chatAnswer('Hello', TOKENS));
    expect((await chat(gateway, CHAT_REQUEST)).status).toBe(200);
    upstreams[0].next(chatStream(['Hel', 'lo'], TOKENS));
    const client = new ChatClient(gateway, STREAM_REQUEST);
    await client.waitFor(({ isOver }) => isOver);
    for (const record of await records()) {
      expect(record).toMatchObject({ grade: 'exact', cost: COST, failedAttemptsCost: 0n, units: null });
      expect(record.priceVersion).toMatch(/^own:/);
    }
  });

  it('is that of the provider that answered; a stream that broke before its first content stands beside it', async () => {
    const { gateway, upstreams, record } = await twoProviders({
      provider: { maxRetries: 0 },
      gateway: {
        prices: [
          { provider: 'first', input: 3, output: 3 },
          { provider: 'second', input: 1, output: 1 },
        ],
      },
    });
    upstreams[0].next(stream(role, usage({ input: 70, output: 0 })));
    upstreams[1].next(chatStream(['Hello'], TOKENS));
    const client = new ChatClient(gateway, STREAM_REQUEST);
    await client.waitFor(({ isOver }) => isOver);
    expect(await record()).toMatchObject({
      provider: 'second',
      cost: 1_200_000_000n,
      failedAttemptsCost: 210_000_000n,
      tokens: { inputUncached: 1_000, output: 200 },
    });
  });

  const TIERED = { ...PRICE, search: '0.01', serviceTiers: [{ tier: 'flex', input: '0.075', output: '0.30' }] };

  it('is by the tier of service that the answer says, whichever was asked for', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: { prices: [TIERED] } });
    const { input, output } = TOKENS;
    const counted = { usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output } };
    const answerIn = (tier: string) => json({ ...chatCompletion('Hello'), ...counted, service_tier: tier });
    const asking = (tier: string) => chat(gateway, { ...CHAT_REQUEST, service_tier: tier });
    upstreams[0].next(answerIn('flex'));
    expect((await asking('flex')).json).toMatchObject({ service_tier: 'flex' });
    upstreams[0].next(answerIn('default'));
    await asking('flex');
    upstreams[0].next(answerIn('priority'));
    await asking('priority');
    const [flex, downgraded, unpriced] = await records();
    expect(flex).toMatchObject({ cost: COST / 2n, units: { serviceTier: 'flex' } });
    expect(downgraded).toMatchObject({ cost: COST, units: null, priceVersion: flex?.priceVersion });
    expect(unpriced).toMatchObject({
      cost: COST,
      units: { serviceTier: 'priority' },
      priceVersion: `${flex?.priceVersion};priority=standard`,
    });
  });

  it('is by the tier of a stream, as its end says, or else as it was asked for', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: { prices: [TIERED] } });
    const told = { ...chunk({}), choices: [], service_tier: 'flex' };
    const counted = { prompt_tokens: TOKENS.input, completion_tokens: TOKENS.output };
    upstreams[0].next(stream(role, text('Hello'), finish, { ...told, usage: counted }, DONE));
    const whole = new ChatClient(gateway, STREAM_REQUEST);
    await whole.waitFor(({ isOver }) => isOver);
    upstreams[0].next(stream(role, text('Hello')));
    const broken = new ChatClient(gateway, { ...STREAM_REQUEST, service_tier: 'flex' });
    await broken.waitFor(({ isOver }) => isOver);
    expect(await records()).toMatchObject([
      { grade: 'exact', cost: COST / 2n, units: { serviceTier: 'flex' } },
      { grade: 'estimated', units: { serviceTier: 'flex' } },
    ]);
  });

  it('has the searches that a model made by itself', async () => {
    const { gateway, upstreams, records } = await twoProviders({
      second: { kind: 'anthropic' },
      gateway: { prices: [TIERED] },
    });
    const searched = { prompt_tokens: TOKENS.input, completion_tokens: TOKENS.output, num_search_queries: 3 };
    upstreams[0].next(json({ ...chatCompletion('Hello'), usage: searched }));
    await chat(gateway, { ...CHAT_REQUEST, model: 'first/model' });
    const message = { id: 'm', type: 'message', role: 'assistant', model: 'claude', stop_reason: 'end_turn' };
    const billed = { input_tokens: TOKENS.input, output_tokens: TOKENS.output };
    upstreams[1].next(
      json({
        ...message,
        content: [{ type: 'text', text: 'Hello' }],
        usage: { ...billed, server_tool_use: { web_search_requests: 2 }, service_tier: 'standard' },
      }),
    );
    await chat(gateway, { ...CHAT_REQUEST, model: 'second/model' });
    expect(await records()).toMatchObject([
      { provider: 'first', units: { searches: 3 }, cost: COST + 30_000_000_000n },
      { provider: 'second', units: { searches: 2 }, cost: COST + 20_000_000_000n },
    ]);
  });

  it('is null where no price is known, and told', async () => {
    const { gateway, record } = await oneProvider();
    const missing: string[] = [];
    gateway.app.get(GatewayEventBus, { strict: false }).on(PriceMissing, ({ deployment }) => missing.push(deployment));
    expect((await chat(gateway, CHAT_REQUEST)).status).toBe(200);
    expect(await record()).toMatchObject({ cost: null, priceVersion: null, status: 'completed' });
    expect(missing).toEqual(['first/model']);
  });
});
