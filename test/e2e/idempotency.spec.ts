import { type Server } from 'node:http';
import { HttpException } from '@nestjs/common';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { IdempotencyRepository } from '../../src/extensions/idempotency/idempotency.repository.js';
import { type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { type KeyOptions } from '../../src/key.options.js';
import {
  chat,
  CHAT_REQUEST,
  ChatClient,
  type ClientAnswer,
  type ClientOptions,
  STREAM_REQUEST,
} from '../support/chat-client.js';
import { extension } from '../support/extensions.js';
import {
  chatAnswer,
  chatStream,
  forever,
  gate,
  hang,
  json,
  openAiError,
  role,
  stream,
  streamOf,
  text,
} from '../support/fake-upstream.js';
import { formBytes, noise } from '../support/forms.js';
import { type GatewayUnderTest, TEST_KEY } from '../support/gateway.js';
import { oneProvider } from '../support/scene.js';

const OTHER_KEY = 'sk-other-0123456789abcdef';
const KEYS: KeyOptions[] = [
  { name: 'test', secret: TEST_KEY },
  { name: 'other', secret: OTHER_KEY },
];

const withKey = (key: string, options: ClientOptions = {}): ClientOptions => ({
  ...options,
  headers: { 'idempotency-key': key, ...options.headers },
});

/** Asks until the request before it is over for the gateway too, which nobody waits for. */
async function askAgain(
  target: { readonly port: number },
  body: unknown,
  options: ClientOptions,
): Promise<ClientAnswer> {
  for (;;) {
    const answer = await chat(target, body, options);
    if (codeOf(answer) !== 'idempotency_in_progress') return answer;
  }
}

/** Waits until the gateway has noticed that a client has left. */
async function closed({ app }: GatewayUnderTest): Promise<void> {
  const server = app.getHttpServer() as Server;
  await expect.poll(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
}

const codeOf = ({ json: body }: ClientAnswer): unknown => (body['error'] as { code?: unknown } | undefined)?.code;

describe('a request with an Idempotency-Key', () => {
  it.each([
    ['chat', CHAT_REQUEST, chatAnswer('Hello')],
    ['a stream', STREAM_REQUEST, chatStream(['Hel', 'lo'])],
  ])('is sent once, and gets its answer again: %s', async (_what, body, behaviour) => {
    const { gateway, upstreams, records } = await oneProvider();
    upstreams[0].next(behaviour, openAiError(500, 'never asked'));

    const first = await chat(gateway, body, withKey('a'));
    const again = await askAgain(gateway, body, withKey('a'));

    expect(upstreams[0].dispatches).toBe(1);
    expect(again.bytes).toEqual(first.bytes);
    expect(again.status).toBe(200);
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect([first, again].map(({ headers }) => headers['idempotent-replayed'])).toEqual([undefined, 'true']);
    expect(await records()).toMatchObject([
      { answeredBy: null, grade: 'exact' },
      { answeredBy: 'idempotency', grade: 'none', provider: null, attempts: [], status: 'completed', cost: 0n },
    ]);
  });

  it('gets the bytes of an audio stream again', async () => {
    const { gateway, upstreams } = await oneProvider();
    const sound = Buffer.from([0, 1, 2, 0xff, 0x0a, 0x0d]);
    upstreams[0].next(streamOf('audio/mpeg', sound, sound));
    const speech = withKey('a', { path: '/v1/audio/speech' });
    const asked = { model: 'model', input: 'Hi', voice: 'alloy' };
    const first = await chat(gateway, asked, speech);
    const again = await askAgain(gateway, asked, speech);
    expect(again.bytes).toEqual(Buffer.concat([sound, sound]));
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('is known by its parts where it is a form, whatever is between them', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(json({ text: 'Hi' }));
    const send = async (sound: Buffer<ArrayBuffer>): Promise<ClientAnswer> => {
      const { body, contentType } = await formBytes([
        ['model', 'model'],
        ['file', new File([sound], 'a.wav')],
      ]);
      const headers = { 'content-type': contentType };
      return askAgain(gateway, body, withKey('a', { path: '/v1/audio/transcriptions', headers }));
    };
    // More than stays in memory.
    const sound = noise(3 * 1024 * 1024);
    expect((await send(sound)).headers['idempotent-replayed']).toBeUndefined();
    expect((await send(sound)).headers['idempotent-replayed']).toBe('true');
    sound.reverse();
    expect(codeOf(await send(sound))).toBe('idempotency_key_reused');
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('is sent once of 50 at the same time', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    const held = gate();
    upstreams[0].always(async (seen) => {
      await held.passed;
      await chatAnswer('Hello')(seen);
    });
    const answers: ClientAnswer[] = [];
    const ask = async (): Promise<void> => {
      answers.push(await chat(gateway, CHAT_REQUEST, withKey('a')));
      if (answers.length === 49) held.open();
    };
    await Promise.all(Array.from({ length: 50 }, ask));

    expect(upstreams[0].dispatches).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(49).fill(409), 200]);
    for (const answer of answers.slice(0, 49)) {
      expect(codeOf(answer)).toBe('idempotency_in_progress');
      expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-should-retry': 'true' });
    }
    expect(await records()).toHaveLength(1);
  });

  it('is refused where its key stands for another request', async () => {
    const { gateway, upstreams } = await oneProvider();
    await chat(gateway, CHAT_REQUEST, withKey('a'));
    for (const [body, path] of [
      [{ ...CHAT_REQUEST, seed: 1 }, '/v1/chat/completions'],
      [`${JSON.stringify(CHAT_REQUEST)} `, '/v1/chat/completions'],
      [{ model: 'model', input: 'Hi' }, '/v1/embeddings'],
    ] as const) {
      const answer = await chat(gateway, body, withKey('a', { path }));
      expect(answer.status).toBe(422);
      expect(answer.json['error']).toMatchObject({ type: 'invalid_request_error', code: 'idempotency_key_reused' });
    }
    expect(upstreams[0].dispatches).toBe(1);
  });

  it.each([
    ['is empty', ''],
    ['is longer than 255', 'x'.repeat(256)],
    ['is not ASCII', 'schl\u00fcssel'],
    ['holds a tab', 'a\tb'],
  ])('is refused where the key %s', async (_what, key) => {
    const { gateway, upstreams } = await oneProvider();
    const answer = await chat(gateway, CHAT_REQUEST, withKey(key));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_idempotency_key']);
    expect(upstreams[0].dispatches).toBe(0);
    expect((await chat(gateway, CHAT_REQUEST, withKey('x'.repeat(255)))).status).toBe(200);
  });

  it('has nothing to do with the same key of another client', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { keys: KEYS } });
    const asOther = withKey('a', { headers: { authorization: `Bearer ${OTHER_KEY}` } });
    await chat(gateway, CHAT_REQUEST, withKey('a'));
    const other = await chat(gateway, { ...CHAT_REQUEST, seed: 1 }, asOther);
    expect([other.status, other.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect(upstreams[0].dispatches).toBe(2);
  });

  it.each([
    ['the provider refuses it', CHAT_REQUEST, openAiError(400, 'no')],
    ['its stream breaks', STREAM_REQUEST, stream(role, text('Hi'))],
  ])('may be sent again where %s', async (_what, body, failure) => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].next(failure);
    const failed = new ChatClient(gateway, body, withKey('a'));
    await failed.waitFor(({ isOver }) => isOver);
    expect(failed.text).toContain('error');
    upstreams[0].next(body === STREAM_REQUEST ? chatStream(['ok']) : chatAnswer('ok'));
    const again = await askAgain(gateway, body, withKey('a'));
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect(upstreams[0].dispatches).toBe(2);
  });

  it('may be sent again where it was refused before it was sent', async () => {
    let isOpen = false;
    const curfew = extension(5, {
      onRequest: () => {
        if (!isOpen) throw new HttpException('Not yet.', 429);
      },
    });
    const { gateway, upstreams } = await oneProvider({ extras: { providers: [curfew] } });
    expect((await chat(gateway, CHAT_REQUEST, withKey('a'))).status).toBe(429);
    isOpen = true;
    expect((await askAgain(gateway, CHAT_REQUEST, withKey('a'))).status).toBe(200);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('may be sent again where its client left before it was sent', async () => {
    const held = gate();
    const slow = extension(5, { onRequest: () => held.passed });
    const { gateway, upstreams, watch } = await oneProvider({ extras: { providers: [slow] } });
    const leaving = new ChatClient(gateway, CHAT_REQUEST, withKey('a'));
    // It has its key as soon as another does not get it.
    await expect
      .poll(async () => codeOf(await chat(gateway, CHAT_REQUEST, withKey('a'))))
      .toBe('idempotency_in_progress');
    leaving.leave();
    await closed(gateway);
    held.open();
    await watch.waitFor(({ failed }) => failed.length === 1);
    expect((await askAgain(gateway, CHAT_REQUEST, withKey('a'))).status).toBe(200);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it.each([
    ['while a provider is at work', CHAT_REQUEST, hang, false],
    ['within the stream', STREAM_REQUEST, stream(role, text('Hi'), forever), true],
  ])('is not sent again where its client left %s', async (_what, body, behaviour, isStream) => {
    const { gateway, upstreams, watch } = await oneProvider();
    upstreams[0].next(behaviour);
    const leaving = new ChatClient(gateway, body, withKey('a'));
    await upstreams[0].request(0);
    if (isStream) await leaving.waitFor(({ content }) => content === 'Hi');
    leaving.leave();
    await watch.waitFor(({ failed }) => failed.length === 1);
    const answer = await askAgain(gateway, body, withKey('a'));
    expect([answer.status, codeOf(answer)]).toEqual([409, 'idempotency_outcome_unknown']);
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('gets the answer that came when its client had left', async () => {
    const held = gate();
    const looking = gate();
    const slow = extension(5, {
      onResponse: () => {
        looking.open();
        return held.passed;
      },
    });
    const { gateway, upstreams, watch } = await oneProvider({ extras: { providers: [slow] } });
    const leaving = new ChatClient(gateway, CHAT_REQUEST, withKey('a'));
    await looking.passed;
    leaving.leave();
    await closed(gateway);
    held.open();
    await watch.waitFor(({ failed }) => failed.length === 1);
    const answer = await askAgain(gateway, CHAT_REQUEST, withKey('a'));
    expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it.each([
    ['an answer', CHAT_REQUEST, chatAnswer('x'.repeat(2_000))],
    ['a stream', STREAM_REQUEST, chatStream(['x'.repeat(2_000)])],
  ])('is not sent again where %s was too large to be kept', async (_what, body, behaviour) => {
    const { gateway, upstreams } = await oneProvider({ gateway: { idempotency: { maxAnswerBytes: 1_024 } } });
    upstreams[0].next(behaviour);
    expect((await chat(gateway, body, withKey('a'))).status).toBe(200);
    const again = await askAgain(gateway, body, withKey('a'));
    expect([again.status, codeOf(again)]).toEqual([409, 'idempotency_answer_not_kept']);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('is refused where the key cannot be checked, and others are not', async () => {
    const { gateway, upstreams } = await oneProvider();
    const repository = gateway.app.get(IdempotencyRepository, { strict: false });
    repository.claim = () => Promise.reject(new Error('away'));
    const answer = await chat(gateway, CHAT_REQUEST, withKey('a'));
    expect([answer.status, codeOf(answer)]).toEqual([503, 'idempotency_unavailable']);
    expect(upstreams[0].dispatches).toBe(0);
    expect((await chat(gateway)).status).toBe(200);
  });

  it('is like any other where that is switched off', async () => {
    const options: GatewayModuleOptions = { idempotency: { enabled: false } };
    const { gateway, upstreams } = await oneProvider({ gateway: options });
    await chat(gateway, CHAT_REQUEST, withKey('a'));
    await chat(gateway, CHAT_REQUEST, withKey('a'));
    expect(upstreams[0].dispatches).toBe(2);
  });
});

describe("OpenAI's client", () => {
  const clientOf = ({ url }: { readonly url: string }): OpenAI =>
    new OpenAI({ baseURL: `${url}/v1`, apiKey: TEST_KEY, maxRetries: 2 });

  it('has a request of its own replayed that it sends with a key in its headers', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].next(chatAnswer('once'));
    const ask = async (): Promise<string | null | undefined> => {
      const request = { model: 'model', messages: [{ role: 'user' as const, content: 'Hi' }] };
      const { choices } = await clientOf(gateway).chat.completions.create(request, {
        headers: { 'Idempotency-Key': 'a' },
      });
      return choices[0]?.message.content;
    };
    expect([await ask(), await ask()]).toEqual(['once', 'once']);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('sends its option idempotencyKey once it is told the header, and waits for one in progress', async () => {
    const { gateway, upstreams } = await oneProvider();
    const held = gate();
    upstreams[0].next(async (seen) => {
      await held.passed;
      await chatAnswer('once')(seen);
    });
    const client = clientOf(gateway);
    // It has the option, and sends it only where a header for it has a name.
    Object.assign(client, { idempotencyHeader: 'Idempotency-Key' });
    const statuses: number[] = [];
    const fetchOf = client as unknown as { fetch: typeof fetch };
    const plain = fetchOf.fetch;
    fetchOf.fetch = async (...request) => {
      const response = await plain(...request);
      statuses.push(response.status);
      if (response.status === 409) held.open();
      return response;
    };
    const ask = (): Promise<OpenAI.ChatCompletion> =>
      client.chat.completions.create(
        { model: 'model', messages: [{ role: 'user', content: 'Hi' }] },
        { idempotencyKey: 'a' },
      );
    const answers = await Promise.all([ask(), ask()]);
    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(['once', 'once']);
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    expect(statuses).toContain(409);
    expect(upstreams[0].dispatches).toBe(1);
  });
});
