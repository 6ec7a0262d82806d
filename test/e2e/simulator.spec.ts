import { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf } from '../compat/openai-client.js';
import { ChatClient } from '../support/chat-client.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';

const MODEL = 'simulator/echo';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex').toString('latin1');

/** A field that OpenAI's client does not know, and sends all the same. */
const controlled = <Params extends object>(params: Params, simulator: unknown): Params =>
  Object.assign(params, { simulator });

describe('the simulator, asked by OpenAI’s client for', () => {
  let gateway: GatewayUnderTest;
  let client: ReturnType<typeof clientOf>;

  beforeAll(async () => {
    gateway = await startGateway({ providers: [{ name: 'simulator', kind: 'simulator', maxRetries: 0 }] });
    client = clientOf(gateway);
  });

  afterAll(() => gateway.close());

  const lastRecord = async () => (await gateway.records()).at(-1);
  const recording = () => toFile(Buffer.from('0123456789'), 'talk.wav');

  it('completions', async () => {
    const completion = await client.completions.create({ model: MODEL, prompt: 'Once upon' });
    expect([completion.choices[0]?.text, completion.usage?.total_tokens]).toEqual(['Once upon', 6]);
    let text = '';
    const stream = await client.completions.create({ model: MODEL, prompt: 'Once upon a time', stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
    expect(text).toBe('Once upon a time');
    expect(await lastRecord()).toMatchObject({ operation: 'text_completion', grade: 'exact', tokens: { output: 4 } });
  });

  it('embeddings, which the client wants as base64', async () => {
    const { data } = await client.embeddings.create({ model: MODEL, input: ['one', 'two'], dimensions: 64 });
    const floats = await client.embeddings.create({
      model: MODEL,
      input: ['one', 'two'],
      dimensions: 64,
      encoding_format: 'float',
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64]);
    expect(data.map(({ embedding }) => embedding)).toEqual(floats.data.map(({ embedding }) => embedding));
    expect(await lastRecord()).toMatchObject({ operation: 'embeddings', tokens: { inputUncached: 2 } });
  });

  it('a moderation', async () => {
    const { results } = await client.moderations.create({ model: MODEL, input: ['fine', 'bad [flag:violence]'] });
    expect(results.map(({ flagged, categories }) => [flagged, categories.violence])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('a ranking', async () => {
    const body = { model: MODEL, query: 'capital', documents: ['none', 'the capital'] };
    const answer = await client.post('/rerank', { body });
    expect(answer).toMatchObject({ results: [{ index: 1, relevance_score: 1 }, { index: 0 }] });
    expect(await lastRecord()).toMatchObject({ operation: 'rerank', status: 'completed' });
  });

  it('images, made and changed', async () => {
    const made = await client.images.generate({ model: MODEL, prompt: 'A cat', n: 2 });
    expect(made.data?.map((image) => decode(image.b64_json).slice(0, 8))).toEqual([PNG, PNG]);
    const image = await toFile(Buffer.from('12345'), 'cat.png', { type: 'image/png' });
    const changed = await client.images.edit({ model: MODEL, prompt: 'A hat', image });
    expect(changed.data?.[0]?.revised_prompt).toContain('"cat.png", 5 bytes');
    const events: string[] = [];
    const stream = await client.images.generate({ model: MODEL, prompt: 'A cat', stream: true, partial_images: 1 });
    for await (const event of stream) events.push(event.type);
    expect(events).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(await lastRecord()).toMatchObject({ operation: 'image_generation', streaming: true, grade: 'exact' });
  });

  it('speech', async () => {
    const response = await client.audio.speech.create({ model: MODEL, voice: 'alloy', input: 'one two' });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect([bytes.toString('latin1', 0, 4), bytes.readUInt32LE(4)]).toEqual(['RIFF', bytes.length - 8]);
    expect(await lastRecord()).toMatchObject({ operation: 'speech', grade: 'exact', tokens: { outputAudio: 2 } });
  });

  it('transcriptions and translations', async () => {
    const said = 'This is the simulator of Nestgate: it got "talk.wav", 10 bytes, and listened to nothing.';
    const { audio } = client;
    const written = await audio.transcriptions.create({ model: MODEL, file: await recording() });
    expect(written.text).toBe(said);
    const text = await audio.transcriptions.create({ model: MODEL, file: await recording(), response_format: 'srt' });
    expect(text).toContain('00:00:00,000 --> ');
    let streamed = '';
    const stream = await audio.transcriptions.create({ model: MODEL, file: await recording(), stream: true });
    for await (const event of stream) if (event.type === 'transcript.text.delta') streamed += event.delta;
    expect(streamed).toBe(said);
    const translated = await audio.translations.create({ model: MODEL, file: await recording() });
    expect(translated.text).toBe(said);
    expect(await lastRecord()).toMatchObject({ operation: 'translation', grade: 'exact', tokens: { inputAudio: 1 } });
  });

  it('failures, of JSON and of forms', async () => {
    const failure = { error: { status: 422, message: 'Not like this', code: 'odd' } };
    const expected = { status: 422, code: 'odd', message: expect.stringContaining('Not like this') as unknown };
    const embeddings = client.embeddings.create(controlled({ model: MODEL, input: 'a' }, failure));
    await expect(embeddings).rejects.toMatchObject(expected);
    const file = await recording();
    const form = controlled({ model: MODEL, file }, JSON.stringify(failure));
    await expect(client.audio.transcriptions.create(form)).rejects.toMatchObject(expected);
  });

  it('a failure in the middle of audio, which closes the connection', async () => {
    const body = { model: MODEL, voice: 'alloy', input: 'one two three' };
    const failing = controlled(body, { error: { status: 500, after_chunks: 2 } });
    const answer = new ChatClient(gateway, failing, { path: '/v1/audio/speech' });
    await answer.waitFor(({ isOver }) => isOver);
    expect(answer.isWhole).toBe(false);
    expect(await lastRecord()).toMatchObject({ operation: 'speech', status: 'failed' });
  });
});

const decode = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('latin1');
