import { expect, it, onTestFinished } from 'vitest';
import { AnswerCache } from '../../examples/extensions/answer-cache.extension.js';
import { ModelCurfew } from '../../examples/extensions/model-curfew.extension.js';
import { StreamWatch } from '../../examples/extensions/stream-watch.extension.js';
import { TokensByKey } from '../../examples/extensions/tokens-by-key.subscriber.js';
import { chat, CHAT_REQUEST, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import { chatStream, FakeUpstream, status } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';

async function start(keyName = 'web'): Promise<{ upstream: FakeUpstream; gateway: GatewayUnderTest }> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  const gateway = await startGateway(
    {
      providers: [
        {
          name: 'fake',
          kind: 'openai-compatible',
          baseUrl: upstream.baseUrl,
          models: [{ name: 'model' }, { name: 'model-large' }],
          maxRetries: 0,
        },
      ],
      keys: [{ name: keyName, secret: TEST_KEY }],
    },
    { providers: [ModelCurfew, AnswerCache, StreamWatch, TokensByKey] },
  );
  onTestFinished(() => gateway.close());
  return { upstream, gateway };
}

it('onRequest refuses before anything is sent, and leaves no record', async () => {
  const { upstream, gateway } = await start('trainee-1');
  const refused = await chat(gateway, { ...CHAT_REQUEST, model: 'model-large' });
  expect(refused.status).toBe(403);
  expect(refused.json).toEqual({
    error: {
      message: 'model-large is not for trainees.',
      type: 'invalid_request_error',
      param: 'model',
      code: 'request_refused',
    },
  });
  expect(upstream.dispatches).toBe(0);
  expect(await gateway.records()).toEqual([]);
});

it('onCacheLookup answers what onResponse has kept', async () => {
  const { upstream, gateway } = await start();
  const first = await chat(gateway);
  const second = await chat(gateway);
  expect(second.json).toEqual(first.json);
  expect(upstream.dispatches).toBe(1);
  expect(second.headers['x-nestgate-deployment']).toBeUndefined();
  expect(await gateway.records()).toMatchObject([{ grade: 'exact' }, { grade: 'none', provider: null }]);
});

it('onChunk sees every chunk of a stream, onError what failed', async () => {
  const { upstream, gateway } = await start();
  upstream.next(chatStream(['Hel', 'lo']), status(503));
  const client = new ChatClient(gateway, STREAM_REQUEST);
  await client.waitFor(() => client.isOver);
  await chat(gateway);
  const watch = gateway.app.get(StreamWatch);
  // The role, two pieces, and the finish.
  expect(watch.chunks).toBe(4);
  expect(watch.failures).toEqual(['upstream_error']);
});

it('a subscriber hears of every completed call', async () => {
  const { gateway } = await start();
  await chat(gateway);
  expect(gateway.app.get(TokensByKey).totals).toEqual(new Map([['web', 7]]));
});
