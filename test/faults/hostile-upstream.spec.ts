import { type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat, ChatClient, CHAT_REQUEST, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, chatCompletion, finish, gate, role, text } from '../support/fake-upstream.js';
import { flood, type RawBehaviour, RawUpstream } from '../support/raw-upstream.js';
import { oneProvider, twoProviders } from '../support/scene.js';

/*
 * R30. The endless line is to be 100 MB in the promise, and 24 MB here: what counts is that it is left after one, which the
 * bytes that the provider gets rid of show. Floods end with the time of a try, 30 s by default and 1 s here.
 */
const MEGABYTE = 1024 * 1024;
const ENDLESS = 24 * MEGABYTE;
/** What the kernel holds for a connection on the loopback, and the gateway's one event, with room to spare. */
const HELD_AT_MOST = 16 * MEGABYTE;

const crashes: unknown[] = [];
const onCrash = (error: unknown): void => void crashes.push(error);
beforeAll(() => {
  process.on('unhandledRejection', onCrash).on('uncaughtException', onCrash);
});
afterAll(() => {
  process.off('unhandledRejection', onCrash).off('uncaughtException', onCrash);
  expect(crashes).toEqual([]);
});

const OK = 'HTTP/1.1 200 OK\r\n';
const JSON_TYPE = 'content-type: application/json\r\n';
const EVENTS = 'content-type: text/event-stream\r\n';
const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const whole = JSON.stringify(chatCompletion('Hello'));
const wholeStream = `${event(role)}${event(text('Hello'))}${event(finish)}data: [DONE]\n\n`;
const say =
  (bytes: string | Buffer): RawBehaviour =>
  (socket) =>
    socket.end(bytes);

async function before(behaviour: RawBehaviour, provider: object = {}) {
  const upstream = await RawUpstream.start(behaviour);
  const scene = await oneProvider({
    provider: { baseUrl: upstream.baseUrl, maxRetries: 0, timeout: 1_000, ...provider },
  });
  return { ...scene, upstream };
}

const codeOf = ({ status, json }: ClientAnswer) => {
  const { type, code } = json['error'] as { type: string; code: string };
  return [status, type, code];
};

const INVALID = [502, 'upstream_error', 'upstream_invalid_response'];
const BROKEN = [502, 'upstream_error', 'upstream_stream_broken'];
const UNREACHABLE = [502, 'upstream_error', 'upstream_unreachable'];
const LATE = [504, 'timeout_error', 'upstream_timeout'];

