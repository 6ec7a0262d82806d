import { describe, expect, it } from 'vitest';
import { chat, CHAT_REQUEST, type ClientOptions, STREAM_REQUEST } from '../support/chat-client.js';
import { anthropicAnswer, anthropicStream, chatAnswer, DONE } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oneProvider, type SceneOptions, twoProviders } from '../support/scene.js';

/** Parameters that Anthropic has nothing for, with one that it has. */
const PARAMETERS = { seed: 7, logit_bias: { 50256: -100 }, temperature: 0.5 };
const REQUEST = { ...CHAT_REQUEST, ...PARAMETERS };
const STREAMED = { ...STREAM_REQUEST, ...PARAMETERS };
const WARNINGS = 'unsupported_parameter; param="seed", unsupported_parameter; param="logit_bias"';
const ANTHROPIC: SceneOptions = {
  provider: { kind: 'anthropic', models: [{ name: 'model', upstreamModel: 'claude-haiku-4-5' }] },
};

type Policy = 'strict' | 'warn' | 'drop';
const withKey = (parameters: Policy): SceneOptions => ({
  ...ANTHROPIC,
  gateway: { keys: [{ name: 'test', secret: TEST_KEY, parameters }] },
});
const asking = (policy: string): ClientOptions => ({ headers: { 'x-nestgate-parameters': policy } });

async function scene(options: SceneOptions = ANTHROPIC) {
  const found = await oneProvider(options);
  found.upstreams[0].always((seen) =>
    (seen.json['stream'] === true ? anthropicStream(['Hello']) : anthropicAnswer('Hello'))(seen),
  );
  return found;
}

