import OpenAI, { APIError, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { describe, expect, it } from 'vitest';
import { DONE, json, openAiError, stream, streamOf } from '../support/fake-upstream.js';
import { oneProvider } from '../support/scene.js';
import { clientOf } from './openai-client.js';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const VECTOR = [1, 2, -0.5];
const BASE64 = Buffer.from(Float32Array.from(VECTOR).buffer).toString('base64');

const embeddings = (embedding: unknown): object => ({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding }],
  model: 'fake-model',
  usage: { prompt_tokens: 5, total_tokens: 5 },
});

describe('the official client', () => {
  it('gets embeddings, as base64 behind the scenes', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(json(embeddings(BASE64)));

    const { data, usage } = await clientOf(gateway).embeddings.create({ model: 'model', input: ['Hi'], dimensions: 3 });

    expect(upstreams[0].last.json).toEqual({
      model: 'model',
      input: ['Hi'],
      dimensions: 3,
      encoding_format: 'base64',
    });
    expect(data[0]?.embedding).toEqual(VECTOR);
    expect(usage.total_tokens).toBe(5);
    expect(await record()).toMatchObject({ operation: 'embeddings', grade: 'exact', tokens: { inputUncached: 5 } });
  });

  it.each([
    ['float', VECTOR],
    ['base64', BASE64],
  ] as const)('gets embeddings as %s where it asks for that', async (format, embedding) => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(json(embeddings(embedding)));
    const request = { model: 'model', input: [[1, 2], [3]], encoding_format: format };

    const { data } = await clientOf(gateway).embeddings.create(request);

    expect(upstreams[0].last.json).toEqual(request);
    expect(data[0]?.embedding).toEqual(embedding);
  });

  it('gets completions of texts', async () => {
    const { gateway, upstreams } = await oneProvider();
    const completion = {
      id: 'cmpl-1',
      object: 'text_completion',
      choices: [{ index: 0, text: ' a time', finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 },
    };
    upstreams[0].always(json(completion));
    const answer = await clientOf(gateway).completions.create({ model: 'model', prompt: 'Once upon' });
    expect(answer).toMatchObject(completion);
    expect(answer._request_id).toEqual(expect.any(String));
  });

  it('reads a stream of completions', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const piece = (text: string, reason: string | null = null): object => ({
      id: 'cmpl-1',
      object: 'text_completion',
      choices: [{ index: 0, text, finish_reason: reason, logprobs: null }],
    });
    const usage = { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 };
    upstreams[0].always(stream(piece(' a'), piece(' time'), piece('', 'stop'), { choices: [], usage }, DONE));

    const chunks = await all(
      await clientOf(gateway).completions.create({ model: 'model', prompt: 'Once upon', stream: true }),
    );

    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe(' a time');
    expect(chunks.filter((chunk) => chunk.usage)).toEqual([]);
    expect(await record()).toMatchObject({ streaming: true, grade: 'exact', tokens: { output: 2 } });
  });

  it('gets a moderation, without naming a model', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { models: [{ name: 'omni-moderation-latest' }] } });
    const results = [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } }];
    upstreams[0].always(json({ id: 'modr-1', model: 'omni-moderation-latest', results }));

    const moderation = await clientOf(gateway).moderations.create({ input: 'I will find you.' });

    expect(moderation.results).toEqual(results);
    expect(upstreams[0].last.json['model']).toBe('omni-moderation-latest');
  });

  it('gets images', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const image = Buffer.from('an image').toString('base64');
    upstreams[0].always(
      json({
        created: 1,
        data: [{ b64_json: image }],
        usage: { input_tokens: 9, output_tokens: 272, total_tokens: 281 },
      }),
    );

    const { data, usage } = await clientOf(gateway).images.generate({ model: 'model', prompt: 'A lighthouse' });

    expect(Buffer.from(data?.[0]?.b64_json ?? '', 'base64').toString()).toBe('an image');
    expect(usage?.output_tokens).toBe(272);
    expect(await record()).toMatchObject({ operation: 'image_generation', tokens: { inputUncached: 9, output: 272 } });
  });

  it('reads a stream of images', async () => {
    const { gateway, upstreams } = await oneProvider();
    const events = [
      { type: 'image_generation.partial_image', b64_json: 'aGk=', partial_image_index: 0 },
      { type: 'image_generation.completed', b64_json: 'aGV5', usage: { input_tokens: 9, output_tokens: 272 } },
    ];
    upstreams[0].always(
      stream(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')),
    );

    const request = { model: 'model', prompt: 'A lighthouse', stream: true, partial_images: 1 } as const;

    expect(await all(await clientOf(gateway).images.generate(request))).toEqual(events);
  });

  it('throws the error within a stream of images', async () => {
    const { gateway, upstreams } = await oneProvider();
    const partial = { type: 'image_generation.partial_image', b64_json: 'aGk=', partial_image_index: 0 };
    upstreams[0].always(stream(partial, { error: { message: 'Not that', code: 'moderation_blocked' } }));
    const events = await clientOf(gateway).images.generate({ model: 'model', prompt: 'A lighthouse', stream: true });
    await expect(all(events)).rejects.toMatchObject({ constructor: APIError, code: 'moderation_blocked' });
  });

  it('gets speech as bytes', async () => {
    const { gateway, upstreams } = await oneProvider();
    const audio = Buffer.from(Array.from({ length: 3_000 }, (_, place) => (place * 7) % 256));
    upstreams[0].always(streamOf('audio/mpeg', audio.subarray(0, 1_000), audio.subarray(1_000)));

    const response = await clientOf(gateway).audio.speech.create({ model: 'model', voice: 'alloy', input: 'Hello' });

    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await response.arrayBuffer()).equals(audio)).toBe(true);
  });

  it('notices speech that breaks off', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(streamOf('audio/mpeg', Buffer.alloc(1_000), (seen) => seen.reset()));
    const whole = clientOf(gateway)
      .audio.speech.create({ model: 'model', voice: 'alloy', input: 'Hello' })
      .then((response) => response.arrayBuffer());
    await expect(whole).rejects.toThrow(/terminated|aborted/);
  });

  it('throws its own errors', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 0 } });
    const client = clientOf(gateway);
    upstreams[0].always(openAiError(429, 'slow down'));
    await expect(client.embeddings.create({ model: 'model', input: 'Hi' })).rejects.toBeInstanceOf(RateLimitError);
    await expect(client.audio.speech.create({ model: 'model', voice: 'alloy', input: 'Hello' })).rejects.toBeInstanceOf(
      RateLimitError,
    );
    await expect(client.embeddings.create({ model: 'model', input: '' })).rejects.toBeInstanceOf(BadRequestError);
    await expect(client.images.generate({ prompt: 'A lighthouse' })).rejects.toBeInstanceOf(NotFoundError);
  });

  it('is told that a model does something else', async () => {
    const { gateway } = await oneProvider({ provider: { kind: 'perplexity' } });
    const wish: Promise<unknown> = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: gateway.key,
    }).embeddings.create({ model: 'model', input: 'Hi' });
    await expect(wish).rejects.toMatchObject({
      constructor: NotFoundError,
      status: 404,
      code: 'unsupported_operation',
      param: 'model',
    });
  });
});
