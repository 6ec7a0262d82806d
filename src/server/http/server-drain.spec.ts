import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Request, type Response } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Changes } from '../../../test/support/changes.js';
import { NestgateHttpAdapter } from './nestgate-http.adapter.js';

/** A connection with what has come over it. */
class Client {
  heard = '';
  isClosed = false;
  readonly socket: Socket;
  private readonly changes = new Changes();

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (bytes: Buffer) => {
      this.heard += bytes.toString('latin1');
      this.changes.tell();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
      this.changes.tell();
    });
  }

  ask(path: string): this {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: gateway.example\r\n\r\n`);
    return this;
  }

  hears(what: string): Promise<void> {
    return this.changes.waitFor(() => this.heard.includes(what), what);
  }

  closes(): Promise<void> {
    return this.changes.waitFor(() => this.isClosed, 'the end of a connection');
  }
}

async function start() {
  const adapter = new NestgateHttpAdapter();
  const waiting = new Map<string, () => void>();
  const changes = new Changes();
  adapter.initHttpServer({});
  const wait = (path: string, release: () => void): void => {
    waiting.set(path, release);
    changes.tell();
  };
  adapter.get('/ok', (_: Request, response: Response) => response.json({ ok: true }));
  adapter.get('/slow', (_: Request, response: Response) => wait('/slow', () => response.json({ slow: true })));
  adapter.get('/begun', (_: Request, response: Response) => {
    response.write('begun');
    wait('/begun', () => response.end('done'));
  });
  const server = adapter.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    adapter,
    server,
    client: () => new Client(port),
    /** Once it is asked for. */
    waitFor: (path: string) => changes.waitFor(() => waiting.has(path), path),
    release: (path: string) => waiting.get(path)?.(),
  };
}

describe('a server that announces its end', () => {
  it('closes each connection with its answer', async () => {
    const { adapter, client, waitFor, release } = await start();
    const [idle, slow, begun] = [client().ask('/ok'), client().ask('/slow'), client().ask('/begun')];
    await Promise.all([idle.hears('true'), waitFor('/slow'), begun.hears('begun')]);

    adapter.announceClose();
    const late = client().ask('/ok');
    for (const one of [idle.ask('/ok'), late]) {
      await one.closes();
      expect(one.heard).toMatch(/connection: close\r\n[^]*\{"ok":true\}$/i);
    }
    expect([slow.isClosed, begun.isClosed]).toEqual([false, false]);
    release('/slow');
    release('/begun');
    await slow.closes();
    expect(slow.heard).toMatch(/connection: close\r\n[^]*\{"slow":true\}$/i);
    // Its head said that it goes on.
    await begun.closes();
    expect(begun.heard).toMatch(/connection: keep-alive\r\n[^]*done\r\n0\r\n\r\n$/i);
  });

  it('ends when the last answer has, and takes nothing new', async () => {
    const { adapter, server, client, waitFor, release } = await start();
    const [idle, slow] = [client().ask('/ok'), client().ask('/slow')];
    await Promise.all([idle.hears('true'), waitFor('/slow')]);

    adapter.stopListening(60_000);
    await idle.closes();
    const late = client().ask('/ok');
    await late.closes();
    expect([late.heard, server.listening]).toEqual(['', false]);
    const closed = once(server, 'close');
    release('/slow');
    await slow.closes();
    expect(slow.heard).toContain('{"slow":true}');
    await closed;
    // As Nest does in the end.
    await adapter.close();
  });

  it('waits for no one longer than it has patience', async () => {
    const { adapter, server, client, waitFor } = await start();
    const [slow, silent, half] = [client().ask('/slow'), client(), client()];
    half.socket.write('GET /ok HTTP/1.1\r\nHo');
    await Promise.all([waitFor('/slow'), once(silent.socket, 'connect')]);

    const closed = once(server, 'close');
    adapter.stopListening(100);
    await Promise.all([closed, slow.closes(), silent.closes(), half.closes()]);
    expect([slow.heard, silent.heard]).toEqual(['', '']);
  });
});
