import { afterEach, describe, expect, it, vi } from 'vitest';
import { CallsInFlight } from '../../src/endpoints/calls-in-flight.js';
import { MemoryUsageRecordRepository } from '../../src/extensions/usage/memory-usage-record.repository.js';
import { UsageRecordRepository } from '../../src/extensions/usage/usage-record.repository.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { chat, ChatClient, CHAT_REQUEST, dataOf } from '../support/chat-client.js';
import {
  chatAnswer,
  chatStream,
  DONE,
  finish,
  forever,
  gate,
  hang,
  openAiError,
  role,
  stream,
  text,
  usage,
} from '../support/fake-upstream.js';
import { oneProvider, type Scene } from '../support/scene.js';

afterEach(() => {
  vi.useRealTimers();
});

/** The records that have reached the storage by themselves. */
function storedBy({ gateway }: Pick<Scene, 'gateway'>): () => readonly UsageRecord[] {
  const repository = gateway.app.get(UsageRecordRepository, { strict: false });
  return () => (repository instanceof MemoryUsageRecordRepository ? repository.all() : []);
}

describe('an application that closes', () => {
  it('waits for the end of an open stream, and for its record', async () => {
    const scene = await oneProvider();
    const stored = storedBy(scene);
    const heard = gate();
    scene.upstreams[0].next(
      stream(role, text('one'), heard.passed, text('two'), finish, usage({ input: 1, output: 2 }), DONE),
    );
    const client = new ChatClient(scene.gateway);
    await client.waitFor(({ content }) => content === 'one');

    let isClosed = false;
    const closed = scene.gateway.close().then(() => (isClosed = true));
    await new Promise(setImmediate);
    expect([isClosed, client.isOver]).toEqual([false, false]);
    heard.open();
    await client.waitFor(({ isOver }) => isOver);
    await closed;

    expect([client.content, client.isWhole, client.text.endsWith(DONE)]).toEqual(['onetwo', true, true]);
    expect(stored()).toMatchObject([{ status: 'completed', grade: 'exact', tokens: { output: 2 } }]);
  });

  it('waits for answers too, and for those in a pause', async () => {
    const scene = await oneProvider();
    const stored = storedBy(scene);
    const heard = gate();
    scene.upstreams[0].next(openAiError(503, 'busy'), async (seen) => {
      await heard.passed;
      await chatAnswer('There')(seen);
    });
    const client = new ChatClient(scene.gateway, CHAT_REQUEST);
    await scene.watch.waitFor(({ failedAttempts }) => failedAttempts.length === 1);

    const closed = scene.gateway.close();
    await scene.upstreams[0].request(1);
    heard.open();
    await closed;
    await client.waitFor(({ isOver }) => isOver);

    expect(client.status).toBe(200);
    expect(stored()).toMatchObject([{ status: 'completed', attempts: [{ status: 503 }, { status: 200 }] }]);
  });

  it('closes its connections to the providers', async () => {
    const { gateway, upstreams } = await oneProvider();
    await chat(gateway);
    expect(upstreams[0].connections).toBe(1);
    await gateway.close();
    await upstreams[0].waitFor(({ connections }) => connections === 0);
  });

  it('stores what was not stored yet', async () => {
    const scene = await oneProvider();
    const stored = storedBy(scene);
    for (let turn = 0; turn < 5; turn++) await chat(scene.gateway);
    await scene.gateway.close();
    expect(stored()).toHaveLength(5);
  });

  it('takes requests for the grace yet, and refuses them after it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const scene = await oneProvider({ gateway: { shutdown: { grace: 5_000 } } });
    const heard = gate();
    scene.upstreams[0].next(stream(role, text('one'), heard.passed, finish, DONE));
    const open = new ChatClient(scene.gateway);
    await open.waitFor(({ content }) => content === 'one');

    const calls = scene.gateway.app.get(CallsInFlight, { strict: false });
    const close = vi.spyOn(calls, 'close');
    const closed = scene.gateway.close();
    await vi.waitFor(() => expect(close).toHaveBeenCalled());
    vi.advanceTimersByTime(1_000);
    expect((await chat(scene.gateway)).status).toBe(200);
    vi.advanceTimersByTime(4_000);
    await calls.close();
    const late = await chat(scene.gateway);
    expect([late.status, late.json]).toMatchObject([503, { error: { code: 'server_shutting_down' } }]);
    expect(late.headers['x-should-retry']).toBe('true');
    heard.open();
    await open.waitFor(({ isOver }) => isOver);
    await closed;
    expect([open.isWhole, scene.upstreams[0].dispatches]).toEqual([true, 2]);
  });

  it('ends what takes too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const scene = await oneProvider();
    const stored = storedBy(scene);
    scene.upstreams[0].next(stream(role, text('one'), forever));
    const client = new ChatClient(scene.gateway);
    await client.waitFor(({ content }) => content === 'one');

    const calls = scene.gateway.app.get(CallsInFlight, { strict: false });
    const drain = vi.spyOn(calls, 'beforeApplicationShutdown');
    const closed = scene.gateway.close();
    await vi.waitFor(() => expect(drain).toHaveBeenCalled());
    vi.advanceTimersByTime(24_999);
    expect(calls.count).toBe(1);
    vi.advanceTimersByTime(1);
    await client.waitFor(({ isOver }) => isOver);
    await closed;

    expect(dataOf(client.text).at(-1)).toMatchObject({ error: { code: 'server_shutting_down' } });
    expect(stored()).toMatchObject([{ status: 'failed', errorCode: 'server_shutting_down' }]);
  });
});

