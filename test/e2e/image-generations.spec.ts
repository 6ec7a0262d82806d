import { describe, expect, it } from 'vitest';
import { chat, ChatClient, type ClientAnswer } from '../support/chat-client.js';
import { type Behaviour, gate, json, openAiError, stream, streamOf } from '../support/fake-upstream.js';
import { oneProvider, type Scene, twoProviders } from '../support/scene.js';

const PATH = '/v1/images/generations';
const REQUEST = { model: 'model', prompt: 'A lighthouse', stream: true, partial_images: 1 };

const ask = ({ gateway }: Pick<Scene, 'gateway'>, body: object): Promise<ClientAnswer> =>
  chat(gateway, { model: 'model', prompt: 'A lighthouse', ...body }, { path: PATH });

const event = (value: { type: string; [name: string]: unknown }): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;

const partial = (image: string): string =>
  event({ type: 'image_generation.partial_image', b64_json: image, partial_image_index: 0 });

const completed = (image: string): string =>
  event({
    type: 'image_generation.completed',
    b64_json: image,
    usage: { input_tokens: 20, output_tokens: 300, total_tokens: 320, input_tokens_details: { text_tokens: 20 } },
  });

/** Longer than any piece in which it may come. */
const IMAGE = Buffer.alloc(1_500_000, 'image').toString('base64');

const reset: Behaviour = (seen) => seen.reset();

describe('/v1/images/generations, streamed', () => {
  it('brings whole events, byte for byte, with their own end, and the usage on record', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const events = `: hello\n\n${partial(IMAGE)}${completed(IMAGE)}`;
    upstreams[0].next(stream(events));

    const answer = await chat(gateway, REQUEST, { path: PATH });

    expect(upstreams[0].last.json).toEqual(REQUEST);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.text === events).toBe(true);
    expect(await record()).toMatchObject({
      operation: 'image_generation',
      streaming: true,
      status: 'completed',
      grade: 'exact',
      tokens: { inputUncached: 20, output: 300 },
    });
  });

  it('shows a first image when it comes', async () => {
    const { gateway, upstreams } = await oneProvider();
    const { passed, open } = gate();
    upstreams[0].next(stream(partial('one'), passed, completed('two')));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });

    await client.waitFor(({ text }) => text === partial('one'));
    open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.text).toBe(partial('one') + completed('two'));
    expect(client.isWhole).toBe(true);
  });

  it('ends with the provider’s [DONE] where it sends one', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].next(stream(completed('one'), 'data: [DONE]\n\n'));
    expect((await chat(gateway, REQUEST, { path: PATH })).text).toBe(`${completed('one')}data: [DONE]\n\n`);
  });

  it.each([
    ['an error', event({ type: 'error', error: { message: 'Not that', code: 'moderation_blocked' } })],
    ['an error without a type', 'data: {"error":{"message":"Not that","code":"moderation_blocked"}}\n\n'],
  ])('ends with %s of the provider, told as the gateway’s', async (_name, failure) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(stream(partial('one'), failure, completed('never')));

    const answer = await chat(gateway, REQUEST, { path: PATH });

    const told = { message: 'Not that', type: 'server_error', param: null, code: 'moderation_blocked' };
    expect(answer.text).toBe(`${partial('one')}data: ${JSON.stringify({ error: told })}\n\n`);
    expect(await record()).toMatchObject({ status: 'failed', errorCode: 'moderation_blocked' });
  });

  it.each([
    ['a broken connection', reset],
    ['an end too soon', () => undefined],
  ])('tells of %s', async (_name, ending) => {
    const { gateway, upstreams, record } = await oneProvider();
    const seen = gate();
    upstreams[0].next(stream(partial('one'), seen.passed, ending));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ text }) => text === partial('one'));
    seen.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.text.slice(partial('one').length)).toMatch(/^data: \{"error":\{.*"type":"server_error".*\n\n$/);
    expect(await record()).toMatchObject({ status: 'failed' });
  });

  it('asks the next provider while nothing has come, each once', async () => {
    const { gateway, upstreams } = await twoProviders();
    const [first, second] = upstreams;
    first.always(stream(': hello\n\n', reset));
    second.always(stream(completed('one')));

    expect((await chat(gateway, REQUEST, { path: PATH })).text).toBe(completed('one'));
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });

  it('has comments in silences only between events', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { streaming: { keepAliveInterval: 20 } } });
    const half = completed('one').length / 2;
    const silence = gate();
    upstreams[0].next(
      stream(partial('one'), completed('one').slice(0, half), silence.passed, completed('one').slice(half)),
    );
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ text }) => text.includes(': keep-alive\n\n: keep-alive\n\n'));
    silence.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.text.replaceAll(': keep-alive\n\n', '')).toBe(partial('one') + completed('one'));
    expect(client.text.endsWith(completed('one'))).toBe(true);
  });

  it('has no end of chat where it was opened before anything had come', async () => {
    const { gateway, upstreams } = await oneProvider({ gateway: { streaming: { openAfter: 20 } } });
    const silence = gate();
    upstreams[0].next(stream(silence.passed, completed('one')));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ text }) => text.length > 0);
    silence.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.text.replaceAll(': keep-alive\n\n', '')).toBe(completed('one'));
  });

  it('is one event where it was opened as events and comes whole', async () => {
    const { gateway, upstreams, record } = await oneProvider({ gateway: { streaming: { openAfter: 20 } } });
    const silence = gate();
    const answer = { created: 1, data: [{ b64_json: 'AAAA', revised_prompt: 'Größe' }] };
    upstreams[0].next(streamOf('application/json', silence.passed, JSON.stringify(answer, null, 2)));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ text }) => text.length > 0);
    silence.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.isWhole).toBe(true);
    const events = client.events.filter((one) => !one.startsWith(':'));
    expect(events.map((one) => JSON.parse(one.replaceAll(/^data: /gm, '')) as unknown)).toEqual([answer]);
    expect((await record()).status).toBe('completed');
  });

  it('comes whole from a provider that takes no notice of the wish', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const answer = { created: 1, data: [{ b64_json: IMAGE }], usage: { input_tokens: 20, output_tokens: 300 } };
    upstreams[0].next(json(answer));

    const { headers, text } = await chat(gateway, REQUEST, { path: PATH });

    expect(headers['content-type']).toBe('application/json');
    expect(text === JSON.stringify(answer)).toBe(true);
    expect(await record()).toMatchObject({
      status: 'completed',
      grade: 'exact',
      tokens: { inputUncached: 20, output: 300 },
    });
  });

  it.each([
    ['an error with status 200', { error: { message: 'Busy' } }],
    ['JSON that is something else', { object: 'list' }],
  ])('does not take %s for images', async (_name, answer) => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].next(json(answer));
    const { status, json: said } = await chat(gateway, REQUEST, { path: PATH });
    expect([status, said['error']]).toEqual([502, expect.objectContaining({ type: 'upstream_error' })]);
  });

  it('lets the provider go when the client leaves', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(stream(partial('one'), () => new Promise(() => undefined)));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ text }) => text === partial('one'));
    client.leave();

    await upstreams[0].waitFor(({ last }) => last.leftByPeer);
    expect(await record()).toMatchObject({ status: 'aborted', httpStatus: 499 });
  });
});

