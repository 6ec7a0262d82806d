import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../errors/gateway-error.js';
import { Cancellation } from './cancellation.js';
import { UpstreamClient } from './upstream-client.js';
import { type UpstreamResponse } from './upstream-request.js';

const NEVER = 60_000;
const MEGABYTE = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const LEFT = new GatewayError('client_closed_request');

async function listen(server: Server): Promise<string> {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A body of many pieces that knows how it went. */
class Body {
  given = 0;
  readonly streams: Readable[] = [];

  constructor(
    readonly pieces: number,
    private readonly failAt = Number.POSITIVE_INFINITY,
  ) {}

  readonly make = (): Readable => {
    const stream = Readable.from(this.generate(), { objectMode: false });
    this.streams.push(stream);
    return stream;
  };

  /** Waits until nobody reads any of them any longer. */
  async allClosed(): Promise<void> {
    await Promise.all(
      this.streams.map(async (stream) => {
        if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
      }),
    );
  }

  private async *generate(): AsyncGenerator<Buffer> {
    for (let piece = 0; piece < this.pieces; piece++) {
      if (piece === this.failAt) throw new GatewayError('server_error');
      this.given++;
      yield Buffer.alloc(64 * 1024, piece);
    }
  }
}

function post(
  origin: string,
  body: Body,
  cancellation = new Cancellation(),
  length = body.pieces * 64 * 1024,
): Promise<UpstreamResponse> {
  const client = new UpstreamClient();
  onTestFinished(() => client.onApplicationShutdown());
  return client.request(
    { method: 'POST', origin, path: '/', headers: { 'content-length': String(length) }, body: body.make },
    { cancellation, connectTimeout: NEVER, idleTimeout: 0 },
  );
}

describe('a body that comes as a stream', () => {
  it('arrives whole, with its length', async () => {
    const received: unknown[] = [];
    const origin = await listen(
      createHttpServer(async (request: IncomingMessage, response) => {
        const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
        received.push({ length, encoding, hash: sha256(await buffer(request)) });
        response.end('fine');
      }),
    );
    const body = new Body(20);
    expect((await post(origin, body)).body.toString()).toBe('fine');
    const expected = await buffer(new Body(20).make());
    expect(received).toEqual([{ length: String(expected.length), encoding: undefined, hash: sha256(expected) }]);
    await body.allClosed();
  });

  it('is read no faster than the provider takes it', async () => {
    const arrived = new Promise<Socket>((resolve) => {
      void listen(
        createTcpServer({ pauseOnConnect: true }, (socket) => {
          resolve(socket);
        }),
      ).then((origin) => {
        void post(origin, body, cancellation).catch(() => undefined);
      });
    });
    const cancellation = new Cancellation();
    const body = new Body(4_096);
    await arrived;
    // Until nothing moves over many rounds of the event loop: what the kernel holds of one connection is full.
    for (let rounds = 0, before = -1; rounds < 200; before = body.given) {
      await new Promise((resolve) => setImmediate(resolve));
      rounds = body.given === before ? rounds + 1 : 0;
    }
    expect(body.given * 64 * 1024).toBeLessThan(32 * MEGABYTE);
    cancellation.cancel(LEFT);
    await body.allClosed();
  });

  it('is let go when the call is cancelled', async () => {
    const cancellation = new Cancellation();
    const origin = await listen(createHttpServer((request) => request.once('data', () => cancellation.cancel(LEFT))));
    const body = new Body(10_000);
    await expect(post(origin, body, cancellation)).rejects.toBe(LEFT);
    await body.allClosed();
    expect(body.given).toBeLessThan(body.pieces);
  });

  it('is let go when the provider answers before it has read it', async () => {
    const origin = await listen(createHttpServer((_request, response) => response.writeHead(413).end('too large')));
    const body = new Body(10_000);
    expect(await post(origin, body)).toMatchObject({ status: 413, body: Buffer.from('too large') });
    await body.allClosed();
    expect(body.given).toBeLessThan(body.pieces);
  });

  it('is let go when the provider hangs up', async () => {
    const origin = await listen(createHttpServer((request) => request.once('data', () => request.socket.destroy())));
    const body = new Body(10_000);
    await expect(post(origin, body)).rejects.toMatchObject({ code: 'upstream_unreachable' });
    await body.allClosed();
  });

  it('fails with its own error where it cannot be read', async () => {
    const origin = await listen(createHttpServer((request) => request.resume()));
    const body = new Body(20, 10);
    await expect(post(origin, body)).rejects.toMatchObject({ code: 'server_error' });
    await body.allClosed();
  });

  it('is no request where it is shorter than it said', async () => {
    const origin = await listen(createHttpServer((request, response) => request.once('end', () => response.end())));
    const body = new Body(2);
    await expect(post(origin, body, new Cancellation(), 3 * 64 * 1024)).rejects.toMatchObject({ status: 502 });
    await body.allClosed();
  });
});
