import { describe, expect, it } from 'vitest';
import { PriceMissing } from '../../src/pricing/price-missing.event.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { chat, CHAT_REQUEST, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, chatStream, role, stream, usage } from '../support/fake-upstream.js';
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

  it('is null where no price is known, and told', async () => {
    const { gateway, record } = await oneProvider();
    const missing: string[] = [];
    gateway.app.get(GatewayEventBus, { strict: false }).on(PriceMissing, ({ deployment }) => missing.push(deployment));
    expect((await chat(gateway, CHAT_REQUEST)).status).toBe(200);
    expect(await record()).toMatchObject({ cost: null, priceVersion: null, status: 'completed' });
    expect(missing).toEqual(['first/model']);
  });
});
