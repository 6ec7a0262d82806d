import { afterEach, describe, expect, it, vi } from 'vitest';
import { chat, ChatClient, CHAT_REQUEST, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatAnswer,
  chatStream,
  DONE,
  finish,
  forever,
  gate,
  hang,
  json,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { oneProvider, twoProviders } from '../support/scene.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Time passes when the test says so, and not before. */
function ownClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
}

describe('the time of one try', () => {
  it.each([CHAT_REQUEST, STREAM_REQUEST])('runs out: 504 after every try, and the provider is let go', async (body) => {
    // Each try reaches the provider before its time is over.
    ownClock();
    const { gateway, upstreams, record, watch } = await oneProvider({ provider: { timeout: 5_000, maxRetries: 1 } });
    const [upstream] = upstreams;
    upstream.always(hang);
    const answer = new ChatClient(gateway, body);

    await upstream.request(0);
    vi.advanceTimersByTime(4_999);
    expect(watch.failedAttempts).toEqual([]);
    vi.advanceTimersByTime(1);
    await watch.waitFor(({ failedAttempts }) => failedAttempts.length === 1);
    await upstream.waitFor(({ last }) => last.leftByPeer);
    vi.advanceTimersByTime(50);
    await upstream.request(1);
    vi.advanceTimersByTime(5_000);
    await answer.waitFor(({ isOver }) => isOver);

    expect(answer.status).toBe(504);
    expect(answer.json).toEqual({
      error: {
        message: 'The provider did not answer in time.',
        type: 'timeout_error',
        param: null,
        code: 'upstream_timeout',
      },
    });
    expect(upstream.dispatches).toBe(2);
    await upstream.waitFor(({ requests }) => requests.every(({ leftByPeer }) => leftByPeer));
    expect(await record()).toMatchObject({ status: 'failed', httpStatus: 504, errorCode: 'upstream_timeout' });
  });

  it('runs out in mid-answer', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { timeout: 50, maxRetries: 0 } });
    upstreams[0].next(async (seen) => {
      seen.head(200, { 'content-type': 'application/json' });
      await seen.write('{"choices":');
    });

    expect((await chat(gateway)).status).toBe(504);
    await upstreams[0].waitFor(({ last }) => last.leftByPeer);
  });

  it('is over once a stream shows content', async () => {
    ownClock();
    const { gateway, upstreams } = await oneProvider({ provider: { timeout: 5_000, maxRetries: 0 } });
    const later = gate();
    upstreams[0].next(stream(role, text('Hel'), later.passed, text('lo'), finish, DONE));
    const client = new ChatClient(gateway);

    await client.waitFor(({ content }) => content === 'Hel');
    vi.advanceTimersByTime(10_000);
    later.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.content).toBe('Hello');
    expect(client.text.endsWith(DONE)).toBe(true);
  });

  it.each([CHAT_REQUEST, STREAM_REQUEST])('is unlimited with 0', async (body) => {
    ownClock();
    const { gateway, upstreams } = await oneProvider({
      gateway: { limits: { callTimeout: 0 } },
      provider: { timeout: 0, maxRetries: 0 },
    });
    const answered = gate();
    upstreams[0].next(async (seen) => {
      await answered.passed;
      await (body === CHAT_REQUEST ? chatAnswer('There') : chatStream(['There']))(seen);
    });
    const client = new ChatClient(gateway, body);
    await upstreams[0].request(0);
    // Longer than any limit that there is where none is set.
    vi.advanceTimersByTime(3_600_000);
    answered.open();
    await client.waitFor(({ isOver }) => isOver);
    expect(client.status).toBe(200);
  });
});

describe('the time of a whole call', () => {
  const limits = { gateway: { limits: { callTimeout: 500 } } };

  it.each([CHAT_REQUEST, STREAM_REQUEST])('ends the try under way, and no other is made', async (body) => {
    const { gateway, upstreams, record } = await twoProviders(limits);
    const [first, second] = upstreams;
    for (const upstream of upstreams) upstream.always(hang);

    const answer = await chat(gateway, body);

    expect(answer.status).toBe(504);
    expect(answer.json).toMatchObject({ error: { type: 'timeout_error' } });
    expect([first.dispatches, second.dispatches]).toEqual([1, 0]);
    await first.waitFor(({ last }) => last.leftByPeer);
    expect((await record()).attempts).toHaveLength(1);
  });

  it('ends an open stream, however much comes of it', async () => {
    ownClock();
    const { gateway, upstreams, record } = await oneProvider({ gateway: { limits: { callTimeout: 1_000 } } });
    const [begun, later] = [gate(), gate()];
    upstreams[0].next(stream(begun.passed, text('la'), later.passed, text('la'), forever));
    const client = new ChatClient(gateway);

    await upstreams[0].request(0);
    vi.advanceTimersByTime(500);
    begun.open();
    await client.waitFor(({ content }) => content === 'la');
    vi.advanceTimersByTime(499);
    later.open();
    await client.waitFor(({ content }) => content === 'lala');
    vi.advanceTimersByTime(1);
    await client.waitFor(({ isOver }) => isOver);

    expect(client.status).toBe(200);
    expect(dataOf(client.text).at(-1)).toMatchObject({ error: { type: 'server_error', code: 'upstream_timeout' } });
    expect(client.text).not.toContain('[DONE]');
    await upstreams[0].waitFor(({ last }) => last.leftByPeer);
    expect(await record()).toMatchObject({ status: 'failed', grade: 'estimated' });
  });
});

describe('the time between two pieces', () => {
  it('of a stream runs out: one error event', async () => {
    const { gateway, upstreams, record } = await oneProvider({ provider: { idleTimeout: 50, timeout: 0 } });
    upstreams[0].next(stream(role, text('Hel'), forever));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(dataOf(answer.text).at(-1)).toMatchObject({ error: { type: 'server_error', code: 'upstream_timeout' } });
    await upstreams[0].waitFor(({ last }) => last.leftByPeer);
    expect(await record()).toMatchObject({ status: 'failed', grade: 'estimated', tokens: { output: 1 } });
  });

  it('of a JSON answer runs out: 504', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { idleTimeout: 50, timeout: 0, maxRetries: 0 } });
    upstreams[0].next(async (seen) => {
      seen.head(200, { 'content-type': 'application/json' });
      await seen.write('{"choices":');
    });

    expect((await chat(gateway)).status).toBe(504);
  });

  it('says nothing about the time to the first: nobody counts before the answer begins', async () => {
    ownClock();
    const { gateway, upstreams } = await oneProvider({ provider: { idleTimeout: 50, timeout: 0, maxRetries: 0 } });
    const begun = gate();
    upstreams[0].next(async (seen) => {
      await begun.passed;
      await json({ choices: [] })(seen);
    });
    const client = new ChatClient(gateway, CHAT_REQUEST);

    await upstreams[0].request(0);
    vi.advanceTimersByTime(200);
    begun.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.status).toBe(200);
  });
});
