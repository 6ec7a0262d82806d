import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Changes } from './changes.js';

/** What it does with a connection on which a whole request has come. */
export type RawBehaviour = (socket: Socket, turn: number) => unknown;

/** A provider on the loopback below HTTP: it answers with bytes, whether they are HTTP or not. */
export class RawUpstream {
  /** Requests so far. */
  requests = 0;
  /** Connections so far. */
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly changes = new Changes();
  private readonly server = createServer((socket) => this.receive(socket));

  private constructor(public behaviour: RawBehaviour) {}

  static async start(behaviour: RawBehaviour): Promise<RawUpstream> {
    const upstream = new RawUpstream(behaviour);
    await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of upstream.sockets) socket.destroy();
      upstream.server.close();
    });
    return upstream;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  get open(): number {
    return this.sockets.size;
  }

  waitFor(condition: (upstream: this) => boolean): Promise<void> {
    return this.changes.waitFor(() => condition(this), String(condition));
  }

  private receive(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.changes.tell();
    });
    let received = '';
    let turn = 0;
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      const length = Number(/^content-length: *(\d+)/im.exec(received)?.[1] ?? 0);
      if (head < 0 || received.length < head + 4 + length) return;
      received = '';
      this.requests++;
      void this.behaviour(socket, turn++);
      this.changes.tell();
    });
  }
}

/** Writes the same bytes again and again, as fast as they are taken, until so many have gone or the other side has. */
export async function flood(socket: Socket, bytes: Buffer | string, total: number): Promise<number> {
  let written = 0;
  while (written < total && !socket.destroyed) {
    written += bytes.length;
    if (socket.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        socket.off('drain', goOn).off('close', goOn);
        resolve();
      };
      socket.on('drain', goOn).on('close', goOn);
    });
  }
  return written;
}
