import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { describe, expect, it } from 'vitest';
import {
  type Behaviour,
  chatAnswer,
  chunk,
  type FakeUpstream,
  forever,
  gate,
  openAiError,
  reset,
  role,
  status,
  stream,
  text,
} from '../support/fake-upstream.js';
import { freePort } from '../support/free-port.js';
import { type GatewayUnderTest } from '../support/gateway.js';
import { oneProvider, type Scene, type SceneOptions } from '../support/scene.js';
import { clientOf, MESSAGES } from './openai-client.js';

const request = { model: 'model', messages: MESSAGES };
const noRetries = { provider: { maxRetries: 0 } };
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}

const scene = (options: SceneOptions = noRetries): Promise<Scene<[FakeUpstream]>> => oneProvider(options);

/** An error of this class, with the id of its request, that is no lost connection. */
function expectKind(error: unknown, kind: abstract new (...given: never[]) => APIError): asserts error is APIError {
  expect(error).toBeInstanceOf(kind);
  expect(error).not.toBeInstanceOf(APIConnectionError);
  const { requestID, headers } = error as APIError;
  expect(requestID).toMatch(UUID);
  expect(headers?.get('x-request-id')).toBe(requestID);
}

describe('the official client is told by its own error classes', () => {
  it('of a wrong key', async () => {
    const { gateway, upstreams } = await scene();
    for (const apiKey of ['sk-wrong-0123456789abcdef', 'nonsense']) {
      const error = await failure(clientOf(gateway, { apiKey }).chat.completions.create(request));
      expectKind(error, AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error', param: null });
    }
    expect(upstreams[0].dispatches).toBe(0);
  });

  it('of a model that is not there', async () => {
    const { gateway } = await scene();
    const client = clientOf(gateway);
    for (const ask of [
      () => client.chat.completions.create({ ...request, model: 'no-such-model' }),
      () => client.chat.completions.create({ ...request, model: 'no-such-model', stream: true }),
      () => client.models.retrieve('no-such-model'),
    ]) {
      const error = await failure(ask());
      expectKind(error, NotFoundError);
      expect(error).toMatchObject({
        status: 404,
        code: 'model_not_found',
        param: 'model',
        type: 'invalid_request_error',
        message: "404 model 'no-such-model' not found",
      });
    }
  });

  it('of an operation that is not there', async () => {
    const { gateway } = await scene();
    const error = await failure(clientOf(gateway).fineTuning.jobs.list());
    expectKind(error, NotFoundError);
    expect(error).toMatchObject({ code: 'unknown_url' });
  });

  it('of the API that newer clients ask by themselves, and what to do', async () => {
    const { gateway } = await scene();
    const error = await failure(clientOf(gateway).responses.create({ model: 'model', input: 'Hi' }));
    expectKind(error, NotFoundError);
    expect(error).toMatchObject({ code: 'unknown_url', message: expect.stringContaining('/v1/chat/completions') });
  });

  it.each(['', '/v1/v1'])('of a base URL that ends with %j, and with what it ends', async (path) => {
    const { gateway } = await scene();
    const client = new OpenAI({ baseURL: `${gateway.url}${path}`, apiKey: gateway.key, maxRetries: 0 });
    for (const ask of [() => client.chat.completions.create(request), () => client.models.list()]) {
      const error = await failure(ask());
      expectKind(error, NotFoundError);
      expect(error).toMatchObject({ code: 'unknown_url', message: expect.stringContaining('ends with /v1') });
    }
  });

  it('of a parameter that is wrong', async () => {
    const { gateway, upstreams } = await scene();
    const error = await failure(clientOf(gateway).chat.completions.create({ ...request, temperature: 3 }));
    expectKind(error, BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_value',
      param: 'temperature',
      type: 'invalid_request_error',
      error: { message: "'temperature' must be a number from 0 to 2." },
    });
    expect(upstreams[0].dispatches).toBe(0);
  });

  describe.each([
    [400, BadRequestError],
    [401, AuthenticationError],
    [403, PermissionDeniedError],
    [404, NotFoundError],
    [409, ConflictError],
    [422, UnprocessableEntityError],
    [429, RateLimitError],
    [500, InternalServerError],
    [502, InternalServerError],
    [503, InternalServerError],
    [504, InternalServerError],
  ] as const)('of the provider’s status %i', (code, kind) => {
    it.each([false, true])('(streamed: %s)', async (streamed) => {
      const { gateway, upstreams, records } = await scene();
      upstreams[0].always(openAiError(code, 'The provider says no.', { 'retry-after': '7' }));
      const client = clientOf(gateway);
      const error = await failure(client.chat.completions.create({ ...request, stream: streamed }));
      expectKind(error, kind);
      expect(error).toMatchObject({
        status: code,
        type: 'upstream_error',
        code: 'provider_code',
        param: null,
        message: `${code} The provider says no.`,
      });
      expect(error.headers?.get('retry-after')).toBe('7');
      expect((await records()).at(-1)).toMatchObject({
        requestId: error.requestID,
        status: 'failed',
        httpStatus: code,
      });
    });
  });

  it('of the parameter that the provider names', async () => {
    const { gateway, upstreams } = await scene();
    const told = { message: 'Too hot.', type: 'invalid_request_error', param: 'temperature', code: 'too_hot' };
    upstreams[0].next(status(400, { error: told }));
    const error = await failure(clientOf(gateway).chat.completions.create(request));
    expectKind(error, BadRequestError);
    expect(error).toMatchObject({ param: 'temperature', code: 'too_hot', type: 'upstream_error' });
  });

  const unreached: [string, Behaviour, object, object][] = [
    ['takes too long', forever, { timeout: 50 }, { status: 504, type: 'timeout_error', code: 'upstream_timeout' }],
    ['breaks off', reset, {}, { status: 502, type: 'upstream_error', code: 'upstream_unreachable' }],
    ['talks nonsense', status(200, 'Hello?'), {}, { status: 502, code: 'upstream_invalid_response' }],
  ];

  it.each(unreached)(
    'of a provider that %s, which is no connection error of its own',
    async (_, does, provider, told) => {
      const { gateway, upstreams } = await scene({ provider: { maxRetries: 0, ...provider } });
      upstreams[0].always(does);
      const error = await failure(clientOf(gateway).chat.completions.create(request));
      expectKind(error, InternalServerError);
      expect(error).toMatchObject(told);
    },
  );

  it('of a provider that is not there', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}/v1`;
    const { gateway } = await scene({ provider: { maxRetries: 0, baseUrl } });
    const error = await failure(clientOf(gateway).chat.completions.create(request));
    expectKind(error, InternalServerError);
    expect(error).toMatchObject({ status: 502, code: 'upstream_unreachable', type: 'upstream_error' });
  });

  it('of a gateway that is not there', async () => {
    const nowhere = { url: `http://127.0.0.1:${await freePort()}`, key: 'sk-any' } as GatewayUnderTest;
    expect(await failure(clientOf(nowhere).chat.completions.create(request))).toBeInstanceOf(APIConnectionError);
  });

  const broken: [string, Behaviour, object][] = [
    [
      'an error',
      stream(role, text('Once'), { error: { message: 'Out of ink.', code: 'no_ink' } }),
      { message: 'Out of ink.', code: 'no_ink' },
    ],
    ['its end', stream(role, text('Once'), (seen) => seen.cut()), { code: 'upstream_unreachable' }],
    ['no finish', stream(role, text('Once')), { code: 'upstream_stream_broken' }],
    ['empty finishes', stream(role, chunk({ content: 'Once' }, '')), { code: 'upstream_stream_broken' }],
  ];

  it.each(broken)('of %s in mid-stream', async (_, does, told) => {
    const { gateway, upstreams, record } = await scene();
    upstreams[0].next(does);
    const chunks = await clientOf(gateway).chat.completions.create({ ...request, stream: true });
    let content = '';
    const error = await failure(
      (async () => {
        for await (const { choices } of chunks) content += choices[0]?.delta.content ?? '';
      })(),
    );
    expect(content).toBe('Once');
    expect(error).toBeInstanceOf(APIError);
    expect(error).not.toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ type: 'server_error', ...told });
    expect((error as APIError).requestID).toMatch(UUID);
    expect(await record()).toMatchObject({ requestId: (error as APIError).requestID, status: 'failed' });
  });

  it('of the end of a stream by the helper too', async () => {
    const { gateway, upstreams } = await scene();
    upstreams[0].next(stream(role, text('Once'), { error: { message: 'Out of ink.' } }));
    const runner = clientOf(gateway).chat.completions.stream(request);
    const error = await failure(runner.finalContent());
    expect(error).toBeInstanceOf(OpenAI.OpenAIError);
    expect((error as Error).message).toContain('Out of ink.');
  });
});

