import { createServer, connect, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** Stands before a server, and does to its connections what networks and dying servers do. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private isHanging = false;
  private delayMs = 0;
  private server: Server | undefined;

  private constructor(
    private readonly target: NetConnectOpts,
    readonly port: number,
  ) {}

  static async start(target: NetConnectOpts): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, await freePort());
    await proxy.listen();
    return proxy;
  }

  /** Nothing passes any more, and nothing is said about it: as of a server that is stopped. */
  hang(): void {
    this.isHanging = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** What passes takes so many milliseconds longer, each way. */
  slow(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  /** All connections end, and none is taken: as of a server that is killed. */
  async refuse(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    this.cut();
    await closed;
  }

  /** All connections end. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** All is well again. */
  async restore(): Promise<void> {
    this.isHanging = false;
    this.delayMs = 0;
    for (const socket of this.sockets) socket.resume();
    if (this.server === undefined) await this.listen();
  }

  private async listen(): Promise<void> {
    const server = createServer((client) => this.join(client));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
  }

  private join(client: Socket): void {
    const upstream = connect(this.target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      const late: Buffer[] = [];
      const pass = (): void => void to.write(late.shift() ?? '');
      from.on('data', (bytes: Buffer) => {
        if (this.delayMs === 0 && late.length === 0) {
          to.write(bytes);
          return;
        }
        late.push(bytes);
        setTimeout(pass, this.delayMs);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.isHanging) from.pause();
    }
  }
}

/** One before a Postgres. */
export async function proxyTo(databaseUrl: string): Promise<TcpProxy & { readonly url: string }> {
  const url = new URL(databaseUrl);
  const socketFolder = url.searchParams.get('host');
  const port = Number(url.port || 5432);
  const target = socketFolder === null ? { host: url.hostname, port } : { path: `${socketFolder}/.s.PGSQL.${port}` };
  const proxy = await TcpProxy.start(target);
  url.searchParams.delete('host');
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return Object.assign(proxy, { url: url.href });
}
