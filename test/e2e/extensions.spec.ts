import { HttpException, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { type CallContext } from '../../src/events/call-context.js';
import { CallChunk } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { type GatewayExtension } from '../../src/extensions/gateway-extension.interface.js';
import { type ChatCompletion } from '../../src/protocol/chat-completions.js';
import { chat, CHAT_REQUEST, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatCompletion,
  chatStream,
  DONE,
  finish,
  json,
  openAiError,
  role,
  stream,
  text,
} from '../support/fake-upstream.js';
import { extension } from '../support/extensions.js';
import { oneProvider, twoProviders } from '../support/scene.js';

/** One that notes in `log` which of its hooks ran. */
const noting = (log: string[], name: string, order?: number): Type<GatewayExtension> =>
  extension(order, {
    onRequest: () => void log.push(`${name} request`),
    onCacheLookup: () => void log.push(`${name} cache`) as undefined,
    onResponse: (_call, { choices }) => void log.push(`${name} response ${choices[0]?.message.content}`),
    onChunk: (_call, chunk) => void log.push(`${name} chunk ${chunk.choices[0]?.delta.content ?? '-'}`),
    onError: (_call, { status }) => void log.push(`${name} error ${status}`),
  });

describe('the hooks of extensions', () => {
  it('run in the order of the extensions, each for what it is for', async () => {
    const log: string[] = [];
    const { gateway, upstreams } = await oneProvider({
      extras: { providers: [noting(log, 'late', 5), noting(log, 'none'), noting(log, 'early', -1)] },
    });

    await chat(gateway);
    expect(log).toEqual([
      'early request',
      'none request',
      'late request',
      'early cache',
      'none cache',
      'late cache',
      'early response Hello',
      'none response Hello',
      'late response Hello',
    ]);

    log.length = 0;
    upstreams[0].next(chatStream(['Hi']));
    await chat(gateway, STREAM_REQUEST);
    expect(log).toEqual(
      [
        ['early request', 'none request', 'late request'],
        ...['', 'Hi', '-'].map((content) => ['early', 'none', 'late'].map((name) => `${name} chunk ${content}`)),
      ].flat(),
    );

    log.length = 0;
    upstreams[0].next(openAiError(400, 'no'));
    await chat(gateway);
    expect(log.slice(-3)).toEqual(['early error 400', 'none error 400', 'late error 400']);
  });

  it('are not for requests that never became calls', async () => {
    const log: string[] = [];
    const { gateway, watch } = await oneProvider({ extras: { providers: [noting(log, 'a')] } });

    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'nobody' })).status).toBe(404);
    expect((await chat(gateway, '{')).status).toBe(400);
    expect((await chat(gateway, CHAT_REQUEST, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);

    expect([log, watch.admitted]).toEqual([[], []]);
  });

  it('know the call', async () => {
    const seen: Partial<CallContext>[] = [];
    const { gateway } = await oneProvider({
      gateway: { aliases: { fast: 'model' } },
      extras: { providers: [extension(0, { onRequest: (call) => void seen.push(call) })] },
    });

    const answer = await chat(gateway, { ...CHAT_REQUEST, model: 'fast', user: 'u' });

    expect(seen).toMatchObject([
      {
        requestId: answer.headers['x-request-id'],
        requestModel: 'fast',
        model: 'model',
        streaming: false,
        endUser: 'u',
        principal: { keyName: 'test' },
        request: { messages: CHAT_REQUEST.messages },
      },
    ]);
  });
});

describe('an extension that refuses', () => {
  it.each([
    [
      new HttpException('We open at eight.', 429),
      429,
      { message: 'We open at eight.', type: 'requests', code: 'rate_limit_exceeded', param: null },
    ],
    [
      new HttpException('Not you.', 403),
      403,
      { message: 'Not you.', type: 'invalid_request_error', code: null, param: null },
    ],
    [
      new GatewayError('invalid_value', { message: 'Too long.', param: 'messages' }),
      400,
      { message: 'Too long.', type: 'invalid_request_error', code: 'invalid_value', param: 'messages' },
    ],
    [
      new Error('a bug with a secret'),
      500,
      {
        message: 'A part of the server that must not be passed over has failed.',
        type: 'server_error',
        code: 'extension_failed',
        param: null,
      },
    ],
  ])('ends the request with its status: %s', async (thrown, status, error) => {
    const log: string[] = [];
    const refusing = extension(1, {
      onRequest: () => {
        throw thrown;
      },
    });
    const { gateway, upstreams, records } = await oneProvider({
      extras: { providers: [noting(log, 'first', 0), refusing, noting(log, 'last', 2)] },
    });

    for (const body of [CHAT_REQUEST, STREAM_REQUEST]) {
      const answer = await chat(gateway, body);
      expect(answer.status).toBe(status);
      expect(answer.json).toEqual({ error });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }

    expect(log).toEqual(['first request', 'first request']);
    expect(upstreams[0].dispatches).toBe(0);
    expect(await records()).toEqual([]);
  });

  it('is heard of in the log where nobody foresaw why', async () => {
    const refusing = extension(0, {
      onRequest: () => {
        throw new TypeError('a bug');
      },
    });
    const { gateway } = await oneProvider({ extras: { providers: [refusing] } });
    const errors: unknown[][] = [];
    const quiet = (): void => undefined;
    gateway.app.useLogger({ log: quiet, warn: quiet, error: (...said: unknown[]) => errors.push(said) });

    const answer = await chat(gateway);
    gateway.app.useLogger(false);

    const id = String(answer.headers['x-request-id']);
    expect(errors).toEqual([[expect.stringContaining(id), new TypeError('a bug'), expect.any(String)]]);
  });

  it('may take its time, and say when to come back', async () => {
    const refusing = extension(0, {
      onRequest: async () => {
        await new Promise(setImmediate);
        throw new GatewayError('rate_limit_exceeded', { retryAfter: 12 });
      },
    });
    const { gateway } = await oneProvider({ extras: { providers: [refusing] } });

    const answer = await chat(gateway);

    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '12']);
  });
});