describe('the official client, trying again', () => {
  it('finds its own retries answered', async () => {
    const { gateway, upstreams, records } = await scene();
    upstreams[0].next(openAiError(429, 'Slow down.', { 'retry-after-ms': '1' }), chatAnswer('At last'));
    const client = clientOf(gateway, { maxRetries: 1 });
    const { choices } = await client.chat.completions.create(request);
    expect(choices[0]?.message.content).toBe('At last');
    expect((await records()).map((record) => record.status)).toEqual(['failed', 'completed']);
  });

  it('leaves it at the tries of the gateway where those have failed', async () => {
    const { gateway, upstreams, records } = await scene({});
    upstreams[0].always(openAiError(500, 'oops'));
    const error = await failure(clientOf(gateway, { maxRetries: 2 }).chat.completions.create(request));
    expectKind(error, InternalServerError);
    expect(error.headers?.get('x-should-retry')).toBe('false');
    expect(upstreams[0].dispatches).toBe(3);
    expect(await records()).toHaveLength(1);
  });

  it('makes no more than its own tries where a provider fails for everybody', async () => {
    const { gateway, upstreams } = await scene({});
    upstreams[0].always(openAiError(500, 'oops'));
    const client = clientOf(gateway, { maxRetries: 2 });
    const calls = 60;
    for (let call = 0; call < calls; call++) await failure(client.chat.completions.create(request));
    expect(upstreams[0].dispatches).toBeLessThanOrEqual(1.2 * calls);
  });

  it('comes again where there was no place, and finds one', async () => {
    const { gateway, upstreams, watch } = await scene({ provider: { maxConcurrency: 1, maxWait: 0 } });
    const held = gate();
    upstreams[0].next(async (seen) => {
      await held.passed;
      await chatAnswer('First')(seen);
    });
    const first = clientOf(gateway).chat.completions.create(request);
    await upstreams[0].request(0);
    const second = clientOf(gateway, { maxRetries: 5 }).chat.completions.create(request);
    await watch.waitFor(({ failed }) => failed.length > 0);
    held.open();
    expect((await first).choices[0]?.message.content).toBe('First');
    expect((await second).choices[0]?.message.content).toBe('Hello');
    expect(upstreams[0].dispatches).toBe(2);
  });
});
