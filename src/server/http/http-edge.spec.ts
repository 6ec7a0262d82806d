import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Logger } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exchange, type RawResponse, send } from '../../../test/support/raw-http.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { writeError } from '../../errors/openai-error.filter.js';
import { NestgateHttpAdapter } from './nestgate-http.adapter.js';

const HEAD = 'Host: gateway.example\r\n';
const LIMIT = 1_000;

/** Paths the application was asked for. */
let asked: string[] = [];
let release: () => void = () => undefined;

function start(adapter: NestgateHttpAdapter): Promise<{ server: Server; port: number }> {
  adapter.initHttpServer({});
  adapter.use((req: Request, _res: Response, next: () => void) => {
    asked.push(req.path);
    next();
  });
  adapter.get('/ok', (_req: Request, res: Response) => res.json({ ok: true }));
  adapter.get('/slow', (_req: Request, res: Response) => {
    release = () => res.json({ slow: true });
  });
  adapter.get('/begun', (_req: Request, res: Response) => {
    res.write('begun');
    release = () => res.end('done');
  });
  adapter.get('/param/:name', (req: Request, res: Response) => res.json(req.params));
  adapter.get('/throws', () => {
    throw new Error('canary');
  });
  adapter.post('/body', (req: Request, res: Response) => {
    if (Number(req.get('content-length')) > LIMIT) {
      writeError(res, new GatewayError('payload_too_large'));
      return;
    }
    let body = '';
    req.on('data', (chunk) => (body += String(chunk)));
    req.on('end', () => res.json({ body }));
  });
  adapter.post('/unread', (_req: Request, res: Response) => {
    writeError(res, new GatewayError('missing_api_key'));
  });
  return new Promise((resolve) => {
    const server = adapter.listen(0, '127.0.0.1', () => {
      resolve({ server, port: (server.address() as AddressInfo).port });
    });
  });
}

