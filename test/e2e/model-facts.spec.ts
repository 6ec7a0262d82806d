import { describe, expect, it, onTestFinished } from 'vitest';
import { type ModelFactsOptions } from '../../src/model-facts.options.js';
import { chat, CHAT_REQUEST, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { chatAnswer, chatStream, FakeUpstream, json, openAiError, status } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { oneProvider, PROVIDER_KEY, twoProviders } from '../support/scene.js';

/** A provider whose model is known to be so. */
const serving = (facts: ModelFactsOptions) => ({ models: [{ name: 'model', facts }] });

const data = (type: string): string => `data:${type};base64,${'A'.repeat(4_000)}`;
const saying = (...content: object[]) => ({ ...CHAT_REQUEST, messages: [{ role: 'user', content }] });
const TOOL = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } };
const FORMAT = { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } };

/** What the first deployment lacks, and a request that uses it. */
const LACKS: [error: string, facts: ModelFactsOptions, request: object][] = [
  ['lacks_tools', { tools: false }, { ...CHAT_REQUEST, tools: [TOOL] }],
  ['lacks_json_schema', { jsonSchema: false }, { ...CHAT_REQUEST, response_format: FORMAT }],
  ['lacks_reasoning', { reasoning: false }, { ...CHAT_REQUEST, reasoning_effort: 'high' }],
  [
    'lacks_image_input',
    { inputModalities: ['text'] },
    saying({ type: 'image_url', image_url: { url: data('image/png') } }),
  ],
  [
    'lacks_audio_input',
    { inputModalities: ['text', 'image'] },
    saying({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
  ],
  [
    'lacks_document_input',
    { inputModalities: ['text', 'image'] },
    saying({ type: 'file', file: { filename: 'a.pdf', file_data: data('application/pdf') } }),
  ],
  ['context_too_short', { contextWindow: 100 }, saying({ type: 'text', text: 'x'.repeat(500) })],
  ['context_too_short', { contextWindow: 1_000 }, { ...CHAT_REQUEST, max_completion_tokens: 1_000 }],
];

describe('a deployment that is known to lack what a request uses', () => {
  it.each(LACKS)('%s: is passed over for one that is not', async (error, facts, request) => {
    const { gateway, upstreams, record } = await twoProviders({ first: serving(facts) });
    const [first, second] = upstreams;

    const answer = await chat(gateway, request);

    expect(answer.status).toBe(200);
    expect(answer.headers['x-nestgate-deployment']).toBe('second/model');
    expect(answer.headers['x-nestgate-attempts']).toBe('1');
    expect([first.dispatches, second.dispatches]).toEqual([0, 1]);
    const { attempts, provider, grade } = await record();
    expect(attempts).toEqual([
      { deployment: 'first/model', status: null, error, durationMs: 0 },
      { deployment: 'second/model', status: 200, error: null, durationMs: expect.any(Number) as number },
    ]);
    expect({ provider, grade }).toEqual({ provider: 'second', grade: 'exact' });
  });

  it.each(LACKS)('%s: serves what does not use it', async (_error, facts) => {
    const { gateway, upstreams, record } = await twoProviders({ first: serving(facts) });

    expect((await chat(gateway)).headers['x-nestgate-deployment']).toBe('first/model');
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 0]);
    expect((await record()).attempts).toHaveLength(1);
  });

  it.each(LACKS)('%s: serves where no other is left: its provider decides', async (_error, facts, request) => {
    const { gateway, upstreams, record } = await twoProviders({ provider: serving(facts) });
    upstreams[0].always(openAiError(400, 'no'));

    const answer = await chat(gateway, request);

    expect(answer.headers['x-nestgate-deployment']).toBe('second/model');
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 1]);
    expect((await record()).attempts.map(({ status: code }) => code)).toEqual([400, 200]);
  });

  it('is passed over for a stream too', async () => {
    const { gateway, upstreams, record } = await twoProviders({ first: serving({ tools: false }) });
    upstreams[1].next(chatStream(['Hello']));

    const answer = await chat(gateway, { ...STREAM_REQUEST, tools: [TOOL] });

    expect([answer.status, answer.headers['x-nestgate-attempts']]).toEqual([200, '1']);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([0, 1]);
    expect((await record()).attempts.map(({ error }) => error)).toEqual(['lacks_tools', null]);
  });

  it('is not fallen back to when the others fail: what it lacks would be lost', async () => {
    const { gateway, upstreams, record } = await twoProviders({
      provider: { maxRetries: 1 },
      first: serving({ tools: false }),
    });
    upstreams[1].always(openAiError(500, 'oops'));

    const answer = await chat(gateway, { ...CHAT_REQUEST, tools: [TOOL] });

    expect([answer.status, answer.headers['x-nestgate-attempts']]).toEqual([500, '2']);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([0, 2]);
    expect((await record()).attempts.map(({ status: code, error }) => [code, error])).toEqual([
      [null, 'lacks_tools'],
      [500, 'provider_code'],
      [500, 'provider_code'],
    ]);
  });

  it('is asked where it is addressed by its name', async () => {
    const { gateway, upstreams } = await twoProviders({ first: serving({ tools: false }) });

    expect((await chat(gateway, { ...CHAT_REQUEST, model: 'first/model', tools: [TOOL] })).status).toBe(200);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 0]);
  });
});

