import { describe, expect, it, onTestFinished } from 'vitest';
import { CacheService } from '../../src/extensions/cache/cache.service.js';
import { type KeyOptions } from '../../src/key.options.js';
import { RedisUnavailable } from '../../src/redis/redis-unavailable.js';
import { chat, CHAT_REQUEST, ChatClient, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { extension } from '../support/extensions.js';
import { chatAnswer, chatStream, gate, hang, json, openAiError, role, stream, text } from '../support/fake-upstream.js';
import { freePort } from '../support/free-port.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { canStartRedis, NEEDS_REDIS, startRedis } from '../support/redis.js';
import { oneProvider, type SceneOptions } from '../support/scene.js';

const OTHER_KEY = 'sk-other-0123456789abcdef';
const KEYS: KeyOptions[] = [
  { name: 'test', secret: TEST_KEY },
  { name: 'other', secret: OTHER_KEY },
];

const cached = (cache: object = {}, options: SceneOptions = {}) =>
  oneProvider({ ...options, gateway: { keys: KEYS, cache, ...options.gateway } });

const statusOf = ({ headers }: ClientAnswer): unknown => headers['x-nestgate-cache'];

const withHeaders = (headers: Record<string, string>) => ({ headers });
const asOther = withHeaders({ authorization: `Bearer ${OTHER_KEY}` });

describe('the cache', () => {
  it('is not there unless it is switched on', async () => {
    const { gateway, upstreams } = await oneProvider();
    const answers = [await chat(gateway), await chat(gateway)];
    expect(answers.map(statusOf)).toEqual([undefined, undefined]);
    expect(upstreams[0].dispatches).toBe(2);
  });

  it('gives the answer to a chat again, to the byte', async () => {
    const { gateway, upstreams, records } = await cached();
    upstreams[0].next(chatAnswer('First'), chatAnswer('Second'));

    const first = await chat(gateway);
    const reordered = Buffer.from(JSON.stringify({ messages: CHAT_REQUEST.messages, model: 'model' }, null, 1));
    const again = await chat(gateway, reordered);

    expect([first, again].map(statusOf)).toEqual(['miss', 'hit']);
    expect(again.bytes).toEqual(first.bytes);
    expect(again.status).toBe(200);
    expect(again.headers).toMatchObject({ 'content-type': first.headers['content-type'], age: '0' });
    expect(upstreams[0].dispatches).toBe(1);
    expect(await records()).toMatchObject([
      { answeredBy: null, grade: 'exact', provider: 'first', status: 'completed' },
      {
        answeredBy: 'cache',
        grade: 'none',
        provider: null,
        status: 'completed',
        httpStatus: 200,
        attempts: [],
        cost: 0n,
      },
    ]);
  });

  it('gives a stream again as a stream, the very events in one write', async () => {
    const { gateway, upstreams, records } = await cached();
    upstreams[0].next(chatStream(['Hel', 'lo']));
    const asked = { ...STREAM_REQUEST, stream_options: { include_usage: true } };

    const first = await chat(gateway, asked);
    const again = await chat(gateway, asked);

    expect([first, again].map(statusOf)).toEqual(['miss', 'hit']);
    expect(again.text).toBe(first.text);
    expect(again.text).toContain('"usage":{');
    expect(again.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(again.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(upstreams[0].dispatches).toBe(1);
    expect((await records()).map(({ streaming, answeredBy }) => [streaming, answeredBy])).toEqual([
      [true, null],
      [true, 'cache'],
    ]);
  });

  it('gives embeddings again, and nothing of other operations', async () => {
    const { gateway, upstreams } = await cached();
    const vectors = { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.5] }], model: 'model' };
    upstreams[0].always(json({ ...vectors, usage: { prompt_tokens: 1, total_tokens: 1 } }));
    const embeddings = { path: '/v1/embeddings' };
    const asked = { model: 'model', input: 'Hi' };
    const answers = [await chat(gateway, asked, embeddings), await chat(gateway, asked, embeddings)];
    expect(answers.map(statusOf)).toEqual(['miss', 'hit']);
    expect(answers[1]?.bytes).toEqual(answers[0]?.bytes);

    upstreams[0].always(json({ id: '1', object: 'text_completion', choices: [], usage: {} }));
    const completions = { path: '/v1/completions' };
    const prompt = { model: 'model', prompt: 'Hi' };
    const others = [await chat(gateway, prompt, completions), await chat(gateway, prompt, completions)];
    expect(others.map(statusOf)).toEqual([undefined, undefined]);
    expect(upstreams[0].dispatches).toBe(3);
  });

  it('never gives to one key what another has asked for', async () => {
    const { gateway, upstreams } = await cached();
    upstreams[0].next(chatAnswer('of one'), chatAnswer('of the other'), chatStream(['1']), chatStream(['2']));
    const answers: ClientAnswer[] = [];
    for (const body of [CHAT_REQUEST, STREAM_REQUEST]) {
      for (const options of [{}, asOther, {}, asOther]) answers.push(await chat(gateway, body, options));
    }
    expect(answers.map(statusOf)).toEqual(['miss', 'miss', 'hit', 'hit', 'miss', 'miss', 'hit', 'hit']);
    expect(answers[2]?.text).toContain('of one');
    expect(answers[3]?.text).toContain('of the other');
    expect(upstreams[0].dispatches).toBe(4);
  });

  it('asks again for whatever differs', async () => {
    const { gateway, upstreams } = await cached();
    const seed = (digits: string): string => JSON.stringify(CHAT_REQUEST).replace('{', `{"seed":${digits},`);
    const bodies = [
      CHAT_REQUEST,
      { ...CHAT_REQUEST, user: 'a' },
      { ...CHAT_REQUEST, user: 'b' },
      { ...CHAT_REQUEST, metadata: { a: '1' } },
      { ...CHAT_REQUEST, nobody_knows_this: 1 },
      seed('9007199254740992'),
      seed('9007199254740993'),
    ];
    for (const body of bodies) expect(statusOf(await chat(gateway, body))).toBe('miss');
    const strict = withHeaders({ 'x-nestgate-parameters': 'strict' });
    expect(statusOf(await chat(gateway, CHAT_REQUEST, strict))).toBe('miss');
    expect(upstreams[0].dispatches).toBe(bodies.length + 1);
  });

  it.each([
    ['an error', openAiError(400, 'no'), CHAT_REQUEST],
    ['a stream that breaks', stream(role, text('Hi')), STREAM_REQUEST],
  ])('keeps nothing of %s', async (_what, behaviour, body) => {
    const { gateway, upstreams } = await cached();
    upstreams[0].next(behaviour, chatStream(['ok']));
    const failed = new ChatClient(gateway, body);
    await failed.waitFor(({ isOver }) => isOver);
    expect(failed.text).toContain('error');
    const again = new ChatClient(gateway, body);
    await again.waitFor(({ isOver }) => isOver);
    expect(again.headers['x-nestgate-cache']).toBe('miss');
    expect(upstreams[0].dispatches).toBe(2);
  });

  it('keeps nothing of what another extension answered', async () => {
    const answer = { contentType: 'application/json', bytes: Buffer.from('{}') };
    const { gateway } = await cached({}, { extras: { providers: [extension(5, { onCacheLookup: () => answer })] } });
    expect([await chat(gateway), await chat(gateway)].map(statusOf)).toEqual(['miss', 'miss']);
  });

  it('keeps what the client got, as extensions have left it', async () => {
    const masking = extension(0, { onResponse: (_call, response) => ({ ...response, id: 'masked' }) });
    const { gateway } = await cached({}, { extras: { providers: [masking] } });
    const [first, again] = [await chat(gateway), await chat(gateway)];
    expect(first.json['id']).toBe('masked');
    expect(again.bytes).toEqual(first.bytes);
    expect(statusOf(again)).toBe('hit');
  });

  it('keeps no answer that is too large', async () => {
    const { gateway, upstreams } = await cached({ maxEntryBytes: 1_024 });
    const long = 'x'.repeat(2_000);
    upstreams[0].next(chatAnswer(long), chatAnswer(long), chatStream([long]), chatStream([long]));
    for (const body of [CHAT_REQUEST, CHAT_REQUEST, STREAM_REQUEST, STREAM_REQUEST]) {
      expect(statusOf(await chat(gateway, body))).toBe('miss');
    }
  });

  it('tells again what a provider had nothing for', async () => {
    const { gateway, upstreams } = await cached({}, { provider: { kind: 'anthropic' } });
    upstreams[0].always(
      json({
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'c',
        content: [{ type: 'text', text: 'Hi' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
    );
    const asked = { ...CHAT_REQUEST, seed: 1 };
    const [first, again] = [await chat(gateway, asked), await chat(gateway, asked)];
    expect(first.headers['x-nestgate-warnings']).toContain('seed');
    expect(again.headers['x-nestgate-warnings']).toBe(first.headers['x-nestgate-warnings']);
    expect(statusOf(again)).toBe('hit');
  });

  it('does as the request says by Cache-Control', async () => {
    const { gateway, upstreams } = await cached();
    upstreams[0].next(...['1', '2', '3', '4'].map((content) => chatAnswer(content)));
    const ask = async (wish?: string): Promise<unknown[]> => {
      const answer = await chat(
        gateway,
        CHAT_REQUEST,
        wish === undefined ? {} : withHeaders({ 'cache-control': wish }),
      );
      return [statusOf(answer), /"content":"(\d)"/.exec(answer.text)?.[1]];
    };
    expect(await ask('no-store')).toEqual([undefined, '1']);
    expect(await ask()).toEqual(['miss', '2']);
    expect(await ask('no-store')).toEqual([undefined, '3']);
    expect(await ask('max-age=3600')).toEqual(['hit', '2']);
    expect(await ask('no-cache')).toEqual(['miss', '4']);
    expect(await ask()).toEqual(['hit', '4']);
  });

  it('does as the key says, and is for the models that are named', async () => {
    const keys = [
      { ...KEYS[0], cache: { enabled: true } },
      { ...KEYS[1], cache: { enabled: false } },
    ] as KeyOptions[];
    const models = [{ name: 'model' }, { name: 'dear' }];
    const scene = await cached({ enabled: false, models: ['dear'] }, { gateway: { keys }, provider: { models } });
    const ask = async (model: string, options = {}): Promise<unknown> => {
      await chat(scene.gateway, { ...CHAT_REQUEST, model }, options);
      return statusOf(await chat(scene.gateway, { ...CHAT_REQUEST, model }, options));
    };
    expect([await ask('dear'), await ask('model'), await ask('dear', asOther)]).toEqual(['hit', undefined, undefined]);
  });

  it('is cleared', async () => {
    const { gateway } = await cached();
    const service = gateway.app.get(CacheService, { strict: false });
    const ask = async (): Promise<unknown[]> => [
      statusOf(await chat(gateway)),
      statusOf(await chat(gateway, CHAT_REQUEST, asOther)),
    ];
    await ask();
    await service.clear({ key: { keyId: null, keyName: 'other' } });
    expect(await ask()).toEqual(['hit', 'miss']);
    await service.clear({ model: 'another' });
    expect(await ask()).toEqual(['hit', 'hit']);
    await service.clear();
    expect(await ask()).toEqual(['miss', 'miss']);
  });
});

describe('equal requests in flight', () => {
  it.each([
    ['whole answers', CHAT_REQUEST, chatAnswer('Hello')],
    ['streams', STREAM_REQUEST, chatStream(['Hel', 'lo'])],
  ])('are one call upstream: 50 at once, %s', async (_what, body, behaviour) => {
    const { gateway, upstreams, watch, records } = await cached();
    const held = gate();
    upstreams[0].next(async (seen) => {
      await held.passed;
      await behaviour(seen);
    });

    const answers = Array.from({ length: 50 }, () => chat(gateway, body));
    await watch.waitFor(({ admitted }) => admitted.length === 50);
    held.open();

    const all = await Promise.all(answers);
    expect(new Set(all.map((answer) => answer.text)).size).toBe(1);
    expect(all.map(statusOf).filter((status) => status === 'hit')).toHaveLength(49);
    expect(upstreams[0].dispatches).toBe(1);
    expect((await records()).filter(({ answeredBy }) => answeredBy === 'cache')).toHaveLength(49);
  });

  it('ask for themselves where the one that asked fails, and never get its error', async () => {
    const { gateway, upstreams, watch } = await cached();
    const held = gate();
    upstreams[0].next(async (seen) => {
      await held.passed;
      await openAiError(400, 'only for the first')(seen);
    });
    const first = new ChatClient(gateway, CHAT_REQUEST);
    await upstreams[0].request(0);
    const others = Array.from({ length: 5 }, () => chat(gateway));
    await watch.waitFor(({ admitted }) => admitted.length === 6);
    held.open();
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await first.waitFor(({ isOver }) => isOver);
    expect(first.status).toBe(400);
    expect(upstreams[0].dispatches).toBe(6);
    expect(statusOf(await chat(gateway))).toBe('hit');
  });

  it('have the next one ask where the one that asked leaves', async () => {
    const { gateway, upstreams, watch } = await cached();
    upstreams[0].next(hang, chatAnswer('for the others'));
    const first = new ChatClient(gateway, CHAT_REQUEST);
    await upstreams[0].request(0);
    const others = Array.from({ length: 5 }, () => chat(gateway));
    await watch.waitFor(({ admitted }) => admitted.length === 6);
    first.leave();
    const answers = await Promise.all(others);
    expect(answers.map(statusOf).filter((status) => status === 'hit')).toHaveLength(4);
    expect(upstreams[0].dispatches).toBe(2);
  });

  it('stop waiting where their client leaves', async () => {
    const { gateway, upstreams, watch } = await cached();
    const held = gate();
    upstreams[0].next(async (seen) => {
      await held.passed;
      await chatAnswer('Hello')(seen);
    });
    const first = chat(gateway);
    await upstreams[0].request(0);
    const waiting = new ChatClient(gateway, CHAT_REQUEST);
    await watch.waitFor(({ admitted }) => admitted.length === 2);
    waiting.leave();
    await watch.waitFor(({ failed }) => failed.length === 1);
    expect(watch.failed[0]).toMatchObject({ isAborted: true });
    held.open();
    expect((await first).status).toBe(200);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('do not wait for one another where they want nothing old', async () => {
    const { gateway, upstreams } = await cached();
    const held = gate();
    upstreams[0].next(async (seen) => {
      await held.passed;
      await chatAnswer('Hello')(seen);
    });
    const first = chat(gateway);
    await upstreams[0].request(0);
    for (const wish of ['no-cache', 'no-store']) {
      expect((await chat(gateway, CHAT_REQUEST, withHeaders({ 'cache-control': wish }))).status).toBe(200);
    }
    expect(upstreams[0].dispatches).toBe(3);
    held.open();
    await first;
  });
});

describe.skipIf(!canStartRedis)(`the cache in Redis (${NEEDS_REDIS})`, () => {
  it('is shared by replicas, cleared for all, and missed where Redis is away', async () => {
    const server = await startRedis();
    const redis = { url: server.url };
    const one = await cached({ store: 'redis' }, { gateway: { redis } });
    // It has nobody to ask: what it answers is of the other.
    const baseUrl = `http://127.0.0.1:${await freePort()}/v1`;
    const alone = { name: 'first', kind: 'openai-compatible', baseUrl, models: [{ name: 'model' }], maxRetries: 0 };
    const other = await startGateway({ keys: KEYS, cache: { store: 'redis' }, redis, providers: [alone] });
    onTestFinished(() => other.close());
    const ask = async (target: GatewayUnderTest): Promise<unknown> => statusOf(await chat(target));

    // Not as soon as the answer is there: nobody waits for Redis.
    await expect.poll(() => ask(one.gateway)).toBe('hit');
    await expect.poll(() => ask(other)).toBe('hit');

    const service = other.app.get(CacheService, { strict: false });
    await expect
      .poll(() =>
        service.clear().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await ask(one.gateway)).toBe('miss');

    server.hang();
    expect([await ask(one.gateway), await ask(other)]).toEqual(['miss', 'miss']);
    server.resume();
    await server.kill();
    const answer = await chat(one.gateway);
    expect([answer.status, statusOf(answer)]).toEqual([200, 'miss']);
    await expect(service.clear()).rejects.toBeInstanceOf(RedisUnavailable);
  });
});