function expectError(response: RawResponse, status: number, code: string): void {
  expect(response.status).toBe(status);
  expect(response.headers['content-type']).toBe('application/json');
  expect(response.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const { error } = JSON.parse(response.body) as { error: Record<string, unknown> };
  expect(error).toEqual({ message: expect.any(String), type: expect.any(String), param: null, code });
  expect(JSON.stringify(response)).not.toContain('canary');
}

describe('the HTTP edge', () => {
  const adapter = new NestgateHttpAdapter();
  let port: number;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    ({ port } = await start(adapter));
  });
  afterAll(() => adapter.close());
  beforeEach(() => {
    asked = [];
  });

  it('lets a good request through, and keeps its connection', async () => {
    const response = await send(port, `GET /ok HTTP/1.1\r\n${HEAD}\r\n`);
    expect(response).toMatchObject({ status: 200, body: '{"ok":true}', closed: false });
  });

  it.each<[string, string, number, string]>([
    ['an unknown method', `BREW /canary HTTP/1.1\r\n${HEAD}\r\n`, 400, 'malformed_http'],
    ['a NUL', `GET /ok HTTP/1.1\r\n${HEAD}X: canary\0\r\n\r\n`, 400, 'malformed_http'],
    [
      'two framings',
      `POST /ok HTTP/1.1\r\n${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      'malformed_http',
    ],
    [
      'two framings, the other way',
      `POST /ok HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n`,
      400,
      'malformed_http',
    ],
    [
      'chunked not last',
      `POST /ok HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n`,
      400,
      'unsupported_transfer_encoding',
    ],
    [
      'an unknown transfer encoding',
      `POST /ok HTTP/1.1\r\n${HEAD}Transfer-Encoding: xchunked\r\n\r\n`,
      400,
      'unsupported_transfer_encoding',
    ],
    ['headers too large', `GET /ok HTTP/1.1\r\n${HEAD}X: ${'canary'.repeat(4_000)}\r\n\r\n`, 431, 'header_too_large'],
    ['too many headers', `GET /ok HTTP/1.1\r\n${HEAD}${'X: canary\r\n'.repeat(100)}\r\n`, 431, 'header_too_large'],
    ['far too many headers', `GET /ok HTTP/1.1\r\n${HEAD}${'X:\r\n'.repeat(2_500)}\r\n`, 431, 'header_too_large'],
    [
      'a long chunk extension',
      `POST /body HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n1;${'canary'.repeat(4_000)}\r\na\r\n0\r\n\r\n`,
      413,
      'payload_too_large',
    ],
    [
      'an unknown expectation',
      `POST /ok HTTP/1.1\r\n${HEAD}Expect: canary\r\nContent-Length: 0\r\n\r\n`,
      417,
      'expectation_failed',
    ],
    ['CONNECT', `CONNECT canary:443 HTTP/1.1\r\n${HEAD}\r\n`, 405, 'method_not_allowed'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_http'],
    ['an HTTP version to come', `GET /ok HTTP/2.0\r\n${HEAD}\r\n`, 400, 'malformed_http'],
    ['no host', 'GET /ok HTTP/1.1\r\n\r\n', 400, 'invalid_host'],
  ])('refuses %s and closes', async (_name, input, status, code) => {
    const response = await send(port, input);
    expectError(response, status, code);
    expect(response).toMatchObject({ headers: { connection: 'close' }, closed: true });
    if (code !== 'payload_too_large') expect(asked).toEqual([]);
  });

  it('closes on TLS without a word', async () => {
    const hello = Buffer.from('16030100f8010000f40303', 'hex');
    expect(await exchange(port, hello)).toEqual({ responses: [], informational: [], closed: true });
  });

  it('answers for what the application leaves open', async () => {
    expectError(await send(port, `GET /canary HTTP/1.1\r\n${HEAD}\r\n`), 404, 'unknown_url');
    expectError(await send(port, `GET /param/canary%ff HTTP/1.1\r\n${HEAD}\r\n`), 400, 'malformed_http');
    expectError(await send(port, `GET /throws HTTP/1.1\r\n${HEAD}\r\n`), 500, 'server_error');
  });

  it('runs nothing that follows a refused request', async () => {
    const bad = `GET /bad HTTP/1.1\r\n${HEAD}${HEAD}\r\n`;
    const { responses, closed } = await exchange(port, `${bad}GET /ok HTTP/1.1\r\n${HEAD}\r\n`, { responses: 2 });
    expect(responses.map(({ status }) => status)).toEqual([400]);
    expect(closed).toBe(true);
    expect(asked).toEqual([]);
  });

  it.each([
    ['a faulty head', `GET /bad HTTP/1.1\r\n${HEAD}${HEAD}\r\nGET /ok HTTP/1.1\r\n${HEAD}\r\n`],
    ['no HTTP at all', 'canary canary\r\n\r\n'],
  ])('gives the answers that are due before it refuses %s', async (_name, bad) => {
    const waiting = exchange(port, `GET /slow HTTP/1.1\r\n${HEAD}\r\n${bad}`, { responses: 3 });
    await expect.poll(() => asked).toEqual(['/slow']);
    release();
    const { responses, closed } = await waiting;
    expect(responses.map(({ status }) => status)).toEqual([200, 400]);
    expect(responses[0]?.body).toBe('{"slow":true}');
    expect(closed).toBe(true);
    expect(asked).toEqual(['/slow']);
  });

  it('writes nothing into an answer that has begun', async () => {
    const waiting = exchange(port, `GET /begun HTTP/1.1\r\n${HEAD}\r\ncanary canary\r\n\r\n`, { responses: 2 });
    await expect.poll(() => asked).toEqual(['/begun']);
    release();
    const { responses } = await waiting;
    expect(responses.map(({ status, body }) => [status, body.slice(0, 9)])).toEqual([
      [200, 'begundone'],
      [400, '{"error":'],
    ]);
  });

  it('answers an upgrade as the HTTP request it also is', async () => {
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const response = await send(port, `POST /body HTTP/1.1\r\n${HEAD}${upgrade}Content-Length: 4\r\n\r\nbody`);
    expect(response).toMatchObject({ status: 200, body: '{"body":"body"}' });
  });

  it('asks for a body when it is read, and not before', async () => {
    const head = `HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length:`;
    const read = await exchange(port, `POST /body ${head} 4\r\n\r\n`, { onContinue: 'body' });
    expect(read).toMatchObject({ informational: [100], responses: [{ status: 200, body: '{"body":"body"}' }] });
    for (const [input, status] of [
      [`POST /unread ${head} 4\r\n\r\n`, 401],
      [`POST /body ${head} ${LIMIT + 1}\r\n\r\n`, 413],
      [`POST /body HTTP/1.1\r\nExpect: 100-continue\r\n\r\n`, 400],
    ] as const) {
      expect(await exchange(port, input)).toMatchObject({ informational: [], responses: [{ status }], closed: true });
    }
  });

  it('lets a client that reads only when it has sent everything read why it was refused', async () => {
    const body = Buffer.alloc(16 * 1_048_576);
    const socket = connect({ port, host: '127.0.0.1' }).pause();
    socket.write(`POST /body HTTP/1.1\r\n${HEAD}Content-Length: ${body.length}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.write(body, (error) => (error ? reject(error) : resolve()));
    });
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('payload_too_large');
  });

  it('survives clients that leave in the middle', async () => {
    for (const input of ['GET /slow HT', `POST /body HTTP/1.1\r\n${HEAD}Content-Length: 9\r\n\r\nab`]) {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket, 'connect');
      socket.write(input);
      await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    expect(await send(port, `GET /ok HTTP/1.1\r\n${HEAD}\r\n`)).toMatchObject({ status: 200 });
  });
});

describe('the HTTP edge, out of patience', () => {
  const adapter = new NestgateHttpAdapter({ headers: 100, request: 200, sweep: 20 });
  let port: number;

  beforeAll(async () => {
    ({ port } = await start(adapter));
  });
  afterAll(() => adapter.close());

  it.each([
    ['headers', `GET /ok HTTP/1.1\r\n${HEAD}X: can`],
    ['a body', `POST /body HTTP/1.1\r\n${HEAD}Content-Length: 9\r\n\r\nab`],
  ])('refuses %s that do not come to an end', async (_name, input) => {
    const response = await send(port, input);
    expectError(response, 408, 'request_timeout');
    expect(response.closed).toBe(true);
  });
});