describe('an extension that answers from its cache', () => {
  const cached = chatCompletion('From the cache') as unknown as ChatCompletion;

  it('is the last to be asked, and nothing is dispatched', async () => {
    const log: string[] = [];
    const answering = extension(1, { onCacheLookup: () => Promise.resolve(cached) });
    const { gateway, upstreams, record } = await oneProvider({
      extras: { providers: [noting(log, 'first', 0), answering, noting(log, 'last', 2)] },
    });

    const answer = await chat(gateway);

    expect(answer.json).toEqual(cached);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(log).toEqual(['first request', 'last request', 'first cache']);
    expect(upstreams[0].dispatches).toBe(0);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'none', provider: null, attempts: [] });
  });

  it('is not asked about streams', async () => {
    const answering = extension(1, { onCacheLookup: () => cached });
    const { gateway, upstreams } = await oneProvider({ extras: { providers: [answering] } });
    upstreams[0].next(chatStream(['Fresh']));

    expect((await chat(gateway, STREAM_REQUEST)).text).toContain('Fresh');
  });
});

describe('an extension that fails', () => {
  const fail = (): never => {
    throw new Error('a bug');
  };
  const failLater = () => Promise.reject(new Error('a bug'));

  it.each([
    ['at once', fail],
    ['later', failLater],
  ])('%s changes nothing, and the others still run', async (_name, hook) => {
    const log: string[] = [];
    const failing = extension(0, {
      onCacheLookup: hook,
      onResponse: hook,
      onChunk: hook as () => void,
      onError: hook,
    });
    const { gateway, upstreams, records } = await twoProviders({
      provider: { maxRetries: 0 },
      extras: { providers: [failing, noting(log, 'b', 1)] },
    });
    const [first] = upstreams;

    const answer = await chat(gateway);
    first.next(chatStream(['Hi']));
    const streamed = await chat(gateway, STREAM_REQUEST);
    for (const upstream of upstreams) upstream.next(openAiError(400, 'no'));
    const failed = await chat(gateway);

    expect([answer.status, failed.status]).toEqual([200, 400]);
    expect(dataOf(streamed.text)).toEqual([role, text('Hi'), finish]);
    expect(log).toContain('b response Hello');
    expect(log).toContain('b chunk Hi');
    expect(log).toContain('b error 400');
    expect((await records()).map(({ status }) => status)).toEqual(['completed', 'completed', 'failed']);
  });
});

describe('the error hook', () => {
  it('hears of a stream that breaks', async () => {
    const log: string[] = [];
    const { gateway, upstreams } = await oneProvider({ extras: { providers: [noting(log, 'a')] } });
    upstreams[0].next(stream(role, text('Hel')));

    expect((await chat(gateway, STREAM_REQUEST)).text).toContain('"server_error"');
    expect(log).toEqual(['a request', 'a chunk ', 'a chunk Hel', 'a error 502']);
  });

  it('hears nothing of failures that another deployment made good', async () => {
    const log: string[] = [];
    const { gateway, upstreams } = await twoProviders({ extras: { providers: [noting(log, 'a')] } });
    upstreams[0].next(openAiError(400, 'no'));

    await chat(gateway);
    expect(log).toEqual(['a request', 'a cache', 'a response Hello']);
  });
});

describe('the event of a chunk', () => {
  it('is there for who listens, chunk by chunk, without the usage nobody asked for', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(chatStream(['Hel', 'lo']));
    const bus = gateway.app.get(GatewayEventBus, { strict: false });
    await chat(gateway, STREAM_REQUEST);
    const chunks: unknown[] = [];
    const stop = bus.on(CallChunk, ({ chunk }) => chunks.push(chunk));
    await chat(gateway, STREAM_REQUEST);
    stop();
    await chat(gateway, STREAM_REQUEST);

    expect(chunks).toEqual([role, text('Hel'), text('lo'), finish]);
  });
});

describe('an answer that the hooks read', () => {
  it('goes to the client as the provider wrote it', async () => {
    const changing = extension(0, {
      onResponse: (_call, response) => {
        response.choices = [];
      },
      onChunk: (_call, chunk) => {
        chunk.choices = [];
      },
    });
    const { gateway, upstreams } = await oneProvider({ extras: { providers: [changing] } });
    const answered = chatCompletion('Größe');
    upstreams[0].next(json(answered), stream(role, text('Größe'), finish, DONE));

    expect((await chat(gateway)).text).toBe(JSON.stringify(answered));
    expect(dataOf((await chat(gateway, STREAM_REQUEST)).text)).toEqual([role, text('Größe'), finish]);
  });
});
