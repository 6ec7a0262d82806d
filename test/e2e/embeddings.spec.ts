import { describe, expect, it } from 'vitest';
import { chat, type ClientAnswer } from '../support/chat-client.js';
import { json, streamOf } from '../support/fake-upstream.js';
import { oneProvider, type Scene } from '../support/scene.js';

const ask = ({ gateway }: Pick<Scene, 'gateway'>, body: object): Promise<ClientAnswer> =>
  chat(gateway, { model: 'model', input: 'Hi', ...body }, { path: '/v1/embeddings' });

/** An answer as long as a provider's may well be: 96 vectors of 1536 numbers. */
const LONG = Buffer.from(
  JSON.stringify({
    object: 'list',
    data: Array.from({ length: 96 }, (_, index) => ({
      object: 'embedding',
      index,
      embedding: Array.from({ length: 1536 }, (__, place) => Math.sin(index * 1536 + place)),
    })),
    model: 'fake-model',
    usage: { prompt_tokens: 768, total_tokens: 768 },
  }),
);

const embeddings = json({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: 'AACAPwAAAEA=' }],
  model: 'fake-model',
  usage: { prompt_tokens: 5, total_tokens: 5 },
});

describe('/v1/embeddings', () => {
  it.each([
    ['a text', 'Hi'],
    ['texts', ['one', 'two']],
    ['an empty text among others', ['one', '']],
    ['token ids', [15_339, 0, 7]],
    ['several of those', [[15_339], [7, 8]]],
    ['more than OpenAI takes', Array.from({ length: 2_049 }, (_, index) => `text ${index}`)],
  ])('takes %s', async (_name, input) => {
    const scene = await oneProvider();
    const [upstream] = scene.upstreams;
    upstream.always(embeddings);

    const { status, text } = await ask(scene, { input, dimensions: 2, encoding_format: 'base64' });

    expect(status).toBe(200);
    expect(upstream.last.json).toEqual({ model: 'model', input, dimensions: 2, encoding_format: 'base64' });
    expect(text).toContain('"embedding":"AACAPwAAAEA="');
    expect(await scene.record()).toMatchObject({ grade: 'exact', tokens: { inputUncached: 5, output: 0 } });
  });

  it.each([
    ['no input', { input: undefined }, 'missing_required_parameter', 'input'],
    ['an input that is null', { input: null }, 'missing_required_parameter', 'input'],
    ['an empty input', { input: '' }, 'invalid_value', 'input'],
    ['no input in an array', { input: [] }, 'invalid_value', 'input'],
    ['a number', { input: 7 }, 'invalid_type', 'input'],
    ['an object', { input: { text: 'Hi' } }, 'invalid_type', 'input'],
    ['a text that is null', { input: ['one', null] }, 'invalid_type', 'input[1]'],
    ['texts and tokens', { input: ['one', [1]] }, 'invalid_type', 'input[1]'],
    ['tokens and texts', { input: [1, 'one'] }, 'invalid_type', 'input[1]'],
    ['no tokens', { input: [[]] }, 'invalid_type', 'input[0]'],
    ['half a token', { input: [1, 1.5] }, 'invalid_type', 'input[1]'],
    ['a token below 0', { input: [[1], [-1]] }, 'invalid_type', 'input[1]'],
    ['no dimensions', { dimensions: 0 }, 'invalid_value', 'dimensions'],
    ['dimensions in words', { dimensions: '256' }, 'invalid_value', 'dimensions'],
    ['an unknown format', { encoding_format: 'hex' }, 'invalid_value', 'encoding_format'],
    ['a stream', { stream: true }, 'unsupported_parameter', 'stream'],
    ['a stream in words', { stream: 'yes' }, 'invalid_type', 'stream'],
  ])('refuses %s', async (_name, body, code, param) => {
    const scene = await oneProvider();
    const answer = await ask(scene, body);
    expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(scene.upstreams[0].dispatches).toBe(0);
    expect(await scene.records()).toEqual([]);
  });

  it('takes null for what is left out', async () => {
    const scene = await oneProvider();
    const [upstream] = scene.upstreams;
    upstream.always(embeddings);
    const nothing = { dimensions: null, encoding_format: null, user: null, stream: null };

    expect((await ask(scene, nothing)).status).toBe(200);
    expect(upstream.last.json).toEqual({ model: 'model', input: 'Hi', ...nothing });
  });

  it('brings a long answer whole, however it is cut', async () => {
    const scene = await oneProvider();
    const [upstream] = scene.upstreams;
    const pieces = Array.from({ length: Math.ceil(LONG.length / 40_000) }, (_, place) =>
      LONG.subarray(place * 40_000, (place + 1) * 40_000),
    );
    upstream.always(streamOf('application/json', ...pieces));

    const { bytes } = await ask(scene, {});

    expect(bytes.equals(LONG)).toBe(true);
    expect((await scene.record()).tokens.inputUncached).toBe(768);
  });

  it('tells of an answer that broke off', async () => {
    const scene = await oneProvider({ provider: { maxRetries: 0 } });
    scene.upstreams[0].always(streamOf('application/json', LONG.subarray(0, 100_000), (seen) => seen.cut()));

    expect((await ask(scene, {})).status).toBe(502);
    expect(await scene.record()).toMatchObject({ status: 'failed', httpStatus: 502, grade: 'none' });
  });

  it('is counted by the bytes of the request where the provider does not count', async () => {
    const scene = await oneProvider();
    scene.upstreams[0].always(json({ object: 'list', data: [] }));

    await ask(scene, { input: 'x'.repeat(400) });

    expect(await scene.record()).toMatchObject({ status: 'completed', grade: 'estimated' });
    expect((await scene.record()).tokens.inputUncached).toBe(
      Math.ceil(JSON.stringify({ model: 'model', input: 'x'.repeat(400) }).length / 4),
    );
  });
});
