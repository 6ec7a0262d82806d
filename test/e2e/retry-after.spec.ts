import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chat, ChatClient, CHAT_REQUEST, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, openAiError } from '../support/fake-upstream.js';
import { oneProvider, type Scene, twoProviders } from '../support/scene.js';

// A clock of the test's own. Sockets do not care, nor do the timers of those who wait for conditions.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets a call that is not to move now have every chance to. */
async function giveEveryChance({ gateway }: Pick<Scene, 'gateway'>): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await chat(gateway, undefined, { path: '/v1/models', method: 'GET' });
}

const pauseBegan = (scene: Scene, tries: number): Promise<void> =>
  scene.watch.waitFor(({ failedAttempts }) => failedAttempts.length === tries);

describe('the pause before another try', () => {
  it.each([
    ['without Retry-After', {}, [50, 100]],
    ['with one that is shorter', { 'retry-after': '0' }, [50, 100]],
    ['with a Retry-After', { 'retry-after': '4' }, [4_000, 4_000]],
    ['with a Retry-After in milliseconds', { 'retry-after': '9', 'retry-after-ms': '1500' }, [1_500, 1_500]],
  ])('is neither shorter nor longer than it should be %s', async (_name, headers, pauses) => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.next(openAiError(429, 'slow down', headers), openAiError(503, 'busy', headers), chatAnswer('Now'));
    const client = new ChatClient(scene.gateway, CHAT_REQUEST);

    for (const [index, pause] of pauses.entries()) {
      await pauseBegan(scene, index + 1);
      await giveEveryChance(scene);
      vi.advanceTimersByTime(pause - 1);
      await giveEveryChance(scene);
      expect(first.dispatches).toBe(index + 1);
      vi.advanceTimersByTime(1);
      await first.request(index + 1);
    }

    await client.waitFor(({ isOver }) => isOver);
    expect(client.status).toBe(200);
    expect([first.dispatches, second.dispatches]).toEqual([3, 0]);
  });
});

describe('a Retry-After beyond what the gateway waits for', () => {
  it.each([CHAT_REQUEST, STREAM_REQUEST])('makes it leave the deployment at once for the next', async (body) => {
    const { gateway, upstreams } = await twoProviders();
    const [first, second] = upstreams;
    first.always(openAiError(429, 'slow down', { 'retry-after': '11' }));
    second.always(openAiError(400, 'no'));

    expect((await chat(gateway, body)).status).toBe(400);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });

  it('is passed on to the client where no other is left', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { limits: { retryAfter: 1_000 } } });
    upstreams[0].always(openAiError(429, 'slow down', { 'retry-after-ms': '1500' }));

    const answer = await chat(gateway);

    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '2']);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('says nothing of the deployments before the last', async () => {
    const { gateway, upstreams } = await twoProviders();
    const [first, second] = upstreams;
    first.always(openAiError(429, 'slow down', { 'retry-after': '60' }));
    second.always(openAiError(400, 'no'));

    const answer = await chat(gateway);

    expect(answer.status).toBe(400);
    expect(answer.headers['retry-after']).toBeUndefined();
  });
});

describe('the time for a whole call', () => {
  it('is not overdrawn by a pause: the next deployment has what is left of it', async () => {
    const { gateway, upstreams } = await twoProviders({ gateway: { limits: { callTimeout: 3_000 } } });
    const [first, second] = upstreams;
    first.always(openAiError(429, 'slow down', { 'retry-after': '4' }));

    expect((await chat(gateway)).status).toBe(200);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });

  it('ends the call with the last error where nobody else is left', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { limits: { callTimeout: 3_000 } } });
    upstreams[0].always(openAiError(429, 'slow down', { 'retry-after': '4' }));

    const answer = await chat(gateway);

    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '4']);
    expect(upstreams[0].dispatches).toBe(1);
  });
});
