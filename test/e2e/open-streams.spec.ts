import { describe, expect, it } from 'vitest';
import { ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatStream,
  DONE,
  type FakeUpstream,
  finish,
  forever,
  gate,
  openAiError,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { exchange } from '../support/raw-http.js';
import { oneProvider, type Scene, twoProviders } from '../support/scene.js';

const COMMENT = ': keep-alive';

const commentsOf = ({ events }: ChatClient): number => events.filter((event) => event === COMMENT).length;

/**
 * Waits until comments have been due several times to whoever had a call before: streams get theirs in the same turn, and
 * that of another client has had several.
 */
async function severalComments({ gateway, upstreams: [upstream] }: Scene<[FakeUpstream]>): Promise<void> {
  upstream.next(stream(role, text('other'), forever));
  const other = new ChatClient(gateway);
  await other.waitFor((client) => commentsOf(client) >= 3);
  other.leave();
}

describe('an open stream', () => {
  it('brings each event when it comes', async () => {
    const { gateway, upstreams } = await oneProvider();
    const gates = [gate(), gate(), gate()] as const;
    upstreams[0].next(
      stream(role, text('one'), gates[0].passed, text('two'), gates[1].passed, finish, gates[2].passed, DONE),
    );
    const client = new ChatClient(gateway);

    await client.waitFor(({ content }) => content === 'one');
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-nestgate-deployment': 'first/model',
      'x-nestgate-attempts': '1',
    });
    gates[0].open();
    await client.waitFor(({ content }) => content === 'onetwo');
    gates[1].open();
    await client.waitFor(({ events }) => events.length === 4);
    expect(client.isOver).toBe(false);
    gates[2].open();
    await client.waitFor(({ isOver }) => isOver);
    expect(client.text.endsWith(DONE)).toBe(true);
  });

  it('gets comments into its silences', async () => {
    const { gateway, upstreams, record } = await oneProvider({ gateway: { streaming: { keepAliveInterval: 20 } } });
    const heard = gate();
    upstreams[0].next(stream(role, text('one'), heard.passed, text('two'), finish, DONE));
    const client = new ChatClient(gateway);

    await client.waitFor(() => commentsOf(client) >= 3);
    expect(client.content).toBe('one');
    heard.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.content).toBe('onetwo');
    expect(client.text.endsWith(DONE)).toBe(true);
    expect((await record()).status).toBe('completed');
  });

  it('has no comment before its headers', async () => {
    const scene = await oneProvider({ gateway: { streaming: { keepAliveInterval: 10 } } });
    const [upstream] = scene.upstreams;
    const silent = gate();
    upstream.next(async (seen) => {
      await silent.passed;
      await openAiError(400, 'no')(seen);
    });
    const client = new ChatClient(scene.gateway);
    await upstream.request(0);
    await severalComments(scene);
    silent.open();
    await client.waitFor(({ isOver }) => isOver);
    expect(client.status).toBe(400);
  });

  it('of a connection that stays is followed by the next answer', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    upstreams[0].always(chatStream(['Hello']));
    for (let turn = 0; turn < 3; turn++) {
      const client = new ChatClient(gateway, STREAM_REQUEST, { headers: { connection: 'keep-alive' } });
      await client.waitFor(({ isOver }) => isOver);
      expect(client.text.endsWith(DONE)).toBe(true);
    }
    expect(await records()).toHaveLength(3);
  });
});

