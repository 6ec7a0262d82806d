import { Injectable, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { CallRefused, ExtensionFailed } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { Extension, type GatewayExtension } from '../../src/extensions/gateway-extension.interface.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../../src/protocol/chat-completions.js';
import { chat, ChatClient, CHAT_REQUEST, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import { extension } from '../support/extensions.js';
import {
  chatAnswer,
  chatCompletion,
  chatStream,
  DONE,
  finish,
  gate,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { oneProvider } from '../support/scene.js';

const ANSWER = chatCompletion('From me') as unknown as ChatCompletion;

function named(name: string, hooks: GatewayExtension): Type<GatewayExtension> {
  class Named {
    constructor() {
      Object.assign(this, hooks);
    }
  }
  Extension({ name })(Named);
  Injectable()(Named);
  return Named;
}

describe('an extension that answers a request', () => {
  it('is the answer, of a stream as a stream, with a record of its own', async () => {
    const answering = extension(0, { onRequest: () => ANSWER });
    const { gateway, upstreams, records } = await oneProvider({ extras: { providers: [answering] } });

    const whole = await chat(gateway);
    const streamed = await chat(gateway, STREAM_REQUEST);

    expect(whole.json).toEqual(ANSWER);
    expect(streamed.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(streamed.text.endsWith(DONE)).toBe(true);
    expect(upstreams[0].dispatches).toBe(0);
    expect(await records()).toMatchObject([
      { status: 'completed', answeredBy: 'TestExtension', grade: 'none', provider: null },
      { status: 'completed', answeredBy: 'TestExtension', grade: 'none', provider: null },
    ]);
  });
});

describe('an extension that changes', () => {
  it('a request has it sent as it says, on every try, and the rest of it as it came', async () => {
    const changing = extension(0, {
      onRequest: (call) => call.replaceRequest({ ...(call.request as object), temperature: 0 }),
    });
    const { gateway, upstreams } = await oneProvider({ extras: { providers: [changing] } });
    await chat(gateway, `{ "model":"model","messages":[{"role":"user","content":"Hi"}],"seed":12345678901234567890}`);
    expect(upstreams[0].last.text).toBe(
      `{"temperature":0, "model":"model","messages":[{"role":"user","content":"Hi"}],"seed":12345678901234567890}`,
    );
  });

  it('an answer has it kept and sent as it says', async () => {
    const changing = extension(0, {
      onRequest: (call) => {
        call.setHeader('x-changed', 'no');
        call.setHeader('x-changed', 'yes');
      },
      onResponse: (_call, answer) => ({ ...answer, id: 'changed' }),
    });
    const { gateway, watch } = await oneProvider({ extras: { providers: [changing] } });
    const answer = await chat(gateway);
    expect(answer.json).toEqual({ ...chatCompletion('Hello'), id: 'changed' });
    expect(answer.headers['x-changed']).toBe('yes');
    expect(String(watch.completed[0]?.answer?.bytes)).toBe(answer.text);
  });

  it('a stream has its chunks in their order, what it held back before the end, and all of that kept', async () => {
    const held: ChatCompletionChunk[] = [];
    const changing = extension(0, {
      onRequest: (call) => call.keepAnswer(100_000),
      onChunk: (_call, chunk) => {
        if (chunk.choices[0]?.delta.content !== 'b') return undefined;
        held.push(chunk);
        return [];
      },
      onStreamEnd: () => held,
    });
    const { gateway, upstreams, watch } = await oneProvider({ extras: { providers: [changing] } });
    upstreams[0].next(chatStream(['a', 'b', 'c']));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(dataOf(answer.text)).toEqual([role, text('a'), text('c'), finish, text('b')]);
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect(String(watch.completed[0]?.answer?.bytes)).toBe(answer.text);
  });
});

describe('an extension that refuses what comes', () => {
  const refuse = (): never => {
    throw new GatewayError('request_refused', { message: 'Not this.' });
  };

  it('ends a call with its status, while nothing has gone to the client', async () => {
    const { gateway, record } = await oneProvider({ extras: { providers: [extension(0, { onResponse: refuse })] } });
    const answer = await chat(gateway);
    expect([answer.status, answer.json]).toMatchObject([403, { error: { message: 'Not this.' } }]);
    expect(await record()).toMatchObject({ status: 'failed', httpStatus: 403, errorCode: 'request_refused' });
  });

  it.each(['onChunk', 'onStreamEnd'])('ends a stream with an event, in %s, and the provider with it', async (hook) => {
    const refusing = extension(0, {
      onChunk: (_call, chunk) => {
        if (hook === 'onChunk' && chunk.choices[0]?.delta.content === 'b') refuse();
      },
      ...(hook === 'onStreamEnd' && { onStreamEnd: refuse }),
    });
    const { gateway, upstreams, watch, record } = await oneProvider({ extras: { providers: [refusing] } });
    const { passed, open } = gate();
    upstreams[0].next(stream(role, text('a'), passed, text('b'), finish, DONE));
    const client = new ChatClient(gateway);
    await client.waitFor(({ content }) => content === 'a');
    open();
    await client.waitFor(({ isOver }) => isOver);

    expect(dataOf(client.text).at(-1)).toMatchObject({ error: { message: 'Not this.', code: 'request_refused' } });
    expect(client.text).not.toContain('[DONE]');
    expect(await record()).toMatchObject({ status: 'failed', errorCode: 'request_refused' });
    // It did what it was asked to do.
    expect(watch.failedAttempts).toEqual([]);
  });

  it('is told to those who took something before it', async () => {
    const { gateway } = await oneProvider({ extras: { providers: [extension(0, { onRequest: refuse })] } });
    const refused: string[] = [];
    gateway.app
      .get(GatewayEventBus, { strict: false })
      .on(CallRefused, ({ call, error }) => refused.push(`${call.requestId} ${error.code}`));
    const answer = await chat(gateway);
    expect(refused).toEqual([`${String(answer.headers['x-request-id'])} request_refused`]);
  });
});

describe('an extension that fails', () => {
  const failing = named('failing', {
    onResponse: () => {
      throw new Error('a bug');
    },
  });

  it.each([
    [undefined, 200],
    ['continue', 200],
    ['refuse', 500],
  ] as const)('does what the configuration says: %s', async (onFailure, status) => {
    const { gateway } = await oneProvider({
      gateway: { extensions: [{ name: 'failing', ...(onFailure && { onFailure }) }] },
      extras: { providers: [failing] },
    });
    const failed: string[] = [];
    gateway.app
      .get(GatewayEventBus, { strict: false })
      .on(ExtensionFailed, ({ extension: name, hook }) => failed.push(`${name} ${hook}`));
    expect((await chat(gateway)).status).toBe(status);
    expect(failed).toEqual(['failing onResponse']);
  });

  it.each(['continue', 'refuse'] as const)('in saying what it wants to see does so too: %s', async (onFailure) => {
    const watching = named('failing', {
      watches: () => {
        throw new Error('a bug');
      },
      onChunk: () => [],
    });
    const { gateway, upstreams } = await oneProvider({
      gateway: { extensions: [{ name: 'failing', onFailure }] },
      extras: { providers: [watching] },
    });
    const failed: string[] = [];
    gateway.app
      .get(GatewayEventBus, { strict: false })
      .on(ExtensionFailed, ({ extension: name, hook }) => failed.push(`${name} ${hook}`));
    const { passed, open } = gate();
    upstreams[0].next(stream(role, text('a'), passed, finish, DONE));
    const client = new ChatClient(gateway);
    if (onFailure === 'continue') {
      await client.waitFor(({ content }) => content === 'a');
      open();
    }
    await client.waitFor(({ isOver }) => isOver);
    expect(client.status).toBe(onFailure === 'continue' ? 200 : 500);
    if (onFailure === 'refuse') {
      expect(client.text).toContain('"extension_failed"');
      // Nobody reads what the provider still has to say.
      await upstreams[0].waitFor(({ last }) => last.leftByPeer);
    }
    expect(failed).toEqual(['failing watches']);
  });

  it('does nothing where it is switched off', async () => {
    const { gateway, upstreams } = await oneProvider({
      gateway: { extensions: [{ name: 'failing', enabled: false, onFailure: 'refuse' }] },
      extras: { providers: [failing] },
    });
    upstreams[0].next(chatAnswer('Hi'));
    expect((await chat(gateway, CHAT_REQUEST)).status).toBe(200);
  });
});
