import { IncomingMessage, request, ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Controller, Get, type INestApplication, Module, Param, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Request, type Response } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NestgateHttpAdapter } from './nestgate-http.adapter.js';

let seen: { request: Request; response: Response } | undefined;

@Controller()
class ProbeController {
  @Get('probe/:name')
  probe(@Req() req: Request, @Res() res: Response, @Param('name') name: string, @Query('q') q: string): void {
    seen = { request: req, response: res };
    res.status(201).json({ name, q, host: req.get('HOST'), path: req.path, isJson: req.accepts('json') });
  }

  @Get('plain')
  plain(): string {
    return 'plain';
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('NestgateHttpAdapter', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const adapter = new NestgateHttpAdapter();
    app = await NestFactory.create(ProbeModule, adapter, { bodyParser: false, logger: false });
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(() => app.close());

  it('creates requests and responses with the prototypes that Express sets', async () => {
    const express = app.getHttpAdapter().getInstance() as { request: object; response: object };
    const changed: unknown[] = [];
    const setPrototypeOf = Object.setPrototypeOf;
    Object.setPrototypeOf = <T>(target: T, prototype: object | null): T => {
      if (Object.getPrototypeOf(target) !== prototype) changed.push(target);
      return setPrototypeOf(target, prototype) as T;
    };
    try {
      await fetch(`${url}/probe/a`);
    } finally {
      Object.setPrototypeOf = setPrototypeOf;
    }
    expect(seen).toBeDefined();
    expect(Object.getPrototypeOf(seen?.request)).toBe(express.request);
    expect(Object.getPrototypeOf(seen?.response)).toBe(express.response);
    expect(seen?.request).toBeInstanceOf(IncomingMessage);
    expect(seen?.response).toBeInstanceOf(ServerResponse);
    expect(changed.filter((target) => target === seen?.request || target === seen?.response)).toEqual([]);
  });

  it("keeps Express's own features", async () => {
    const answer = await fetch(`${url}/probe/a%20b?q=1`);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.json()).toEqual({
      name: 'a b',
      q: '1',
      host: url.slice('http://'.length),
      path: '/probe/a%20b',
      isJson: 'json',
    });
    expect(await (await fetch(`${url}/plain`)).text()).toBe('plain');
  });

  it('sends neither ETag nor X-Powered-By', async () => {
    const { headers } = await fetch(`${url}/probe/a`);
    expect(headers.get('etag')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('keeps connections open, and closes them when told to', async () => {
    const other = await NestFactory.create(ProbeModule, new NestgateHttpAdapter(), {
      bodyParser: false,
      logger: false,
      forceCloseConnections: true,
    });
    await other.listen(0, '127.0.0.1');
    const { port } = other.getHttpServer().address() as AddressInfo;
    const closed = new Promise<void>((resolve) => {
      // The headers are never finished: the connection is not idle, and the server would wait for it.
      const pending = request({ port, host: '127.0.0.1', headers: { expect: 'x' } });
      pending.on('socket', (socket) => {
        socket.on('connect', () => socket.write('GET /plain HTTP/1.1\r\n', () => void other.close()));
        socket.on('close', () => resolve());
      });
      pending.on('error', () => undefined);
    });
    await closed;
  });

  it('serves HTTPS the same way', async () => {
    // A shared secret in place of a certificate: none has to be made for the test.
    const cipher = { ciphers: 'PSK+HIGH', maxVersion: 'TLSv1.2' as const };
    const psk = Buffer.alloc(32, 7);
    const other = await NestFactory.create(ProbeModule, new NestgateHttpAdapter(), {
      bodyParser: false,
      logger: false,
      httpsOptions: Object.assign({}, cipher, { pskCallback: () => psk }),
    });
    await other.listen(0, '127.0.0.1');
    const { port } = other.getHttpServer().address() as AddressInfo;
    const ask = async (input: string): Promise<string> => {
      const options = {
        ...cipher,
        pskCallback: () => ({ psk, identity: 'test' }),
        checkServerIdentity: () => undefined,
      };
      const socket = connectTls({ port, host: '127.0.0.1', ...options }, () => socket.write(input));
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      return answer;
    };
    try {
      expect(await ask('GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
        /^HTTP\/1\.1 200 .*plain$/s,
      );
      expect(await ask('GET /plain HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')).toContain('"code":"invalid_host"');
      expect(await ask('BREW /plain HTTP/1.1\r\nHost: a\r\n\r\n')).toContain('"code":"malformed_http"');
    } finally {
      await other.close();
    }
  });
});