describe('requests that a client sends without waiting for answers', () => {
  it('are answered in turn, an error behind an open stream too', async () => {
    const scene = await oneProvider({ gateway: { streaming: { keepAliveInterval: 10 } } });
    const { gateway, upstreams, records, watch } = scene;
    const heard = gate();
    upstreams[0].next(stream(role, text('one'), heard.passed, finish, DONE), openAiError(400, 'no'));
    const body = JSON.stringify(STREAM_REQUEST);
    const request = [
      'POST /v1/chat/completions HTTP/1.1',
      'host: gateway',
      `authorization: Bearer ${gateway.key}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n');

    const answers = exchange(gateway.port, request + request, { responses: 2 });
    await watch.waitFor(({ failed }) => failed.length === 1);
    // The error waits behind the stream for several comments.
    await severalComments(scene);
    heard.open();

    const { responses } = await answers;
    expect(responses.map(({ status }) => status)).toEqual([200, 400]);
    expect(responses[0]?.body.endsWith(DONE)).toBe(true);
    // With that of the other client.
    expect(await records()).toHaveLength(3);
  });
});

describe('a stream opened before its content', () => {
  const early = { gateway: { streaming: { openAfter: 20, keepAliveInterval: 20 } } };

  it('begins with comments, and goes on with what comes', async () => {
    const { gateway, upstreams } = await oneProvider(early);
    const opened = gate();
    upstreams[0].next(async (seen) => {
      await opened.passed;
      await chatStream(['Hello'])(seen);
    });
    const client = new ChatClient(gateway);

    await client.waitFor(({ events }) => events.length >= 2);
    expect([client.status, client.content]).toEqual([200, '']);
    opened.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.content).toBe('Hello');
    expect(client.text.startsWith(COMMENT)).toBe(true);
    expect(client.text.endsWith(DONE)).toBe(true);
  });

  it('still falls back', async () => {
    const { gateway, upstreams, record } = await twoProviders({ ...early, provider: { maxRetries: 0 } });
    const [first, second] = upstreams;
    const opened = gate();
    first.next(async (seen) => {
      await opened.passed;
      await openAiError(500, 'oops')(seen);
    });
    second.next(chatStream(['Hello']));
    const client = new ChatClient(gateway);

    await client.waitFor(({ status }) => status === 200);
    opened.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.content).toBe('Hello');
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
    expect((await record()).attempts).toHaveLength(2);
  });

  it('tells a failure in one event', async () => {
    const { gateway, upstreams, record } = await oneProvider({ ...early, provider: { maxRetries: 0 } });
    const opened = gate();
    upstreams[0].next(async (seen) => {
      await opened.passed;
      await openAiError(400, 'no')(seen);
    });
    const client = new ChatClient(gateway);

    await client.waitFor(({ status }) => status === 200);
    opened.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(dataOf(client.text)).toEqual([
      { error: { message: 'no', type: 'server_error', param: null, code: 'provider_code' } },
    ]);
    expect(client.text).not.toContain('[DONE]');
    expect([client.isWhole, (await record()).status]).toEqual([true, 'failed']);
  });

  it('takes a model name that no header can hold', async () => {
    const { gateway, upstreams, record } = await oneProvider({
      ...early,
      provider: { models: [{ name: 'Größe 😀' }] },
    });
    const opened = gate();
    upstreams[0].next(async (seen) => {
      await opened.passed;
      await chatStream(['Hello'])(seen);
    });
    const client = new ChatClient(gateway, { ...STREAM_REQUEST, model: 'Größe 😀' });
    await client.waitFor(({ status }) => status === 200);
    expect(client.headers['x-nestgate-deployment']).toBe(encodeURIComponent('first/Größe 😀'));
    opened.open();
    await client.waitFor(({ isOver }) => isOver);
    expect((await record()).status).toBe('completed');
  });

  it('takes a name that is no text at all, where the provider takes any', async () => {
    const { gateway, upstreams, record } = await oneProvider({ ...early, first: { models: undefined } as object });
    const opened = gate();
    upstreams[0].next(async (seen) => {
      await opened.passed;
      await chatStream(['Hello'])(seen);
    });
    const client = new ChatClient(gateway, JSON.stringify({ ...STREAM_REQUEST, model: 'first/\ud800' }));
    await client.waitFor(({ status }) => status !== 0);
    opened.open();
    await client.waitFor(({ isOver }) => isOver);
    expect([client.status, client.content]).toEqual([200, 'Hello']);
    expect((await record()).status).toBe('completed');
  });
});
