import { Agent, type IncomingMessage, request, type Server } from 'node:http';
import { type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PiecedAnswer } from '../../src/protocol/pieced-answer.js';
import { chat, ChatClient } from '../support/chat-client.js';
import { type Behaviour, streamOf } from '../support/fake-upstream.js';
import { oneProvider, type Scene, twoProviders } from '../support/scene.js';

const MEGABYTE = 1024 * 1024;

/** Vectors with a usage behind them. */
function vectors(bytes: number): Buffer {
  const embedding = Array.from({ length: 1536 }, (_, place) => Math.sin(place));
  const one = JSON.stringify({ object: 'embedding', index: 0, embedding });
  const data = Array.from({ length: Math.ceil(bytes / one.length) }, () => one).join(',');
  return Buffer.from(`{"object":"list","data":[${data}],"usage":{"prompt_tokens":2048,"total_tokens":2048}}`);
}

const LARGE = vectors(12 * MEGABYTE);
const PATH = { path: '/v1/embeddings' };
const REQUEST = { model: 'model', input: 'Hi' };

/** As fast as it is read, with its length told. */
const whole =
  (bytes: Buffer): Behaviour =>
  (seen) => {
    seen.head(200, { 'content-type': 'application/json', 'content-length': String(bytes.length) });
    seen.end(bytes);
  };

/** The gateway's end of each connection. */
function socketsOf({ gateway }: Pick<Scene, 'gateway'>): Socket[] {
  const sockets: Socket[] = [];
  (gateway.app.getHttpServer() as Server).on('connection', (socket: Socket) => sockets.push(socket));
  return sockets;
}

describe('a large answer', () => {
  it('goes on in the pieces in which it came, byte for byte, with its length and its usage', async () => {
    const { gateway, upstreams, watch, record } = await oneProvider();
    upstreams[0].always(whole(LARGE));

    const { status, headers, bytes } = await chat(gateway, REQUEST, PATH);

    expect([status, headers['content-length'], headers['content-type']]).toEqual([
      200,
      String(LARGE.length),
      'application/json',
    ]);
    expect(bytes.equals(LARGE)).toBe(true);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact', tokens: { inputUncached: 2048 } });
    const answer = watch.completed[0]?.answer;
    expect(answer).toBeInstanceOf(PiecedAnswer);
    expect(answer?.bytes.equals(LARGE)).toBe(true);
  });

  it('leaves its connection to the next', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(whole(LARGE));
    const sockets = socketsOf({ gateway });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };
    for (let time = 0; time < 3; time++) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) =>
        request(`${gateway.url}${PATH.path}`, { agent, method: 'POST', headers }, resolve)
          .on('error', reject)
          .end(JSON.stringify(REQUEST)),
      );
      expect((await buffer(answer)).equals(LARGE)).toBe(true);
    }
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['breaks off', streamOf('application/json', LARGE.subarray(0, 5 * MEGABYTE), (seen) => seen.cut())],
    ['is not whole', whole(LARGE.subarray(0, LARGE.length - 1))],
    ['has no list', whole(Buffer.from(`{"data":"${'x'.repeat(2 * MEGABYTE)}"}`))],
    ['is an error', whole(Buffer.from(`{"error":{"message":"busy","code":503},"pad":"${'x'.repeat(2 * MEGABYTE)}"}`))],
  ])('that %s is asked of the next provider: nothing of it has gone out', async (_name, behaviour) => {
    const { gateway, upstreams, record } = await twoProviders({ provider: { maxRetries: 0 } });
    upstreams[0].always(behaviour);
    upstreams[1].always(whole(LARGE));

    const { status, bytes } = await chat(gateway, REQUEST, PATH);

    expect([status, bytes.equals(LARGE)]).toEqual([200, true]);
    expect(await record()).toMatchObject({ provider: 'second', tokens: { inputUncached: 2048 } });
  });

  it('waits for a client that does not read, and is then whole', async () => {
    const { gateway, upstreams, watch, record } = await oneProvider();
    // More than the kernel takes for a client that does not read.
    const bytes = vectors(40 * MEGABYTE);
    upstreams[0].always(whole(bytes));
    const sockets = socketsOf({ gateway });
    const client = new ChatClient(gateway, REQUEST, { ...PATH, keepText: false });
    client.pause();
    await watch.allOver();
    await expect.poll(() => sockets[0]?.writableNeedDrain).toBe(true);

    // Of all that is to come the connection holds what goes in one turn.
    expect(sockets[0]?.writableLength).toBeLessThan(2 * MEGABYTE);
    expect(client.isOver).toBe(false);
    client.resume();
    await client.waitFor(({ isOver }) => isOver);

    expect([client.isWhole, client.bytesRead]).toEqual([true, bytes.length]);
    expect((await record()).status).toBe('completed');
  });

  it('is let go with a client that leaves', async () => {
    const { gateway, upstreams, watch, record } = await oneProvider();
    upstreams[0].always(whole(vectors(40 * MEGABYTE)));
    const sockets = socketsOf({ gateway });
    const client = new ChatClient(gateway, REQUEST, { ...PATH, keepText: false });
    client.pause();
    await watch.allOver();
    await expect.poll(() => sockets[0]?.writableNeedDrain).toBe(true);
    client.leave();

    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    // Recorded before its last byte, as it came from the provider.
    expect(await record()).toMatchObject({ status: 'completed', tokens: { inputUncached: 2048 } });
    await gateway.close();
  });

  it('is closed where a client takes nothing of it for too long', async () => {
    const { gateway, upstreams, watch } = await oneProvider({ gateway: { streaming: { stallTimeout: 200 } } });
    upstreams[0].always(whole(vectors(40 * MEGABYTE)));
    const sockets = socketsOf({ gateway });
    const client = new ChatClient(gateway, REQUEST, { ...PATH, keepText: false });
    client.pause();
    await watch.allOver();

    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    client.leave();
  });

  it('is given again to who waited for the same, and is kept by nobody who would join it for nothing', async () => {
    const { gateway, upstreams, watch } = await oneProvider({ gateway: { cache: { enabled: true } } });
    upstreams[0].always(whole(LARGE));

    const [first, second] = await Promise.all([chat(gateway, REQUEST, PATH), chat(gateway, REQUEST, PATH)]);
    expect([first.bytes.equals(LARGE), second.bytes.equals(LARGE), upstreams[0].dispatches]).toEqual([true, true, 1]);

    const alone = await chat(gateway, { ...REQUEST, input: 'Alone' }, PATH);
    expect(alone.bytes.equals(LARGE)).toBe(true);
    const answer = watch.completed.at(-1)?.answer;
    expect(answer instanceof PiecedAnswer && answer.content.pieces.length).toBeGreaterThan(1);
  });
});
