import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProviderKeySetAside } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { chat, CHAT_REQUEST, STREAM_REQUEST } from '../support/chat-client.js';
import { type Behaviour, chatAnswer, chatStream, type FakeUpstream, openAiError } from '../support/fake-upstream.js';
import { oneProvider, type Scene, type SceneOptions, twoProviders } from '../support/scene.js';

const KEYS = ['sk-key-a-0123456789', 'sk-key-b-0123456789', 'sk-key-c-0123456789'];

// The clock of keys stands still unless a test moves it.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const withKeys = (count: number): SceneOptions => ({ provider: { apiKeys: KEYS.slice(0, count) } });

/** Does with each key, named `a`, `b` and `c`, what it says; answers with the others. */
function byKey(upstream: FakeUpstream, behaviours: Readonly<Record<string, Behaviour>>): void {
  upstream.always((seen) => (behaviours[keyOf(seen)] ?? chatAnswer('Hello'))(seen));
}

const keyOf = ({ headers }: { headers: { authorization?: string | undefined } }): string =>
  /^Bearer sk-key-([abc])-\d+$/.exec(headers.authorization ?? '')?.[1] ?? 'none';

const keysSeen = (upstream: FakeUpstream): string => upstream.requests.map(keyOf).join('');

function setAside({ gateway }: Scene): (number | null)[] {
  const told: (number | null)[] = [];
  gateway.app.get(GatewayEventBus, { strict: false }).on(ProviderKeySetAside, ({ keyIndex }) => told.push(keyIndex));
  return told;
}

