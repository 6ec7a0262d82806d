import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../errors/gateway-error.js';
import { Cancellation } from '../upstream/cancellation.js';
import { sendPieces } from './pieced-response.js';

const PIECES = Array.from({ length: 640 }, (_, at) => Buffer.alloc(64 * 1024, `piece ${at} `));

/** Sends the pieces to a client. */
async function sent(highWaterMark?: number) {
  const cancellation = new Cancellation();
  let isOver = false;
  const server = createServer(highWaterMark === undefined ? {} : { highWaterMark }, (_request, response) => {
    void sendPieces(response, { cancellation }, PIECES, 0).then(() => (isOver = true));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = await new Promise<IncomingMessage>((resolve) =>
    get({ host: '127.0.0.1', port, agent: false }, resolve),
  );
  client.on('error', () => undefined);
  return { client, cancellation, isOver: () => isOver };
}

describe('sendPieces', () => {
  it.each([
    ['is full after each piece', undefined],
    ['is never full', 100 * 1024 * 1024],
  ])('sends all of them, in their order, over a connection that %s', async (_name, highWaterMark) => {
    const { client, isOver } = await sent(highWaterMark);
    expect((await buffer(client)).equals(Buffer.concat(PIECES))).toBe(true);
    expect(isOver()).toBe(true);
  });

  it('waits for a client that does not read, and closes its connection where the call is cancelled', async () => {
    const { client, cancellation, isOver } = await sent();
    client.pause();
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isOver()).toBe(false);
    cancellation.cancel(new GatewayError('server_shutting_down'));
    await expect.poll(isOver).toBe(true);
    client.resume();
    await expect.poll(() => client.closed).toBe(true);
    expect(client.complete).toBe(false);
  });
});