describe('a context that turns out too long', () => {
  const tooLong = status(400, {
    error: { message: 'Too long', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' },
  });

  it('ends the tries there, and the next deployment is asked', async () => {
    const { gateway, upstreams, record } = await twoProviders();
    upstreams[0].always(tooLong);

    expect((await chat(gateway)).status).toBe(200);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 1]);
    expect((await record()).attempts.map(({ error }) => error)).toEqual(['context_length_exceeded', null]);
  });

  it('is what the client hears where there is no other', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(tooLong);

    const answer = await chat(gateway);

    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 'context_length_exceeded' } });
    expect(upstreams[0].dispatches).toBe(1);
  });
});

describe('a deployment whose provider does not do what is asked', () => {
  const embed = (gateway: GatewayUnderTest, model = 'model') =>
    chat(gateway, { model, input: 'Hi' }, { path: '/v1/embeddings' });

  it('is passed over', async () => {
    const { gateway, upstreams, record } = await twoProviders({ first: { kind: 'anthropic' } });
    const embedding = { object: 'embedding', index: 0, embedding: [0.5] };
    upstreams[1].next(
      json({ object: 'list', data: [embedding], model: 'm', usage: { prompt_tokens: 2, total_tokens: 2 } }),
    );

    expect((await embed(gateway)).status).toBe(200);
    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([0, 1]);
    expect((await record()).attempts.map(({ deployment, error }) => [deployment, error])).toEqual([
      ['first/model', 'lacks_embeddings'],
      ['second/model', null],
    ]);
  });

  it('is asked for nothing where it is the only one', async () => {
    const { gateway, upstreams, record } = await oneProvider({ provider: { kind: 'anthropic' } });

    expect((await embed(gateway)).status).toBe(404);
    expect(upstreams[0].dispatches).toBe(0);
    expect(await record()).toMatchObject({ provider: null, grade: 'none', attempts: [{ error: 'lacks_embeddings' }] });
  });
});

describe('GET /v1/models', () => {
  async function start(...models: { kind: string; name: string; facts?: ModelFactsOptions }[]) {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    upstream.always(chatAnswer('Hello'));
    const gateway = await startGateway({
      providers: models.map(({ kind, name: upstreamModel, facts }, index) => ({
        name: `p${index}`,
        kind,
        baseUrl: upstream.baseUrl,
        apiKey: PROVIDER_KEY,
        models: [{ name: 'smart', upstreamModel, ...(facts === undefined ? {} : { facts }) }],
      })),
      aliases: { fast: 'smart' },
    });
    onTestFinished(() => gateway.close());
    return gateway;
  }

  const get = (gateway: GatewayUnderTest, path: string): Promise<ClientAnswer> =>
    chat(gateway, undefined, { path, method: 'GET', headers: { authorization: `Bearer ${TEST_KEY}` } });

  const OPENAI = { id: 'smart', object: 'model', created: expect.any(Number) as number };

  it('says what is known of a model', async () => {
    const gateway = await start({ kind: 'openai', name: 'gpt-4o' });
    const known = {
      context_window: 128_000,
      max_output_tokens: 16_384,
      input_modalities: ['text', 'image', 'document'],
      output_modalities: ['text'],
      capabilities: { tools: true, json_schema: true, reasoning: false },
    };

    expect((await get(gateway, '/v1/models/smart')).json).toEqual({ ...OPENAI, owned_by: 'p0', ...known });
    expect((await get(gateway, '/v1/models')).json).toEqual({
      object: 'list',
      data: [
        { ...OPENAI, owned_by: 'p0', ...known },
        { ...OPENAI, id: 'fast', owned_by: 'p0', ...known },
      ],
    });
  });

  it('says what every deployment can', async () => {
    const gateway = await start(
      { kind: 'openai', name: 'gpt-4o' },
      { kind: 'anthropic', name: 'claude-3-5-haiku-20241022' },
    );

    expect((await get(gateway, '/v1/models/smart')).json).toEqual({
      ...OPENAI,
      owned_by: 'p0, p1',
      context_window: 128_000,
      max_output_tokens: 8_192,
      input_modalities: ['text', 'image', 'document'],
      output_modalities: ['text'],
      capabilities: { tools: true, json_schema: false, reasoning: false },
    });
  });

  it('says nothing of what nobody knows, and what the operator says', async () => {
    const unknown = await start({ kind: 'openai-compatible', name: 'gpt-4o' });
    expect((await get(unknown, '/v1/models/smart')).json).toEqual({ ...OPENAI, owned_by: 'p0' });

    const facts: ModelFactsOptions = { contextWindow: 8_192, tools: true };
    const told = await start({ kind: 'openai-compatible', name: 'gpt-4o', facts });
    expect((await get(told, '/v1/models/smart')).json).toEqual({
      ...OPENAI,
      owned_by: 'p0',
      context_window: 8_192,
      capabilities: { tools: true },
    });
  });
});