describe('several keys of a provider', () => {
  it('are used in turn, and named on the records by their place', async () => {
    const scene = await oneProvider(withKeys(3));
    for (let call = 0; call < 4; call++) await chat(scene.gateway);
    expect(keysSeen(scene.upstreams[0])).toBe('abca');
    expect((await scene.records()).map(({ attempts }) => attempts[0]?.keyIndex)).toEqual([0, 1, 2, 0]);
  });

  it('do without one that the provider does not take, for five minutes', async () => {
    const scene = await oneProvider({ provider: { ...withKeys(2).provider, maxRetries: 0 } });
    const told = setAside(scene);
    byKey(scene.upstreams[0], { a: openAiError(401, 'who are you') });

    for (let call = 0; call < 3; call++) expect((await chat(scene.gateway)).status).toBe(200);

    expect(keysSeen(scene.upstreams[0])).toBe('abbb');
    expect(told).toEqual([0]);
    const [record] = await scene.records();
    expect(record?.attempts.map(({ status, keyIndex }) => ({ status, keyIndex }))).toEqual([
      { status: 401, keyIndex: 0 },
      { status: 200, keyIndex: 1 },
    ]);

    vi.advanceTimersByTime(299_999);
    await chat(scene.gateway);
    expect(keysSeen(scene.upstreams[0])).toBe('abbbb');
    vi.advanceTimersByTime(1);
    byKey(scene.upstreams[0], {});
    for (let call = 0; call < 2; call++) await chat(scene.gateway);
    expect(keysSeen(scene.upstreams[0]).slice(5)).toContain('a');
  });

  it.each([
    ['a quota that is used up', openAiErrorOf(429, 'insufficient_quota')],
    ['a bill that is not paid', openAiError(402, 'pay')],
  ])('do without one of %s', async (_name, behaviour) => {
    const scene = await oneProvider(withKeys(2));
    const told = setAside(scene);
    byKey(scene.upstreams[0], { a: behaviour });
    for (let call = 0; call < 3; call++) expect((await chat(scene.gateway)).status).toBe(200);
    expect(keysSeen(scene.upstreams[0])).toBe('abbb');
    expect(told).toEqual([0]);
  });

  it.each([
    ['as long as the provider says', { 'retry-after': '60' }, 60_000],
    ['for five seconds where it does not', {}, 5_000],
  ])('leave one alone that has reached a limit, %s', async (_name, headers, milliseconds) => {
    const scene = await oneProvider(withKeys(2));
    const [upstream] = scene.upstreams;
    byKey(upstream, { a: openAiError(429, 'slow down', headers) });
    for (let call = 0; call < 3; call++) expect((await chat(scene.gateway)).status).toBe(200);
    expect(keysSeen(upstream)).toBe('abbb');

    vi.advanceTimersByTime(milliseconds);
    byKey(upstream, {});
    for (let call = 0; call < 2; call++) await chat(scene.gateway);
    expect(keysSeen(upstream).slice(4)).toContain('a');
  });

  it('are tried for a stream too', async () => {
    const scene = await oneProvider(withKeys(2));
    byKey(scene.upstreams[0], { a: openAiError(401, 'no'), b: chatStream(['Hello']) });
    const answer = await chat(scene.gateway, STREAM_REQUEST);
    expect(answer.text).toContain('Hello');
    expect(answer.headers['x-nestgate-attempts']).toBe('2');
  });

  it('are all tried, and none is set aside, where a request is forbidden to each', async () => {
    const scene = await oneProvider(withKeys(3));
    const told = setAside(scene);
    const forbidden = openAiError(403, 'That was flagged.');
    byKey(scene.upstreams[0], { a: forbidden, b: forbidden, c: forbidden });

    const answer = await chat(scene.gateway);

    expect([answer.status, answer.headers['x-should-retry']]).toEqual([403, 'false']);
    expect(keysSeen(scene.upstreams[0])).toBe('abc');
    expect(told).toEqual([]);
    byKey(scene.upstreams[0], {});
    expect((await chat(scene.gateway)).headers['x-nestgate-attempts']).toBe('1');
  });

  it('do without one that is forbidden what another may', async () => {
    const scene = await oneProvider(withKeys(2));
    const told = setAside(scene);
    byKey(scene.upstreams[0], { a: openAiError(403, 'You may not.') });
    for (let call = 0; call < 3; call++) expect((await chat(scene.gateway)).status).toBe(200);
    expect(keysSeen(scene.upstreams[0])).toBe('abbb');
    expect(told).toEqual([0]);
  });

  it('leave the provider for the next when none is taken, and are tried again where there is no next', async () => {
    const scene = await twoProviders({ first: withKeys(2).provider ?? {} });
    const [first, second] = scene.upstreams;
    byKey(first, { a: openAiError(401, 'no'), b: openAiError(401, 'no') });
    for (let call = 0; call < 2; call++) expect((await chat(scene.gateway)).status).toBe(200);
    expect([keysSeen(first), second.dispatches]).toEqual(['ab', 2]);
    expect((await scene.records()).at(-1)?.attempts[0]).toMatchObject({
      deployment: 'first/model',
      error: 'key_refused',
    });

    const answer = await chat(scene.gateway, { ...CHAT_REQUEST, model: 'first/model' });
    expect(answer.status).toBe(401);
    expect(first.dispatches).toBe(3);
    byKey(first, {});
    expect((await chat(scene.gateway, { ...CHAT_REQUEST, model: 'first/model' })).status).toBe(200);
  });

  it('are answered with a limit at once while all have reached theirs', async () => {
    const scene = await oneProvider({ ...withKeys(2), gateway: { limits: { retryAfter: 0 } } });
    const [upstream] = scene.upstreams;
    byKey(upstream, {
      a: openAiError(429, 'slow down', { 'retry-after': '60' }),
      b: openAiError(429, 'slow down', { 'retry-after': '20' }),
    });
    expect((await chat(scene.gateway)).status).toBe(429);
    const answer = await chat(scene.gateway);
    expect([answer.status, answer.headers['retry-after'], upstream.dispatches]).toEqual([429, '20', 2]);
  });

  it('do not wait for each other: the limit of one model is not that of the next', async () => {
    const scene = await oneProvider({
      provider: { models: [{ name: 'model' }, { name: 'other' }] },
      gateway: { limits: { retryAfter: 0 } },
    });
    const [upstream] = scene.upstreams;
    upstream.next(openAiError(429, 'slow down', { 'retry-after': '60' }));
    expect((await chat(scene.gateway)).status).toBe(429);
    expect((await chat(scene.gateway, { ...CHAT_REQUEST, model: 'other' })).status).toBe(200);
    expect((await chat(scene.gateway)).status).toBe(429);
    expect(upstream.dispatches).toBe(2);
  });

  it('are told nobody, whichever the provider quotes', async () => {
    const scene = await oneProvider(withKeys(3));
    scene.upstreams[0].always(openAiError(400, `Not like ${KEYS.join(' or ')}.`));
    const answer = await chat(scene.gateway);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Not like [redacted] or [redacted] or [redacted].');
  });
});

describe('the only key of a provider', () => {
  it('is set aside in favour of another provider when it is not taken', async () => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    const told = setAside(scene);
    first.always(openAiError(401, 'no'));
    for (let call = 0; call < 3; call++) expect((await chat(scene.gateway)).status).toBe(200);
    expect([first.dispatches, second.dispatches]).toEqual([1, 3]);
    expect(told).toEqual([null]);
    expect((await scene.records())[0]?.attempts[0]).not.toHaveProperty('keyIndex');
  });

  it('is used for every request where a request was forbidden', async () => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.always(openAiError(403, 'flagged'));
    for (let call = 0; call < 2; call++) expect((await chat(scene.gateway)).status).toBe(200);
    expect([first.dispatches, second.dispatches]).toEqual([2, 2]);
  });
});

function openAiErrorOf(code: number, name: string): Behaviour {
  return (seen) => {
    seen.head(code, { 'content-type': 'application/json' });
    seen.end(JSON.stringify({ error: { message: 'no', type: name, param: null, code: name } }));
  };
}
