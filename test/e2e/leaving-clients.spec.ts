import { type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { json as readJson } from 'node:stream/consumers';
import { type MiddlewareConsumer, Module, type NestModule, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ChatClient, CHAT_REQUEST, STREAM_REQUEST } from '../support/chat-client.js';
import {
  type Behaviour,
  chatCompletion,
  type FakeUpstream,
  forever,
  gate,
  hang,
  openAiError,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oneProvider, type Scene, twoProviders } from '../support/scene.js';

/** Whole text of the requests: what an estimate of the input goes by. */
const INPUT_OF = (body: unknown): number => Math.ceil(JSON.stringify(body).length / 4);

/** A host that reads bodies itself, and lets a request pass only when its client has left. */
function hostParser(whenParsed: () => void): Type {
  class HostParserModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer
        .apply(async (request: IncomingMessage & { body?: unknown }, response: ServerResponse, next: () => void) => {
          request.body = await readJson(request);
          response.once('close', next);
          whenParsed();
        })
        .forRoutes('*path');
    }
  }
  Module({})(HostParserModule);
  return HostParserModule;
}

/** A request as it goes over the wire. */
function requestOf(value: unknown): string {
  const body = JSON.stringify(value);
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${TEST_KEY}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

async function expectAborted({ watch, record }: Scene, upstream: FakeUpstream) {
  await upstream.request(0);
  await upstream.waitFor(({ requests }) => requests.every(({ leftByPeer }) => leftByPeer));
  const found = await record();
  expect(found).toMatchObject({ status: 'aborted', httpStatus: 499, errorCode: 'client_closed_request' });
  expect(watch.failed.map(({ isAborted }) => isAborted)).toEqual([true]);
  return found;
}

describe('a client that leaves', () => {
  it.each([
    ['a JSON answer', CHAT_REQUEST, hang],
    ['a stream', STREAM_REQUEST, hang],
    ['the content of a stream', STREAM_REQUEST, stream(role, forever)],
  ])('before the first byte of %s: the provider is let go', async (_name, body, behaviour) => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.always(behaviour);
    const client = new ChatClient(scene.gateway, body);
    await first.request(0);
    client.leave();

    const { grade, tokens, attempts } = await expectAborted(scene, first);

    expect({ grade, input: tokens.inputUncached, output: tokens.output }).toEqual({
      grade: 'estimated',
      input: INPUT_OF(body),
      output: 0,
    });
    expect(attempts).toMatchObject([{ deployment: 'first/model', status: null, error: 'client_closed_request' }]);
    expect(scene.watch.failedAttempts).toEqual([]);
    expect([first.dispatches, second.dispatches]).toEqual([1, 0]);
  });

  it('in mid-stream: what has passed is estimated', async () => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.always(stream(role, text('a'.repeat(400)), forever));
    const client = new ChatClient(scene.gateway);
    await client.waitFor(({ content }) => content.length === 400);
    client.leave();

    const { grade, tokens, firstChunkMs } = await expectAborted(scene, first);

    expect({ grade, input: tokens.inputUncached, output: tokens.output }).toEqual({
      grade: 'estimated',
      input: INPUT_OF(STREAM_REQUEST),
      output: 100,
    });
    expect(firstChunkMs).not.toBeNull();
    expect(second.dispatches).toBe(0);
  });

  it('within a JSON answer', async () => {
    const scene = await oneProvider();
    const [upstream] = scene.upstreams;
    upstream.always(async (seen) => {
      seen.head(200, { 'content-type': 'application/json' });
      await seen.write(JSON.stringify(chatCompletion('x')).slice(0, 100));
      client.leave();
    });
    const client = new ChatClient(scene.gateway, CHAT_REQUEST);

    expect((await expectAborted(scene, upstream)).grade).toBe('estimated');
  });

  it('in the pause before another try: none is made', async () => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.always(openAiError(429, 'slow down', { 'retry-after': '9' }));
    const client = new ChatClient(scene.gateway, CHAT_REQUEST);
    await scene.watch.waitFor(({ failedAttempts }) => failedAttempts.length === 1);
    client.leave();

    const found = await scene.record();

    expect(found).toMatchObject({ status: 'aborted', httpStatus: 499, grade: 'none', tokens: { inputUncached: 0 } });
    expect(found.attempts).toMatchObject([{ status: 429, error: 'provider_code' }]);
    expect([first.dispatches, second.dispatches]).toEqual([1, 0]);
  });

  it('while its request is on the second deployment', async () => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.always(openAiError(400, 'no'));
    second.always(hang);
    const client = new ChatClient(scene.gateway, CHAT_REQUEST);
    await second.request(0);
    client.leave();

    await second.waitFor(({ last }) => last.leftByPeer);
    expect(await scene.record()).toMatchObject({
      status: 'aborted',
      grade: 'estimated',
      provider: 'second',
      attempts: [
        { deployment: 'first/model', status: 400 },
        { deployment: 'second/model', status: null },
      ],
    });
  });

  it('while it uploads: nobody is asked, nothing is on record', async () => {
    const { gateway, upstreams, records, watch } = await oneProvider();
    const client = new ChatClient(gateway, '{"model":"mo', { headers: { 'content-length': '1000' } });
    const other = new ChatClient(gateway, CHAT_REQUEST);
    await other.waitFor(({ isOver }) => isOver);
    client.leave();

    expect(await records()).toHaveLength(1);
    expect(watch.admitted).toHaveLength(1);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('before its request is let in, where a host has read the body: nobody is asked', async () => {
    const parsed = gate();
    const { gateway, upstreams, watch, record } = await oneProvider({ extras: { imports: [hostParser(parsed.open)] } });
    const client = new ChatClient(gateway, CHAT_REQUEST);
    await parsed.passed;
    client.leave();
    await watch.waitFor(({ admitted }) => admitted.length === 1);

    expect(await record()).toMatchObject({ status: 'aborted', grade: 'none' });
    expect(upstreams[0].dispatches).toBe(0);
  });

  it('with requests that wait behind others of its connection: all of them are let go', async () => {
    const { gateway, upstreams, records } = await oneProvider({ gateway: { streaming: { keepAliveInterval: 20 } } });
    const [upstream] = upstreams;
    upstream.next(stream(role, text('one'), forever), stream(role, text('two'), forever), hang, hang);
    const socket = connect({ port: gateway.port, host: '127.0.0.1' });
    socket.write([STREAM_REQUEST, STREAM_REQUEST, STREAM_REQUEST, CHAT_REQUEST].map(requestOf).join(''));
    await upstream.request(3);
    socket.destroy();

    await upstream.waitFor(({ requests }) => requests.every(({ leftByPeer }) => leftByPeer));
    expect((await records()).map(({ status }) => status)).toEqual(['aborted', 'aborted', 'aborted', 'aborted']);
  });

  it('leaves the others alone', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    const [upstream] = upstreams;
    const behaviour: Behaviour = stream(role, text('Hel'), forever);
    upstream.always(behaviour);
    const clients = Array.from({ length: 8 }, () => new ChatClient(gateway));
    await Promise.all(clients.map((client) => client.waitFor(({ content }) => content === 'Hel')));
    for (const client of clients.slice(0, 4)) client.leave();
    await upstream.waitFor(({ requests }) => requests.filter(({ leftByPeer }) => leftByPeer).length === 4);
    expect(clients.slice(4).every(({ isOver }) => !isOver)).toBe(true);
    for (const client of clients.slice(4)) client.leave();
    expect(await records()).toHaveLength(8);
  });
});
