import { describe, expect, it, onTestFinished } from 'vitest';
import { chat, CHAT_REQUEST, type ClientAnswer } from '../support/chat-client.js';
import { FakeUpstream, hang, json, openAiError } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { PROVIDER_KEY } from '../support/scene.js';

type Options = NonNullable<Parameters<typeof startGateway>[0]>;

async function start(options: Options): Promise<GatewayUnderTest> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function startUpstream(models: FakeUpstream['models'] = []): Promise<FakeUpstream> {
  const upstream = await FakeUpstream.start();
  upstream.models = models;
  onTestFinished(() => upstream.close());
  return upstream;
}

const get = (gateway: GatewayUnderTest, path: string, key = TEST_KEY): Promise<ClientAnswer> =>
  chat(gateway, undefined, { path, method: 'GET', headers: { authorization: `Bearer ${key}` } });

const provider = (name: string, upstream: FakeUpstream, models?: string[]) => ({
  name,
  kind: 'openai-compatible',
  baseUrl: upstream.baseUrl,
  apiKey: PROVIDER_KEY,
  ...(models === undefined ? {} : { models: models.map((model) => ({ name: model })) }),
});

const idsOf = ({ json: { data } }: ClientAnswer): string[] => (data as { id: string }[]).map(({ id }) => id);