describe('a provider that answers with', () => {
  it.each<[name: string, answer: RawBehaviour, expected: unknown[], ofStream?: unknown[]]>([
    ['no HTTP', say('SSH-2.0-OpenSSH_9.6\r\n'), INVALID],
    ['nothing', (socket) => socket.end(), UNREACHABLE],
    ['a reset', (socket) => socket.resetAndDestroy(), UNREACHABLE],
    ['half a head', say('HTTP/1.1 200 OK\r\ncontent-ty'), UNREACHABLE],
    [
      'two framings',
      say(`${OK}${JSON_TYPE}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      UNREACHABLE,
    ],
    ['a control character in a header', say(`${OK}x-a: b\0c\r\ncontent-length: 2\r\n\r\n{}`), INVALID],
    ['a length that is none', say(`${OK}content-length: 0x5\r\n\r\nHello`), INVALID],
    ['chunks without a size', say(`${OK}${JSON_TYPE}transfer-encoding: chunked\r\n\r\nxyz\r\n`), INVALID],
    ['a switch of protocols', say('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'), UNREACHABLE],
    ['status 204', say('HTTP/1.1 204 No Content\r\n\r\n'), INVALID],
    ['a page', say(`${OK}content-type: text/html\r\ncontent-length: 6\r\n\r\n<html>`), INVALID, BROKEN],
    ['half of a JSON', say(`${OK}${JSON_TYPE}content-length: 10\r\n\r\n{"id":"a",`), INVALID],
    [
      'less than its length says',
      say(`${OK}${JSON_TYPE}content-length: ${whole.length + 1}\r\n\r\n${whole}`),
      UNREACHABLE,
    ],
    [
      'compression that nobody asked for',
      say(Buffer.concat([Buffer.from(`${OK}${JSON_TYPE}content-encoding: gzip\r\n\r\n`), gzipSync(whole)])),
      INVALID,
    ],
    [
      'headers without an end',
      (socket) => {
        socket.write(OK);
        return flood(socket, `x-a: ${'b'.repeat(1_000)}\r\n`, ENDLESS);
      },
      INVALID,
    ],
    [
      'a header without an end',
      (socket) => {
        socket.write(`${OK}x-a: `);
        return flood(socket, 'b'.repeat(16_000), ENDLESS);
      },
      INVALID,
    ],
    [
      'informational answers without an end',
      (socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100), 400 * MEGABYTE),
      INVALID,
    ],
    ['an end of the world', say('HTTP/1.1 999 Whatever\r\ncontent-length: 2\r\n\r\n{}'), [502, 'upstream_error', null]],
    ['silence', () => undefined, LATE],
    [
      'a body that drips',
      (socket) => {
        socket.write(`${OK}${JSON_TYPE}content-length: 1000000\r\n\r\n`);
        const drip = setInterval(() => socket.write(' '), 20);
        socket.on('close', () => clearInterval(drip));
      },
      LATE,
    ],
  ])('%s', async (_name, answer, expected, ofStream = expected) => {
    const { gateway, upstream, watch } = await before(answer);
    expect(codeOf(await chat(gateway))).toEqual(expected);
    expect(codeOf(await chat(gateway, STREAM_REQUEST))).toEqual(ofStream);
    await watch.allOver();
    // Let go of, also where it would go on for ever.
    await upstream.waitFor(({ open }) => open === 0);
    expect(upstream.requests).toBe(2);
  });

  it('a stream of what is no events', async () => {
    const { gateway } = await before(say(`${OK}${EVENTS}\r\n${'\u0000\u00ff{]}: \n\n'.repeat(100)}`));
    expect(codeOf(await chat(gateway, STREAM_REQUEST))).toEqual(BROKEN);
  });

  it.each([
    ['no JSON', 'data: {"choices":[{\n\n'],
    ['JSON of another shape', 'data: [1,2,3]\n\n'],
    ['a number', 'data: 1e999\n\n'],
    ['nothing', 'data: \n\n'],
    ['JSON nested deep', `data: ${'['.repeat(100_000)}\n\n`],
  ])('events of %s', async (_name, garbage) => {
    const { gateway } = await before(say(`${OK}${EVENTS}\r\n${garbage}`));
    expect(codeOf(await chat(gateway, STREAM_REQUEST))).toEqual(INVALID);
  });

  it.each([
    ['openai-compatible', 'data: '],
    ['anthropic', 'event: content_block_delta\ndata: '],
    ['cohere', 'data: '],
    ['ollama', ''],
    // An image comes in one event.
    ['gemini', 'data: ', 48 * MEGABYTE],
  ])('a line without an end, of kind %s: left after one event’s room', async (kind, start, room = MEGABYTE) => {
    let written = 0;
    const type = kind === 'ollama' ? 'content-type: application/x-ndjson\r\n' : EVENTS;
    const { gateway, upstream } = await before(
      async (socket) => {
        socket.write(`${OK}${type}\r\n${start}{"a":"`);
        written = await flood(socket, 'b'.repeat(65_536), room + ENDLESS);
      },
      { kind, timeout: 20_000 },
    );
    expect(codeOf(await chat(gateway, STREAM_REQUEST))).toEqual(INVALID);
    await upstream.waitFor(({ open }) => open === 0);
    expect(written).toBeLessThan(room + HELD_AT_MOST);
  });

  it('a body without an end: left after 64 MiB, with nothing of it kept', async () => {
    let written = 0;
    const { gateway, upstream } = await before(
      async (socket) => {
        socket.write(`${OK}${JSON_TYPE}\r\n{"a":"`);
        written = await flood(socket, 'b'.repeat(1_000_000), 200 * MEGABYTE);
      },
      { timeout: 20_000 },
    );
    expect(codeOf(await chat(gateway))).toEqual(INVALID);
    await upstream.waitFor(({ open }) => open === 0);
    expect(written).toBeLessThan(64 * MEGABYTE + HELD_AT_MOST);
  });

  it('an error without an end: its status, and 64 KiB of it read', async () => {
    const { gateway, upstream } = await before(async (socket) => {
      socket.write(`HTTP/1.1 400 Bad\r\n${JSON_TYPE}\r\n{"error":{"message":"`);
      await flood(socket, 'b'.repeat(65_536), 400 * MEGABYTE);
    });
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text.length).toBeLessThan(100_000);
    await upstream.waitFor(({ open }) => open === 0);
  });

  it('letters cut between two packets: each whole', async () => {
    const letters = 'Größe 漢字 👩‍🚀';
    const bytes = Buffer.from(
      `${OK}${EVENTS}\r\n${event(role)}${event(text(letters))}${event(finish)}data: [DONE]\n\n`,
    );
    const { gateway } = await before(
      async (socket) => {
        socket.setNoDelay(true);
        for (const byte of bytes) {
          await new Promise<void>((resolve) => socket.write(Buffer.of(byte), () => setImmediate(resolve)));
        }
        socket.end();
      },
      { timeout: 20_000 },
    );
    const client = new ChatClient(gateway);
    await client.waitFor(({ isOver }) => isOver);
    expect([client.content, client.isWhole]).toEqual([letters, true]);
  });

  it('more than its length says: the rest is nobody’s answer', async () => {
    const { gateway, upstream } = await before(
      say(`${OK}${JSON_TYPE}content-length: ${whole.length}\r\n\r\n${whole}${OK}content-length: 6\r\n\r\npoison`),
    );
    for (let turn = 0; turn < 3; turn++) {
      const answer = await chat(gateway);
      expect([answer.status, answer.text]).toEqual([200, whole]);
    }
    // None was asked over a connection that had said too much.
    expect(upstream.connections).toBe(3);
  });

  it('headers of its own: none reaches the client', async () => {
    const headers = [
      'set-cookie: session=1',
      'set-cookie: b=2; Path=/',
      'server: evil/1.0',
      'access-control-allow-origin: *',
      'location: http://evil.example/',
      'www-authenticate: Basic',
      'strict-transport-security: max-age=1',
      'x-request-id: theirs',
      'x-ratelimit-limit-requests: 1',
      'x-nestgate-deployment: theirs',
      'alt-svc: h3=":443"',
      'retry-after: 1',
      'connection: x-secret',
      'x-secret: 1',
    ].join('\r\n');
    for (const [type, body] of [
      [JSON_TYPE, whole],
      [EVENTS, wholeStream],
      [JSON_TYPE, '{"error":{"message":"no"}}'],
    ] as const) {
      const isError = body.startsWith('{"error"');
      const head = isError ? 'HTTP/1.1 400 Bad\r\n' : OK;
      const { gateway } = await before(
        say(`${head}${headers}\r\n${type}content-length: ${body.length}\r\n\r\n${body}`),
      );
      const answer = await chat(gateway, type === EVENTS ? STREAM_REQUEST : CHAT_REQUEST);
      expect(answer.status).toBe(isError ? 400 : 200);
      const ours =
        /^(?:cache-control|connection|content-length|content-type|date|keep-alive|retry-after|transfer-encoding|x-accel-buffering|x-nestgate-attempts|x-nestgate-deployment|x-request-id|x-should-retry)$/;
      expect(Object.keys(answer.headers).filter((name) => !ours.test(name))).toEqual([]);
      expect(answer.headers['x-request-id']).not.toBe('theirs');
      expect(answer.headers['x-nestgate-deployment']).toBe('first/model');
    }
  });

  it('a bad answer, where another deployment has a good one: the client sees that', async () => {
    const upstream = await RawUpstream.start((socket) => flood(socket, 'HTTP/1.1 103 Hint\r\n\r\n', 400 * MEGABYTE));
    const { gateway, upstreams } = await twoProviders({
      provider: { maxRetries: 0 },
      first: { baseUrl: upstream.baseUrl },
    });
    upstreams[1].always(chatAnswer('Hello'));
    expect((await chat(gateway)).headers['x-nestgate-deployment']).toBe('second/model');
  });
});

describe('a stream that turns hostile in its middle', () => {
  const opened = `${OK}${EVENTS}\r\n${event(role)}${event(text('Hello'))}`;

  it.each<[name: string, then: (socket: Socket, heard: Promise<void>) => unknown, code: string]>([
    ['a line without an end', (socket) => flood(socket, 'b'.repeat(65_536), ENDLESS), 'upstream_invalid_response'],
    ['no end at all', (socket) => socket.end(), 'upstream_stream_broken'],
    ['a reset', (socket, heard) => heard.then(() => socket.resetAndDestroy()), 'upstream_stream_broken'],
    ['silence', () => undefined, 'upstream_timeout'],
  ])('%s: told as one last event', async (_name, then, code) => {
    const heard = gate();
    const { gateway, upstream, record } = await before(
      (socket) => {
        socket.write(opened);
        return then(socket, heard.passed);
      },
      { idleTimeout: 200 },
    );
    const client = new ChatClient(gateway);
    await client.waitFor(({ content }) => content === 'Hello');
    heard.open();
    await client.waitFor(({ isOver }) => isOver);
    expect([client.status, client.isWhole, client.content]).toEqual([200, true, 'Hello']);
    const last = JSON.parse(client.events.at(-1)?.replace('data: ', '') ?? '{}') as { error: { code: string } };
    expect(last.error.code).toBe(code);
    expect(client.text).not.toContain('[DONE]');
    await upstream.waitFor(({ open }) => open === 0);
    expect(await record()).toMatchObject({ status: 'failed', grade: 'estimated' });
  });

  it('comments without an end: bounded by the time of the call, and by what the client reads', async () => {
    const { gateway, upstreams, record } = await oneProvider({ gateway: { limits: { callTimeout: 1_000 } } });
    const [upstream] = upstreams;
    upstream.always(async (seen) => {
      seen.head(200, { 'content-type': 'text/event-stream' });
      await seen.write(event(role) + event(text('Hello')));
      while (!seen.leftByPeer) await seen.write(`: ${'x'.repeat(1_000)}\n`.repeat(60));
    });
    const client = new ChatClient(gateway, undefined, { keepText: false });
    await client.waitFor(({ isOver }) => isOver);
    await upstream.waitFor(() => upstream.last.leftByPeer);
    expect((await record()).status).toBe('failed');
  });
});
