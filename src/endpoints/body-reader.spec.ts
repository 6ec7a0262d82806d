import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readJsonBody } from './body-reader.js';

const LIMITS = { bodyBytes: 1_000, jsonDepth: 10, jsonValues: 100 };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Sends bytes, and hands over the request that they make. */
async function received(bytes: string): Promise<{ request: IncomingMessage & { body?: unknown }; client: Socket }> {
  const listening = (server = createServer());
  const made = new Promise<IncomingMessage>((resolve) => listening.once('request', resolve));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const client = connect({ port: (listening.address() as AddressInfo).port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  client.write(bytes);
  return { request: await made, client };
}

const post = (body: string, headers = `content-length: ${body.length}\r\n`): string =>
  `POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n${body}`;

describe('readJsonBody', () => {
  it('keeps the bytes beside what they spell', async () => {
    const { request } = await received(post(' {"a" : 1.0 } '));
    const body = await readJsonBody(request, LIMITS);
    expect(body.value).toEqual({ a: 1 });
    expect(body.bytes.toString()).toBe(' {"a" : 1.0 } ');
  });

  it('reads a body that comes in pieces', async () => {
    const { request, client } = await received(
      post('{"a":', 'transfer-encoding: chunked\r\n').replace('{"a":', '5\r\n{"a":\r\n'),
    );
    const body = readJsonBody(request, LIMITS);
    client.write('3\r\n12}\r\n0\r\n\r\n');
    expect((await body).value).toEqual({ a: 12 });
  });

  /** Sends a body in two pieces, cut at that byte. */
  async function readCut(body: Buffer, cut: number): Promise<Awaited<ReturnType<typeof readJsonBody>>> {
    const { request, client } = await received(post('', `content-length: ${body.length}\r\n`));
    const reading = readJsonBody(request, LIMITS);
    const isHere = new Promise((resolve) => request.once('data', resolve));
    client.write(body.subarray(0, cut));
    await isHere;
    client.write(body.subarray(cut));
    return reading;
  }

  it('reads a body that is cut anywhere, and edits what it asks to', async () => {
    const body = Buffer.from('{"model":"größe","text":"Приве\\"т 👍","more":[{"model":1}]}');
    for (let cut = 1; cut < body.length; cut++) {
      const read = await readCut(body, cut);
      expect(read.bytes).toEqual(body);
      expect(read.value).toEqual({ model: 'größe', text: 'Приве"т 👍', more: [{ model: 1 }] });
      expect(read.edited({ model: '"other"' }).toString()).toBe(body.toString().replace('"größe"', '"other"'));
    }
  });

  it.each([
    ['{"a":1,"a":2}', 'invalid_json'],
    ['{"a":1,', 'invalid_json'],
    ['[{"a":1}]', 'invalid_type'],
    [`${'{"a":'.repeat(11)}1${'}'.repeat(11)}`, 'json_too_complex'],
    [`{"a":[${'{},'.repeat(100)}{}]}`, 'json_too_complex'],
  ])('refuses in pieces what it refuses whole: %s', async (text, code) => {
    await expect(readCut(Buffer.from(text), 7)).rejects.toMatchObject({ code });
    const { request } = await received(post(text));
    await expect(readJsonBody(request, LIMITS)).rejects.toMatchObject({ code });
  });

  it('refuses what is not UTF-8', async () => {
    await expect(readCut(Buffer.from('{"a":"\u00e9"}', 'latin1'), 4)).rejects.toMatchObject({
      code: 'invalid_encoding',
    });
  });

  it('takes the object that a host’s own parser has made of it', async () => {
    const { request } = await received(post('{"a":1}'));
    for await (const _ of request);
    request.body = { a: 1 };
    expect((await readJsonBody(request, LIMITS)).bytes.toString()).toBe('{"a":1}');
  });

  it('refuses what grows too large on the way', async () => {
    const { request } = await received(post(`3E9\r\n${'x'.repeat(1_001)}\r\n`, 'transfer-encoding: chunked\r\n'));
    await expect(readJsonBody(request, LIMITS)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('does not wait for who has left in the middle', async () => {
    const { request, client } = await received(post('{"a"', 'content-length: 100\r\n'));
    const body = readJsonBody(request, LIMITS);
    client.destroy();
    await expect(body).rejects.toMatchObject({ code: 'client_closed_request' });
  });

  it('does not wait for who had left before', async () => {
    const { request, client } = await received(post('{"a"', 'content-length: 100\r\n'));
    request.on('error', () => undefined);
    const closed = new Promise((resolve) => request.once('close', resolve));
    client.destroy();
    await closed;
    await expect(readJsonBody(request, LIMITS)).rejects.toMatchObject({ code: 'client_closed_request' });
  });

  it('does not wait for bytes that somebody else has read', async () => {
    const { request } = await received(post('{"a":1}'));
    for await (const _ of request);
    await expect(readJsonBody(request, LIMITS)).rejects.toMatchObject({ code: 'server_error' });
  });
});
