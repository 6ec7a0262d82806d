import { randomInt } from 'node:crypto';
import { type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { chat, CHAT_REQUEST, STREAM_REQUEST } from '../support/chat-client.js';
import { chatCompletion, DONE, finish, role, text } from '../support/fake-upstream.js';
import { pause } from '../support/oracle.js';
import { type RawBehaviour, RawUpstream } from '../support/raw-upstream.js';
import { oneProvider } from '../support/scene.js';

/*
 * R27: 10,000 requests at a provider that closes idle connections after a second, with gaps a tenth of that around it. In the
 * long form 100 clients ask 100 times each; else one asks 120 times, one that closes them after 40 ms. The race itself is also
 * made to happen every time.
 */
const [CLIENTS, TURNS, IDLE_MS] = process.env['FAULTS'] === 'full' ? [100, 100, 1_000] : [1, 120, 40];

const whole = JSON.stringify(chatCompletion('Hello'));
const events = [role, text('Hello'), finish].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + DONE;
const answer = (type: string, body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const ANSWER = answer('application/json', whole);

/** An operation that is never tried again by itself: what fails may have been billed. */
const IMAGE = { path: '/v1/images/generations', body: { model: 'model', prompt: 'x' } };
const IMAGES = answer('application/json', '{"created":1,"data":[{"b64_json":"QQ=="}]}');

/** A provider that answers, and closes the connection when that has been idle for so long. */
const closesIdle: RawBehaviour = async (socket) => {
  socket.write(ANSWER);
  await pause(IDLE_MS);
  socket.destroy();
};

/**
 * Between two requests of a client: about as long, so that some meet the end of their connection. Not by `Math.random`, which
 * scenes hold still.
 */
const gap = (): Promise<void> => pause((IDLE_MS * randomInt(900, 1_100)) / 1_000);

async function before(behaviour: RawBehaviour) {
  const upstream = await RawUpstream.start(behaviour);
  const scene = await oneProvider({ provider: { baseUrl: upstream.baseUrl, maxRetries: 0 } });
  return { ...scene, upstream };
}

describe('a provider that closes idle connections', () => {
  it.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['ends', (socket: Socket) => socket.end()],
  ])('and %s one as the next request comes: that is sent once more', async (_name, close) => {
    const { gateway, upstream, records } = await before((socket, turn) => {
      if (turn === 0) socket.write(IMAGES);
      else close(socket);
    });
    for (let time = 0; time < 3; time++) {
      const image = await chat(gateway, IMAGE.body, { path: IMAGE.path });
      expect([image.status, image.headers['x-nestgate-attempts']]).toEqual([200, '1']);
    }
    // The second and the third came to a connection that had served, and then had one of their own.
    expect([upstream.requests, upstream.connections]).toEqual([5, 3]);
    expect(await records()).toHaveLength(3);
  });

  it('and a stream: likewise', async () => {
    const { gateway, upstream } = await before((socket, turn) => {
      if (turn === 0) socket.write(answer('text/event-stream', events));
      else socket.resetAndDestroy();
    });
    for (let time = 0; time < 3; time++) {
      const streamed = await chat(gateway, STREAM_REQUEST);
      expect([streamed.status, streamed.text.endsWith(DONE)]).toEqual([200, true]);
    }
    expect(upstream.requests).toBe(5);
  });

  it('and others that are idle would too: it is sent once more on a new one', async () => {
    const waiting: Socket[] = [];
    const { gateway, upstream } = await before((socket, turn) => {
      if (turn > 0) socket.resetAndDestroy();
      else if (upstream.connections > 3) socket.write(IMAGES);
      // Three at once, so that there are three connections.
      else if (waiting.push(socket) === 3) for (const one of waiting) one.write(IMAGES);
    });
    const ask = () => chat(gateway, IMAGE.body, { path: IMAGE.path });
    expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([200, 200, 200]);
    const image = await ask();
    expect([image.status, image.headers['x-nestgate-attempts']]).toEqual([200, '1']);
    expect([upstream.requests, upstream.connections]).toEqual([5, 4]);
  });

  it('and the connection after it too: that is a failure', async () => {
    let answers = 0;
    const { gateway, upstream } = await before((socket) => {
      if (answers++ === 0) socket.write(IMAGES);
      else socket.resetAndDestroy();
    });
    expect((await chat(gateway, IMAGE.body, { path: IMAGE.path })).status).toBe(200);
    expect((await chat(gateway, IMAGE.body, { path: IMAGE.path })).status).toBe(502);
    expect(upstream.requests).toBe(3);
  });

  it('and a new one: nothing is sent again', async () => {
    const { gateway, upstream } = await before((socket) => socket.resetAndDestroy());
    expect((await chat(gateway, IMAGE.body, { path: IMAGE.path })).status).toBe(502);
    expect(upstream.requests).toBe(1);
  });

  it.each([
    ['after a byte of the answer', (socket: Socket) => socket.write('H', () => socket.end())],
    [
      'after a second at work',
      (socket: Socket) => {
        vi.advanceTimersByTime(1_000);
        socket.resetAndDestroy();
      },
    ],
  ])('%s: nothing is sent again', async (_name, close) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { gateway, upstream } = await before((socket, turn) => {
      if (turn === 0) socket.write(IMAGES);
      else close(socket);
    });
    expect((await chat(gateway, IMAGE.body, { path: IMAGE.path })).status).toBe(200);
    expect((await chat(gateway, IMAGE.body, { path: IMAGE.path })).status).toBe(502);
    expect(upstream.requests).toBe(2);
  });

  it('R27: whenever it does, no client notices', { timeout: 60_000 + 2 * TURNS * IDLE_MS }, async () => {
    const { gateway, upstream } = await before(closesIdle);
    const client = async (): Promise<void> => {
      for (let turn = 0; turn < TURNS; turn++) {
        expect((await chat(gateway, CHAT_REQUEST)).status).toBe(200);
        await gap();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(upstream.requests).toBeGreaterThanOrEqual(CLIENTS * TURNS);
  });
});