describe('/v1/images/generations', () => {
  it.each([{}, { model: null }])('has a model of its own for %j', async (body) => {
    const scene = await oneProvider({ provider: { models: [{ name: 'dall-e-2' }] } });
    const [upstream] = scene.upstreams;
    upstream.always(json({ created: 1, data: [{ url: 'https://images.example/1.png' }] }));

    const answer = await chat(scene.gateway, { prompt: 'A lighthouse', ...body }, { path: PATH });

    expect(answer.json).toEqual({ created: 1, data: [{ url: 'https://images.example/1.png' }] });
    expect(upstream.last.json).toEqual({ model: 'dall-e-2', prompt: 'A lighthouse' });
    expect(await scene.record()).toMatchObject({ requestModel: 'dall-e-2', grade: 'estimated' });
  });

  it('brings a large image whole', async () => {
    const scene = await oneProvider();
    const answer = JSON.stringify({
      created: 1,
      data: [{ b64_json: IMAGE }],
      usage: { input_tokens: 9, output_tokens: 8 },
    });
    scene.upstreams[0].always(streamOf('application/json', answer.slice(0, 700_000), answer.slice(700_000)));
    expect((await ask(scene, {})).text === answer).toBe(true);
    expect(await scene.record()).toMatchObject({ grade: 'exact', tokens: { inputUncached: 9, output: 8 } });
  });

  it('is tried once on each deployment, since each try is billed', async () => {
    const { gateway, upstreams, record } = await twoProviders({ provider: { maxRetries: 5 } });
    for (const upstream of upstreams) upstream.always(openAiError(503, 'oops'));

    expect((await chat(gateway, { ...REQUEST, stream: false }, { path: PATH })).status).toBe(503);

    expect(upstreams.map(({ dispatches }) => dispatches)).toEqual([1, 1]);
    expect((await record()).attempts).toHaveLength(2);
  });

  it.each([
    ['no prompt', { prompt: undefined }, 'missing_required_parameter', 'prompt'],
    ['a prompt that is null', { prompt: null }, 'missing_required_parameter', 'prompt'],
    ['an empty prompt', { prompt: '' }, 'invalid_value', 'prompt'],
    ['a prompt that is a list', { prompt: ['Hi'] }, 'invalid_type', 'prompt'],
    ['no image', { n: 0 }, 'invalid_value', 'n'],
    ['half an image', { n: 1.5 }, 'invalid_value', 'n'],
    ['a stream in words', { stream: 'yes' }, 'invalid_type', 'stream'],
    ['a size that is a number', { size: 1024 }, 'invalid_type', 'size'],
    ['a format that is null in a list', { response_format: [null] }, 'invalid_type', 'response_format'],
    ['more than whole', { output_compression: 101 }, 'invalid_value', 'output_compression'],
    ['fewer than no partial images', { partial_images: -1 }, 'invalid_value', 'partial_images'],
  ])('refuses %s', async (_name, body, code, param) => {
    const scene = await oneProvider();
    const answer = await ask(scene, body);
    expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(scene.upstreams[0].dispatches).toBe(0);
  });
});
