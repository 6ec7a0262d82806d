import { describe, expect, it } from 'vitest';
import { chat, CHAT_REQUEST, ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  type Behaviour,
  chatAnswer,
  chatStream,
  DONE,
  finish,
  forever,
  gate,
  hang,
  openAiError,
  reset,
  role,
  type SeenRequest,
  status,
  stream,
  text,
  usage,
} from '../support/fake-upstream.js';
import { freePort } from '../support/free-port.js';
import { oneProvider, twoProviders } from '../support/scene.js';

/** Only where the provider is to be silent: a busy machine may take its time. */
const impatient = (behaviour: Behaviour) =>
  behaviour === hang || behaviour === hangsAfterRole ? { timeout: 400 } : {};

const hangsAfterRole = stream(role, ': ping\n\n', forever);

/** Failures after which the same deployment is tried again. */
const PASSING: [name: string, behaviour: Behaviour, recorded: { status: number | null; error: string }][] = [
  ['429', openAiError(429, 'slow down'), { status: 429, error: 'provider_code' }],
  ['500', openAiError(500, 'oops'), { status: 500, error: 'provider_code' }],
  ['502', status(502, 'bad gateway'), { status: 502, error: 'upstream_error' }],
  ['503', status(503, ''), { status: 503, error: 'upstream_error' }],
  ['504', status(504, '<html>'), { status: 504, error: 'upstream_error' }],
  ['silence', hang, { status: null, error: 'upstream_timeout' }],
  ['a reset connection', reset, { status: null, error: 'upstream_unreachable' }],
];

/** Failures that end the tries on a deployment. */
const LASTING: [name: string, behaviour: Behaviour][] = [
  ['400', openAiError(400, 'bad')],
  ['401', openAiError(401, 'who are you')],
  ['404', openAiError(404, 'no such model')],
  ['422', status(422, { detail: 'no' })],
  ['501', openAiError(501, 'not implemented')],
  ['a redirect', status(307, '', { location: 'https://example.com/' })],
  ['bytes that are no HTTP', (seen) => seen.raw('garbage\r\n\r\n')],
  ['an answer that is no chat completion', status(200, 'garbage')],
];

describe('a deployment that fails for the moment', () => {
  it.each(PASSING)('is tried again after %s, then the next one is asked', async (_name, behaviour, recorded) => {
    const { gateway, upstreams, watch, record } = await twoProviders({ first: impatient(behaviour) });
    const [first, second] = upstreams;
    first.always(behaviour);

    const answer = await chat(gateway);

    expect(answer.status).toBe(200);
    expect(answer.headers['x-nestgate-deployment']).toBe('second/model');
    expect(answer.headers['x-nestgate-attempts']).toBe('4');
    expect([first.dispatches, second.dispatches]).toEqual([3, 1]);
    expect(watch.failedAttempts.map(({ attempt }) => attempt.target.id)).toEqual(
      Array.from({ length: 3 }, () => 'first/model'),
    );
    const { status: callStatus, provider, attempts, grade, tokens } = await record();
    expect({ callStatus, provider, grade }).toEqual({ callStatus: 'completed', provider: 'second', grade: 'exact' });
    expect(attempts.map(({ deployment, status: code, error }) => ({ deployment, status: code, error }))).toEqual([
      ...Array.from({ length: 3 }, () => ({ deployment: 'first/model', ...recorded })),
      { deployment: 'second/model', status: 200, error: null },
    ]);
    expect({ input: tokens.inputUncached, output: tokens.output }).toEqual(second.tokens);
  });

  it.each(PASSING)('is tried again after %s for a stream too', async (_name, behaviour) => {
    const { gateway, upstreams, record } = await twoProviders({ first: impatient(behaviour) });
    const [first, second] = upstreams;
    first.always(behaviour);
    second.next(chatStream(['Hel', 'lo']));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect([first.dispatches, second.dispatches]).toEqual([3, 1]);
    expect((await record()).attempts).toHaveLength(4);
  });

  it('answers by itself when a later try goes well', async () => {
    const { gateway, upstreams, record } = await twoProviders();
    const [first, second] = upstreams;
    first.next(openAiError(500, 'oops'), chatAnswer('There'));

    const answer = await chat(gateway);

    expect(answer.headers['x-nestgate-deployment']).toBe('first/model');
    expect([first.dispatches, second.dispatches]).toEqual([2, 0]);
    expect((await record()).attempts.map(({ status: code }) => code)).toEqual([500, 200]);
  });

  it('is not tried again with maxRetries 0', async () => {
    const { gateway, upstreams } = await twoProviders({ provider: { maxRetries: 0 } });
    const [first, second] = upstreams;
    first.always(openAiError(500, 'oops'));

    expect((await chat(gateway)).status).toBe(200);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });

  it('is tried twice more where nothing else is configured', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(openAiError(503, 'oops'));

    expect((await chat(gateway)).status).toBe(503);
    expect(upstreams[0].dispatches).toBe(3);
  });
});