describe('a parameter that the provider has nothing for', () => {
  it.each([
    ['whole', REQUEST],
    ['streamed', STREAMED],
  ])('is left out, told in a header and on the record, where nobody says otherwise: %s', async (_name, request) => {
    const { gateway, upstreams, record } = await scene();

    const answer = await chat(gateway, request);

    expect(answer.status).toBe(200);
    expect(answer.headers['x-nestgate-warnings']).toBe(WARNINGS);
    expect(upstreams[0].last.json).toMatchObject({ temperature: 0.5 });
    for (const name of ['seed', 'logit_bias']) expect(upstreams[0].last.json).not.toHaveProperty(name);
    expect((await record()).attempts).toMatchObject([{ status: 200, warnings: ['seed', 'logit_bias'] }]);
  });

  it.each<[who: string, options: SceneOptions, client: ClientOptions]>([
    ['the key', withKey('strict'), {}],
    ['the request', ANTHROPIC, asking('strict')],
    ['the request, over its key', withKey('drop'), asking('strict')],
  ])('is refused where %s is strict', async (_who, options, client) => {
    const { gateway, upstreams, records } = await scene(options);

    for (const request of [REQUEST, STREAMED]) {
      const answer = await chat(gateway, request, client);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ error: { code: 'unsupported_parameter', param: 'seed' } });
      expect(answer.headers['x-nestgate-warnings']).toBeUndefined();
    }
    expect(upstreams[0].dispatches).toBe(0);
    for (const { status, grade, attempts } of await records()) {
      expect({ status, grade }).toEqual({ status: 'failed', grade: 'none' });
      expect(attempts).toMatchObject([{ status: null, error: 'unsupported_parameter' }]);
    }
  });

  it.each<[who: string, options: SceneOptions, client: ClientOptions]>([
    ['the key', withKey('drop'), {}],
    ['the request', ANTHROPIC, asking('drop')],
    ['the request, over its key', withKey('strict'), asking('drop')],
  ])('is left out in silence where %s says drop', async (_who, options, client) => {
    const { gateway, upstreams, records } = await scene(options);

    for (const request of [REQUEST, STREAMED]) {
      const answer = await chat(gateway, request, client);
      expect(answer.status).toBe(200);
      expect(answer.headers['x-nestgate-warnings']).toBeUndefined();
    }
    expect(upstreams[0].dispatches).toBe(2);
    for (const { attempts } of await records()) expect(attempts[0]).not.toHaveProperty('warnings');
  });

  it('is told where the request asks for it, over its key', async () => {
    const { gateway } = await scene(withKey('strict'));
    expect((await chat(gateway, REQUEST, asking('warn'))).headers['x-nestgate-warnings']).toBe(WARNINGS);
  });

  it('is warned of for no request without one, nor for defaults', async () => {
    const { gateway, record } = await scene(withKey('strict'));
    const defaults = { n: 1, presence_penalty: 0, logit_bias: null, store: false, stream: false, user: 'u' };

    const answer = await chat(gateway, { ...CHAT_REQUEST, ...defaults });

    expect([answer.status, answer.headers['x-nestgate-warnings']]).toEqual([200, undefined]);
    expect((await record()).attempts[0]).not.toHaveProperty('warnings');
  });

  it('may have any name', async () => {
    const { gateway, record } = await scene();
    const odd = { 'a"b, c\r\nset-cookie: x': 1, ü: 1, [`long-${'x'.repeat(100_000)}`]: 1 };

    const answer = await chat(gateway, { ...CHAT_REQUEST, ...odd });

    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toBeUndefined();
    const told = String(answer.headers['x-nestgate-warnings']);
    expect(told).toContain('param="a%22b%2C%20c%0D%0Aset-cookie%3A%20x", ');
    expect(told.length).toBeLessThan(500);
    expect((await record()).attempts[0]?.warnings).toHaveLength(3);
  });

  it('is refused by one deployment, and the next one is asked', async () => {
    const { gateway, upstreams, watch, record } = await twoProviders({
      first: { kind: 'anthropic', models: [{ name: 'model', upstreamModel: 'claude-haiku-4-5' }] },
    });
    upstreams[1].next(chatAnswer('Hello'));

    const answer = await chat(gateway, REQUEST, asking('strict'));

    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'x-nestgate-deployment': 'second/model',
      'x-nestgate-attempts': '2',
    });
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([0, 1]);
    expect(upstreams[1].last.json).toMatchObject(PARAMETERS);
    expect(watch.failedAttempts).toHaveLength(1);
    expect((await record()).attempts).toMatchObject([
      { deployment: 'first/model', status: null, error: 'unsupported_parameter' },
      { deployment: 'second/model', status: 200, error: null },
    ]);
  });

  it.each(['strict', 'warn', 'drop'])('several answers are refused whatever the policy: %s', async (policy) => {
    const { gateway, upstreams } = await scene();

    const answer = await chat(gateway, { ...CHAT_REQUEST, n: 2 }, asking(policy));

    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 'unsupported_parameter', param: 'n' } });
    expect(upstreams[0].dispatches).toBe(0);
  });
});

describe('the header x-nestgate-parameters', () => {
  it.each(['', 'Strict', 'none', 'strict, warn', 'warn;drop'])('must name a policy: %j', async (value) => {
    const { gateway, upstreams, records } = await scene();

    const answer = await chat(gateway, CHAT_REQUEST, asking(value));

    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 'invalid_value', param: 'x-nestgate-parameters' } });
    expect(upstreams[0].dispatches).toBe(0);
    expect(await records()).toEqual([]);
  });
});

describe('the simulator', () => {
  const SIMULATOR: SceneOptions = { provider: { kind: 'simulator' } };

  it.each([
    ['whole', CHAT_REQUEST],
    ['streamed', STREAM_REQUEST],
  ])('names what changes nothing there: %s', async (_name, request) => {
    const { gateway, record } = await oneProvider(SIMULATOR);

    const answer = await chat(gateway, { ...request, stop: 'Hi', seed: 7 });

    expect(answer.headers['x-nestgate-warnings']).toBe('unsupported_parameter; param="stop"');
    expect(answer.text.endsWith(DONE)).toBe(request === STREAM_REQUEST);
    expect((await record()).attempts).toMatchObject([{ warnings: ['stop'] }]);
  });

  it.each([
    ['whole', CHAT_REQUEST],
    ['streamed', STREAM_REQUEST],
  ])('refuses where the request is strict: %s', async (_name, request) => {
    const { gateway } = await oneProvider(SIMULATOR);

    const answer = await chat(gateway, { ...request, stop: 'Hi' }, asking('strict'));

    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 'unsupported_parameter', param: 'stop' } });
  });
});
