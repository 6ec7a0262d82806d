import { type Provider } from '@nestjs/common';
import { expect, it, onTestFinished } from 'vitest';
import { AnswerCache } from '../../examples/extensions/answer-cache.extension.js';
import { CostByTeam } from '../../examples/extensions/cost-by-team.subscriber.js';
import { Disclaimer } from '../../examples/extensions/disclaimer.extension.js';
import { HouseStyle } from '../../examples/extensions/house-style.extension.js';
import { ModelCurfew } from '../../examples/extensions/model-curfew.extension.js';
import { OutOfOffice } from '../../examples/extensions/out-of-office.extension.js';
import { StreamWatch } from '../../examples/extensions/stream-watch.extension.js';
import { TokensByKey } from '../../examples/extensions/tokens-by-key.subscriber.js';
import { type GatewayModuleExtras, type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { type KeyOptions } from '../../src/key.options.js';
import { chat, CHAT_REQUEST, ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, chatStream, FakeUpstream, finish, status } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';

interface Started {
  readonly upstream: FakeUpstream;
  readonly gateway: GatewayUnderTest;
}

async function start(
  key: Partial<KeyOptions> = {},
  providers: Provider[] = [ModelCurfew, AnswerCache, StreamWatch, TokensByKey],
  options: GatewayModuleOptions & GatewayModuleExtras = {},
): Promise<Started> {
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
      keys: [{ name: 'web', secret: TEST_KEY, ...key }],
      ...options,
    },
    { providers },
  );
  onTestFinished(() => gateway.close());
  return { upstream, gateway };
}

it('onRequest refuses before anything is sent, and leaves no record', async () => {
  const { upstream, gateway } = await start({ name: 'trainee-1' });
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

it('a request is changed as the configuration says, or the key', async () => {
  const extensions = [{ name: 'house-style', settings: { instructions: 'Be brief.' } }];
  const ofKey = [{ name: 'house-style', settings: { instructions: 'Rhyme.' } }];
  for (const [key, said] of [
    [{}, 'Be brief.'],
    [{ extensions: ofKey }, 'Rhyme.'],
  ] as const) {
    const { upstream, gateway } = await start(key as Partial<KeyOptions>, [], {
      extensions,
      extensionClasses: [HouseStyle],
    });
    await chat(gateway, { ...CHAT_REQUEST, unknown: 1 });
    expect(upstream.last.json).toEqual({
      ...CHAT_REQUEST,
      unknown: 1,
      messages: [{ role: 'system', content: said }, ...CHAT_REQUEST.messages],
    });
  }
});

it('settings that are not understood stop the start', async () => {
  const extensions = [{ name: 'house-style', settings: { instructions: 8 } }];
  await expect(start({}, [], { extensions, extensionClasses: [HouseStyle] })).rejects.toThrow('must be text');
});

it('an answer is changed, streamed or not', async () => {
  const { upstream, gateway } = await start({}, [Disclaimer]);
  upstream.next(chatAnswer('Hi'), chatStream(['H', 'i']));
  const whole = await chat(gateway);
  const streamed = new ChatClient(gateway, STREAM_REQUEST);
  await streamed.waitFor(({ isWhole }) => isWhole);
  expect(whole.text).toContain(JSON.stringify('Hi\n\n(Written by a machine.)'));
  expect(streamed.content).toBe('Hi\n\n(Written by a machine.)');
  expect(dataOf(streamed.text).at(-1)).toEqual(finish);
});

it('a key that is away is answered before anything is sent, and leaves a record', async () => {
  const away = [{ name: 'out-of-office', settings: { until: 'Monday' } }];
  const { upstream, gateway } = await start({ extensions: away }, [OutOfOffice]);
  const streamed = new ChatClient(gateway, STREAM_REQUEST);
  await streamed.waitFor(({ isWhole }) => isWhole);
  expect((await chat(gateway)).text).toContain('Nobody is there until Monday.');
  expect(streamed.content).toBe('Nobody is there until Monday.');
  expect(upstream.dispatches).toBe(0);
  const answeredBy = 'out-of-office';
  expect(await gateway.records()).toMatchObject([
    { status: 'completed', answeredBy, grade: 'none' },
    { status: 'completed', answeredBy, grade: 'none' },
  ]);
});

it('a subscriber hears what each call has cost', async () => {
  const prices = [{ model: 'model', input: '1', output: '10' }];
  const { gateway } = await start({ team: 'search' }, [CostByTeam], { prices });
  await chat(gateway);
  // 11 tokens in at 1 USD a million, 7 out at 10.
  expect(gateway.app.get(CostByTeam).totals).toEqual(new Map([['search', 81_000_000n]]));
});