describe('a deployment that refuses', () => {
  it.each(LASTING)('is left at once for the next after %s', async (_name, behaviour) => {
    const { gateway, upstreams, record } = await twoProviders({ first: impatient(behaviour) });
    const [first, second] = upstreams;
    first.always(behaviour);

    expect((await chat(gateway)).status).toBe(200);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
    expect((await record()).attempts).toHaveLength(2);
  });

  it.each(LASTING)('is left at once for a stream after %s', async (_name, behaviour) => {
    const { gateway, upstreams } = await twoProviders({ provider: { maxRetries: 0 } });
    const [first, second] = upstreams;
    first.always(behaviour);
    second.next(chatStream(['Hello']));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.text.endsWith(DONE)).toBe(true);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });
});

describe('when every deployment fails', () => {
  it('the last error is the answer', async () => {
    const { gateway, upstreams, watch, record } = await twoProviders();
    const [first, second] = upstreams;
    first.always(openAiError(500, 'the first'));
    second.always(openAiError(418, 'the second'));

    const answer = await chat(gateway);

    expect(answer.status).toBe(418);
    expect(answer.json).toEqual({
      error: { message: 'the second', type: 'upstream_error', param: null, code: 'provider_code' },
    });
    expect([first.dispatches, second.dispatches]).toEqual([3, 1]);
    expect(watch.failed.map(({ error, isAborted }) => [error.status, isAborted])).toEqual([[418, false]]);
    const { status: callStatus, httpStatus, errorCode, grade, attempts } = await record();
    expect({ callStatus, httpStatus, errorCode, grade }).toEqual({
      callStatus: 'failed',
      httpStatus: 418,
      errorCode: 'provider_code',
      grade: 'none',
    });
    expect(attempts).toHaveLength(4);
  });

  it('a stream that never opened answers with a status too', async () => {
    const { gateway, upstreams, records } = await twoProviders();
    for (const upstream of upstreams) upstream.always(openAiError(503, 'no'));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toMatchObject({ error: { message: 'no', type: 'upstream_error' } });
    expect(await records()).toHaveLength(1);
  });

  it('a provider that nobody can connect to is 502', async () => {
    const { gateway, record } = await oneProvider({
      provider: { baseUrl: `http://127.0.0.1:${await freePort()}/v1`, maxRetries: 1 },
    });

    const answer = await chat(gateway);

    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({ error: { type: 'upstream_error', code: 'upstream_unreachable' } });
    const { attempts, grade } = await record();
    expect(attempts).toHaveLength(2);
    expect(grade).toBe('none');
  });
});

describe('a stream that breaks before its content', () => {
  const broken: [name: string, behaviour: Behaviour][] = [
    ['ends', stream(role)],
    ['says it is done', stream('data: {"choices":[]}\n\n')],
    ['is reset', stream(role, (seen) => seen.reset())],
    ['is cut', stream(role, (seen) => seen.cut())],
    ['falls silent', hangsAfterRole],
    ['brings an error', stream(role, { error: { message: 'overloaded', code: 'busy' } })],
    ['is no JSON', stream('data: {nonsense\n\n')],
    ['is no stream', status(200, 'garbage')],
    ['is an error with status 200', status(200, { error: { message: 'overloaded' } })],
  ];

  it.each(broken)('leaves no trace when it %s', async (_name, behaviour) => {
    const { gateway, upstreams, record } = await twoProviders({
      provider: { maxRetries: 0 },
      first: impatient(behaviour),
    });
    const [first, second] = upstreams;
    first.always(behaviour);
    second.next(chatStream(['Hello']));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.status).toBe(200);
    expect(answer.headers['x-nestgate-deployment']).toBe('second/model');
    expect(dataOf(answer.text)).toEqual([role, text('Hello'), finish]);
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
    const { grade, tokens, attempts } = await record();
    expect(grade).toBe('exact');
    expect(tokens.output).toBe(second.tokens.output);
    expect(attempts).toHaveLength(2);
  });
});

