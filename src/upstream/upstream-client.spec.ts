import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../errors/gateway-error.js';
import { PiecedBytes } from '../protocol/pieced-bytes.js';
import { Cancellation } from './cancellation.js';
import { UpstreamClient, type UpstreamOptions } from './upstream-client.js';
import { type AnswerPieces, type UpstreamResponse } from './upstream-request.js';

const NEVER = 60_000;
const LEFT = new GatewayError('client_closed_request');

function startClient(): UpstreamClient {
  const client = new UpstreamClient();
  onTestFinished(() => client.onApplicationShutdown());
  return client;
}

/** @returns `127.0.0.1:<port>`, and its connections so far. */
async function listen(server: Server): Promise<{ host: string; connections: Socket[] }> {
  const connections: Socket[] = [];
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    connections.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

function get(
  client: UpstreamClient,
  origin: string,
  options: Partial<UpstreamOptions> = {},
  toPieces?: () => AnswerPieces,
): Promise<UpstreamResponse> {
  return client.request(
    { method: 'GET', origin, path: '/', headers: {} },
    { cancellation: new Cancellation(), connectTimeout: NEVER, idleTimeout: 0, ...options },
    toPieces,
  );
}

describe('UpstreamClient', () => {
  it('keeps to the time to connect of each call, also at one origin', async () => {
    const client = startClient();
    // Takes the connection and never begins its part of the TLS handshake.
    const { host } = await listen(createTcpServer());
    const patient = new Cancellation();
    const waiting = get(client, `https://${host}`, { cancellation: patient }).catch((error: unknown) => error);

    const hasty = get(client, `https://${host}`, { connectTimeout: 1 });
    await expect(hasty).rejects.toMatchObject({ code: 'upstream_timeout' });

    patient.cancel(LEFT);
    expect(await waiting).toBe(LEFT);
  });

  it('uses a connection again', async () => {
    const client = startClient();
    const { host, connections } = await listen(createHttpServer((_request, response) => response.end('fine')));

    for (let turn = 0; turn < 3; turn++) {
      const { status, body } = await get(client, `http://${host}`);
      expect([status, body.toString()]).toEqual([200, 'fine']);
      // The connection counts as busy until the answer has been dealt with.
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(connections).toHaveLength(1);
  });

  it('lets go of what nothing goes to, and of nothing else', async () => {
    const client = startClient();
    const waiting: ServerResponse[] = [];
    const { host, connections } = await listen(createHttpServer((_request, response) => void waiting.push(response)));
    const under = get(client, `http://${host}`);
    await expect.poll(() => waiting.length).toBe(1);
    client.closeIdle();
    waiting[0]?.end('fine');
    expect((await under).body.toString()).toBe('fine');
    for (const connection of connections) connection.destroy();
    await expect.poll(() => connections.every(({ closed }) => closed)).toBe(true);
    client.closeIdle();
    const again = get(client, `http://${host}`);
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.end('again');
    expect((await again).body.toString()).toBe('again');
  });

  it('gives up on a whole answer that is too large', async () => {
    const client = startClient();
    const { host } = await listen(
      createHttpServer((_request, response) => {
        response.on('error', () => undefined);
        response.end(Buffer.alloc(64 * 1024 * 1024 + 1));
      }),
    );

    await expect(get(client, `http://${host}`)).rejects.toMatchObject({ code: 'upstream_invalid_response' });
    const taken = new PiecedBytes();
    const inPieces = get(client, `http://${host}`, {}, () => taken);
    await expect(inPieces).rejects.toMatchObject({ code: 'upstream_invalid_response' });
    expect(taken.length).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  it('hands a large answer on in pieces where somebody takes them, and a small one in one', async () => {
    const client = startClient();
    let body = Buffer.alloc(3 * 1024 * 1024, 'large ');
    const { host } = await listen(createHttpServer((_request, response) => response.end(body)));
    const taken = new PiecedBytes();

    const large = await get(client, `http://${host}`, {}, () => taken);
    expect(large.pieces).toBe(taken);
    expect(taken.pieces.length).toBeGreaterThan(1);
    expect(large.body.equals(body)).toBe(true);

    const joined = await get(client, `http://${host}`);
    expect([joined.pieces, joined.body.equals(body)]).toEqual([undefined, true]);

    body = Buffer.from('small');
    const small = await get(client, `http://${host}`, {}, () => taken);
    expect([small.pieces, small.body.toString()]).toEqual([undefined, 'small']);
  });

  it('sends nothing for a call that is cancelled already', async () => {
    const client = startClient();
    const { host, connections } = await listen(createHttpServer((_request, response) => response.end()));
    const cancellation = new Cancellation();
    cancellation.cancel(LEFT);
    await expect(get(client, `http://${host}`, { cancellation })).rejects.toBe(LEFT);
    expect(connections).toHaveLength(0);
  });
});