describe('GET /v1/models', () => {
  it('lists every name that is served, once, and the aliases', async () => {
    const upstream = await startUpstream();
    const gateway = await start({
      providers: [provider('a', upstream, ['one', 'org/two']), provider('b', upstream, ['one', 'three'])],
      aliases: { fast: 'one', direct: 'b/one' },
    });

    const { status, headers, json: body } = await get(gateway, '/v1/models');

    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    const created: unknown = expect.any(Number);
    expect(body).toEqual({
      object: 'list',
      data: [
        { id: 'one', object: 'model', created, owned_by: 'a, b' },
        { id: 'org/two', object: 'model', created, owned_by: 'a' },
        { id: 'three', object: 'model', created, owned_by: 'b' },
        { id: 'fast', object: 'model', created, owned_by: 'a, b' },
        { id: 'direct', object: 'model', created, owned_by: 'b' },
      ],
    });
    expect(upstream.dispatches).toBe(0);
  });

  it('shows one model by its name, slashes and all', async () => {
    const upstream = await startUpstream();
    const gateway = await start({ providers: [provider('a', upstream, ['org/two'])] });

    expect((await get(gateway, '/v1/models/org/two')).json).toMatchObject({ id: 'org/two', object: 'model' });
    expect((await get(gateway, '/v1/models/org%2Ftwo')).json).toMatchObject({ id: 'org/two' });
    const missing = await get(gateway, '/v1/models/org/three');
    expect(missing.status).toBe(404);
    expect(missing.json).toEqual({
      error: {
        message: "model 'org/three' not found",
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    });
  });

  it('shows a model by each name that can be asked for, of a provider as well', async () => {
    const upstream = await startUpstream();
    const secret = 'sk-limited-0123456789';
    const gateway = await start({
      providers: [provider('a', upstream, ['org/two', 'three'])],
      aliases: { fast: 'org/two' },
      keys: [
        { name: 'all', secret: TEST_KEY },
        { name: 'limited', secret, models: ['org/two'] },
      ],
    });

    for (const id of ['org/two', 'fast', 'a/org/two']) {
      expect((await get(gateway, `/v1/models/${id}`)).json).toMatchObject({ id, object: 'model', owned_by: 'a' });
      expect((await get(gateway, `/v1/models/${encodeURIComponent(id)}`, secret)).status).toBe(200);
    }
    expect((await get(gateway, '/v1/models/a/three', secret)).status).toBe(404);
    expect((await get(gateway, '/v1/models/a/four')).status).toBe(404);
    expect(idsOf(await get(gateway, '/v1/models'))).toEqual(['org/two', 'three', 'fast']);
  });

  it('shows a key the models that it may use, and no others', async () => {
    const upstream = await startUpstream();
    const secret = 'sk-limited-0123456789';
    const gateway = await start({
      providers: [provider('a', upstream, ['one', 'two', 'three'])],
      aliases: { fast: 'one', slow: 'two' },
      keys: [{ name: 'limited', secret, models: ['one', 'slow'] }],
    });

    expect(idsOf(await get(gateway, '/v1/models', secret))).toEqual(['one', 'fast', 'slow']);
    expect((await get(gateway, '/v1/models/two', secret)).status).toBe(404);
    const ask = async (model: string): Promise<number> =>
      (await chat(gateway, { ...CHAT_REQUEST, model }, { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await Promise.all(['one', 'fast', 'slow', 'a/one'].map(ask))).toEqual([200, 200, 200, 200]);
    expect(await Promise.all(['two', 'three', 'a/two'].map(ask))).toEqual([404, 404, 404]);
    expect(upstream.dispatches).toBe(4);
  });

  it('is for who has a key', async () => {
    const upstream = await startUpstream();
    const gateway = await start({ providers: [provider('a', upstream, ['one'])] });
    expect((await get(gateway, '/v1/models', 'sk-wrong')).status).toBe(401);
  });
});

describe('the name of a model', () => {
  it('goes through the aliases once', async () => {
    const upstream = await startUpstream();
    const gateway = await start({ providers: [provider('a', upstream, ['one'])], aliases: { fast: 'one' } });

    await chat(gateway, { ...CHAT_REQUEST, model: 'fast' });

    expect(upstream.last.json['model']).toBe('one');
    expect(await gateway.records()).toMatchObject([{ requestModel: 'fast', model: 'one', upstreamModel: 'one' }]);
  });

  it('that nobody serves is 404 and reaches nobody', async () => {
    const upstream = await startUpstream();
    const gateway = await start({ providers: [provider('a', upstream, ['one'])] });

    const answer = await chat(gateway, { ...CHAT_REQUEST, model: 'nobody' });

    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      error: {
        message: "model 'nobody' not found",
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    });
    expect(upstream.dispatches).toBe(0);
    expect(await gateway.records()).toEqual([]);
  });

  it('may say the provider', async () => {
    const [first, second] = [await startUpstream(), await startUpstream()];
    const gateway = await start({
      providers: [{ ...provider('a', first, ['one']), weight: 1_000_000 }, provider('b', second, ['one'])],
    });

    for (let turn = 0; turn < 3; turn++) await chat(gateway, { ...CHAT_REQUEST, model: 'b/one' });

    expect([first.dispatches, second.dispatches]).toEqual([0, 3]);
    expect(second.last.json['model']).toBe('one');
  });
});

describe('a provider that was given no models', () => {
  it('is asked for its list, with its key', async () => {
    const upstream = await startUpstream(['one', 'org/two']);
    const gateway = await start({ providers: [provider('a', upstream)] });

    expect(idsOf(await get(gateway, '/v1/models'))).toEqual(['one', 'org/two']);
    expect(upstream.modelRequests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/v1/models', `Bearer ${PROVIDER_KEY}`],
    ]);
    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'org/two' })).status).toBe(200);
    expect(upstream.last.json['model']).toBe('org/two');
  });

  it('takes any other model that is asked for by its name', async () => {
    const upstream = await startUpstream(['one']);
    const gateway = await start({ providers: [provider('a', upstream)] });

    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'a/org/new' })).status).toBe(200);
    expect(upstream.last.json['model']).toBe('org/new');
    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'org/new' })).status).toBe(404);
  });

  it.each([
    ['fails', openAiError(500, 'oops')],
    ['refuses', openAiError(401, `no such key: ${PROVIDER_KEY}`)],
    ['lists nonsense', json({ data: 'none' })],
  ])('stops nobody’s start when it %s', async (_name, behaviour) => {
    const broken = await startUpstream(behaviour);
    const upstream = await startUpstream(['one']);
    const gateway = await start({ providers: [provider('broken', broken), provider('a', upstream)] });

    expect(idsOf(await get(gateway, '/v1/models'))).toEqual(['one']);
    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'broken/any' })).status).toBe(200);
    expect(broken.last.json['model']).toBe('any');
  });

  it('stops nobody’s end while it is silent', async () => {
    const silent = await startUpstream(hang);
    const starting = startGateway({ providers: [provider('silent', silent)] });
    await silent.waitFor(({ modelRequests }) => modelRequests.length === 1);
    silent.modelRequests[0]?.reset();
    const gateway = await starting;
    expect(idsOf(await get(gateway, '/v1/models'))).toEqual([]);
    await gateway.close();
  });
});