describe('calls that are ended', () => {
  it('get an error event in their streams, a status elsewhere', async () => {
    const { gateway, upstreams, records, watch } = await oneProvider();
    const [upstream] = upstreams;
    upstream.next(stream(role, text('one'), forever), hang, stream(role, forever));
    upstream.always(openAiError(429, 'slow down', { 'retry-after': '9' }));
    const open = new ChatClient(gateway);
    await open.waitFor(({ content }) => content === 'one');
    const answer = new ChatClient(gateway, CHAT_REQUEST);
    await upstream.request(1);
    const waiting = new ChatClient(gateway);
    await upstream.request(2);
    const pausing = new ChatClient(gateway, CHAT_REQUEST);
    await watch.waitFor(({ failedAttempts }) => failedAttempts.length === 1);
    const calls = gateway.app.get(CallsInFlight, { strict: false });
    expect(calls.count).toBe(4);

    calls.endAll();
    for (const client of [open, answer, waiting, pausing]) await client.waitFor(({ isOver }) => isOver);

    const error = {
      message: 'The server is shutting down.',
      type: 'server_error',
      param: null,
      code: 'server_shutting_down',
    };
    expect(dataOf(open.text).at(-1)).toEqual({ error });
    expect([open.isWhole, open.text.includes('[DONE]')]).toEqual([true, false]);
    for (const client of [answer, waiting, pausing]) {
      expect([client.status, client.json]).toEqual([503, { error }]);
      expect(client.headers['x-should-retry']).toBe('true');
    }
    await upstream.waitFor(({ requests }) => requests.slice(0, 3).every(({ leftByPeer }) => leftByPeer));
    expect(calls.count).toBe(0);
    expect((await records()).map(({ status, grade }) => `${status} ${grade}`).sort()).toEqual([
      'failed estimated',
      'failed estimated',
      'failed estimated',
      'failed none',
    ]);
  });

  it('are no longer counted once they are over', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 0 } });
    const calls = gateway.app.get(CallsInFlight, { strict: false });
    upstreams[0].next(chatAnswer('a'), openAiError(500, 'no'), chatStream(['b']), stream(role, text('c')));
    await chat(gateway);
    await chat(gateway);
    await chat(gateway, { ...CHAT_REQUEST, stream: true });
    await chat(gateway, { ...CHAT_REQUEST, stream: true });
    expect(calls.count).toBe(0);
  });
});
