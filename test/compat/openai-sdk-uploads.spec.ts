import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APIError, BadRequestError, toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { json, type SeenRequest, stream } from '../support/fake-upstream.js';
import { noise, partsOf, sha256, UploadDirectory } from '../support/forms.js';
import { canSeeOpenFiles } from '../support/open-uploads.js';
import { oneProvider } from '../support/scene.js';
import { clientOf } from './openai-client.js';

const SPEECH = noise(2_000_000);
const speech = () => toFile(SPEECH, 'speech.wav', { type: 'audio/wav' });
const SENT = { name: 'file', fileName: 'speech.wav', type: 'audio/wav', size: SPEECH.length, hash: sha256(SPEECH) };
const USAGE = {
  type: 'tokens',
  input_tokens: 40,
  input_token_details: { audio_tokens: 37 },
  output_tokens: 5,
} as const;

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const text = (contentType: string, body: string) => (seen: SeenRequest) => {
  seen.head(200, { 'content-type': contentType });
  seen.end(body);
};

describe('the official client', () => {
  it('gets a transcription', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(json({ text: 'Hello', usage: USAGE }));
    const { data, request_id: requestId } = await clientOf(gateway)
      .audio.transcriptions.create({ model: 'model', file: await speech() })
      .withResponse();
    expect(data).toMatchObject({ text: 'Hello', usage: USAGE });
    expect(await partsOf(upstreams[0].last)).toEqual(expect.arrayContaining([SENT, { name: 'model', value: 'model' }]));
    expect(await record()).toMatchObject({ requestId, grade: 'exact', tokens: { inputAudio: 37, output: 5 } });
  });

  it.skipIf(!canSeeOpenFiles)('sends a file of the disk', async () => {
    const directory = UploadDirectory.use();
    const path = join(directory.path, 'on-the-disk.wav');
    writeFileSync(path, SPEECH);
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(json({ text: 'Hello' }));
    await clientOf(gateway).audio.transcriptions.create({ model: 'model', file: createReadStream(path) });
    expect(await partsOf(upstreams[0].last)).toContainEqual(
      expect.objectContaining({ name: 'file', fileName: 'on-the-disk.wav', hash: SENT.hash }),
    );
    expect(directory.leftovers).toEqual(['on-the-disk.wav']);
  });

  it('gets a transcription with words and segments', async () => {
    const { gateway, upstreams } = await oneProvider();
    const words = [{ word: 'Hello', start: 0, end: 0.5 }];
    upstreams[0].always(json({ task: 'transcribe', language: 'english', duration: 0.5, text: 'Hello', words }));
    const verbose = await clientOf(gateway).audio.transcriptions.create({
      model: 'model',
      file: await speech(),
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
      temperature: 0,
      chunking_strategy: { type: 'server_vad', threshold: 0.5 },
    });
    expect(verbose.words).toEqual(words);
    expect(verbose.duration).toBe(0.5);
    expect(await partsOf(upstreams[0].last)).toEqual(
      expect.arrayContaining([
        { name: 'response_format', value: 'verbose_json' },
        { name: 'timestamp_granularities[]', value: 'word' },
        { name: 'timestamp_granularities[]', value: 'segment' },
        { name: 'temperature', value: '0' },
        { name: 'chunking_strategy[type]', value: 'server_vad' },
        { name: 'chunking_strategy[threshold]', value: '0.5' },
      ]),
    );
  });

  it.each([
    ['text', 'text/plain; charset=utf-8', 'Grüße\n'],
    ['srt', 'text/plain; charset=utf-8', '1\n00:00:00,000 --> 00:00:01,000\nHi\n'],
  ] as const)('gets a transcription as %s', async (format, contentType, body) => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(text(contentType, body));
    const file = await speech();
    const answer = await clientOf(gateway).audio.transcriptions.create({
      model: 'model',
      file,
      response_format: format,
    });
    expect(answer).toBe(body);
  });

  it('reads a transcription as it comes', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const events = [
      { type: 'transcript.text.delta', delta: 'Hel' },
      { type: 'transcript.text.delta', delta: 'lo' },
      { type: 'transcript.text.done', text: 'Hello', usage: USAGE },
    ];
    upstreams[0].always(stream(...events));
    const file = await speech();
    expect(
      await all(await clientOf(gateway).audio.transcriptions.create({ model: 'model', file, stream: true })),
    ).toEqual(events);
    expect(await record()).toMatchObject({ streaming: true, grade: 'exact', tokens: { inputAudio: 37, output: 5 } });
  });

  it('is told of an error within a stream', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(stream({ type: 'transcript.text.delta', delta: 'Hel' }, { error: { message: 'Lost it' } }));
    const file = await speech();
    const transcription = await clientOf(gateway).audio.transcriptions.create({ model: 'model', file, stream: true });
    await expect(all(transcription)).rejects.toThrow(APIError);
  });

  it('gets a translation', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(json({ text: 'Hello' }));
    const { text: translated } = await clientOf(gateway).audio.translations.create({
      model: 'model',
      file: await speech(),
      prompt: 'Grüße',
    });
    expect(translated).toBe('Hello');
    expect(upstreams[0].last.path).toBe('/v1/audio/translations');
    expect(await partsOf(upstreams[0].last)).toEqual(
      expect.arrayContaining([SENT, { name: 'prompt', value: 'Grüße' }]),
    );
  });

  const image = (name: string) => toFile(Buffer.from(`PNG ${name}`), name, { type: 'image/png' });
  const usage = {
    input_tokens: 30,
    output_tokens: 100,
    total_tokens: 130,
    input_tokens_details: { text_tokens: 10, image_tokens: 20 },
  };

  it.each([
    ['one image', 1],
    ['several images', 3],
  ])('edits %s, with a mask', async (_name, count) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(json({ created: 1, data: [{ b64_json: 'aGk=' }], usage }));
    const images = await Promise.all(Array.from({ length: count }, (_, index) => image(`${index}.png`)));
    const [first] = images;
    if (first === undefined) throw new Error('There is no image.');
    const { data } = await clientOf(gateway).images.edit({
      model: 'model',
      image: count === 1 ? first : images,
      mask: await image('mask.png'),
      prompt: 'Add a hat',
      n: 1,
    });
    expect(data).toEqual([{ b64_json: 'aGk=' }]);
    const parts = await partsOf(upstreams[0].last);
    const field = count === 1 ? 'image' : 'image[]';
    expect(parts.filter(({ name }) => name === field)).toMatchObject(
      images.map(({ name: fileName }) => ({ fileName, type: 'image/png' })),
    );
    expect(parts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'mask', fileName: 'mask.png' }),
        { name: 'prompt', value: 'Add a hat' },
        { name: 'n', value: '1' },
      ]),
    );
    expect(await record()).toMatchObject({ operation: 'image_edit', tokens: { inputUncached: 30, output: 100 } });
  });

  it('edits an image as it comes', async () => {
    const { gateway, upstreams } = await oneProvider();
    const events = [
      { type: 'image_edit.partial_image', b64_json: 'aA==', partial_image_index: 0 },
      { type: 'image_edit.completed', b64_json: 'aGk=', usage },
    ];
    upstreams[0].always(stream(...events));
    const edit = await clientOf(gateway).images.edit({
      model: 'model',
      image: await image('a.png'),
      prompt: 'Add a hat',
      stream: true,
      partial_images: 1,
    });
    expect(await all(edit)).toEqual(events);
  });

  it('is told what is missing', async () => {
    const { gateway } = await oneProvider();
    const refused = clientOf(gateway).audio.transcriptions.create({ model: '', file: await speech() });
    await expect(refused).rejects.toThrow(BadRequestError);
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'model' });
  });
});