describe('a stream that breaks after its content', () => {
  const broken: [name: string, behaviour: (shown: Promise<unknown>) => Behaviour][] = [
    ['ends', (shown) => stream(role, text('Hel'), shown)],
    ['is reset', (shown) => stream(role, text('Hel'), shown, (seen) => seen.reset())],
    ['is cut', (shown) => stream(role, text('Hel'), shown, (seen) => seen.cut())],
    ['brings an error', (shown) => stream(role, text('Hel'), shown, { error: { message: 'overloaded' } })],
    ['is no JSON', (shown) => stream(role, text('Hel'), shown, 'data: {"error":{\n\n')],
    ['falls silent', (shown) => stream(role, text('Hel'), shown, forever)],
  ];

  it.each(broken)('tells so in one event when it %s', async (name, behaviour) => {
    const { gateway, upstreams, watch, record } = await twoProviders({
      provider: name === 'falls silent' ? { idleTimeout: 100 } : {},
    });
    const [first, second] = upstreams;
    const shown = gate();
    first.always(behaviour(shown.passed));

    const answer = new ChatClient(gateway);
    await answer.waitFor(({ content, isOver }) => content === 'Hel' || isOver);
    shown.open();
    await answer.waitFor(({ isOver }) => isOver);

    expect([answer.status, answer.isWhole]).toEqual([200, true]);
    const [, , last, ...more] = dataOf(answer.text);
    expect(dataOf(answer.text).slice(0, 2)).toEqual([role, text('Hel')]);
    expect(last).toMatchObject({ error: { type: 'server_error', message: expect.any(String) as string } });
    expect(more).toEqual([]);
    expect(answer.text).not.toContain('[DONE]');
    expect([first.dispatches, second.dispatches]).toEqual([1, 0]);
    expect(watch.failedAttempts).toHaveLength(1);
    const { status: callStatus, grade, tokens } = await record();
    expect({ callStatus, grade, output: tokens.output }).toEqual({
      callStatus: 'failed',
      grade: 'estimated',
      output: 1,
    });
  });
});

describe('what is no failure', () => {
  it('a stream that ends well without any content', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(stream(role, usage({ input: 3, output: 0 }), DONE));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(dataOf(answer.text)).toEqual([role]);
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect(upstreams[0].dispatches).toBe(1);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact', tokens: { inputUncached: 3 } });
  });

  it.each([
    ['holds the connection', forever],
    ['cuts the connection', (seen: SeenRequest) => seen.cut()],
    ['goes on talking', (seen: SeenRequest) => seen.write(`data: {nonsense\n\n`)],
  ])('a provider that says [DONE] and %s', async (_name, behaviour) => {
    const { gateway, upstreams, record } = await oneProvider();
    const shown = gate();
    upstreams[0].next(stream(role, text('Hello'), shown.passed, finish, usage(), DONE, behaviour));

    const answer = new ChatClient(gateway);
    await answer.waitFor(({ content }) => content === 'Hello');
    shown.open();
    await answer.waitFor(({ isOver }) => isOver);

    expect(dataOf(answer.text)).toEqual([role, text('Hello'), finish]);
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact' });
  });

  it('a stream that ends a moment after its [DONE]: its connection is used again', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    const [upstream] = upstreams;
    const answered = [gate(), gate()] as const;
    upstream.next(...answered.map(({ passed }) => stream(role, text('Hello'), finish, DONE, passed)));
    const connections: number[] = [];
    for (const { open } of answered) {
      await chat(gateway, STREAM_REQUEST);
      open();
      await upstream.waitFor(({ last }) => last.isOver);
      connections.push(upstream.connections);
    }
    expect(connections).toEqual([1, 1]);
    expect(upstream.requests.map(({ leftByPeer }) => leftByPeer)).toEqual([false, false]);
    expect(await records()).toHaveLength(2);
  });

  it('a kept-alive connection that the provider closed between two requests', async () => {
    const { gateway, upstreams, records } = await oneProvider({ provider: { maxRetries: 0 } });
    const [upstream] = upstreams;
    for (let turn = 0; turn < 5; turn++) {
      expect((await chat(gateway, CHAT_REQUEST)).status).toBe(200);
      upstream.closeIdleConnections();
      await upstream.waitFor(({ connections }) => connections === 0);
    }
    expect(upstream.dispatches).toBe(5);
    expect(await records()).toHaveLength(5);
  });
});
