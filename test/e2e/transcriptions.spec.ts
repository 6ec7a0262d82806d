import { describe, expect, it } from 'vitest';
import { DONE, type SeenRequest, stream } from '../support/fake-upstream.js';
import { audio, type FormEntries, partsOf, postForm } from '../support/forms.js';
import { oneProvider, twoProviders } from '../support/scene.js';

const PATH = '/v1/audio/transcriptions';
const SPEECH = audio(Buffer.from('RIFF speech'));
const FORM: FormEntries = [
  ['model', 'model'],
  ['file', SPEECH],
];
const STREAMED: FormEntries = [...FORM, ['stream', 'true']];
const USAGE = {
  type: 'tokens',
  input_tokens: 40,
  input_token_details: { text_tokens: 3, audio_tokens: 37 },
  output_tokens: 5,
  total_tokens: 45,
};

const answers = (contentType: string, body: string | Buffer) => (seen: SeenRequest) => {
  seen.head(200, { 'content-type': contentType });
  seen.end(body);
};

const delta = (text: string): object => ({ type: 'transcript.text.delta', delta: text });
const done = (text: string): object => ({ type: 'transcript.text.done', text, usage: USAGE });
const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

describe('a transcription', () => {
  it.each([
    ['json', 'application/json', '{ "text" :"Grüße", "x": 1.0 }'],
    ['verbose_json', 'application/json; charset=utf-8', '{"task":"transcribe","duration":1.50,"text":"Hi","words":[]}'],
    ['text', 'text/plain; charset=utf-8', 'Grüße\n'],
    ['srt', 'text/plain', '1\n00:00:00,000 --> 00:00:01,000\nHi\n\n'],
    ['vtt', 'text/vtt', 'WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n'],
    ['text', 'text/plain', ''],
  ])('as %s (%s) comes back byte for byte', async (format, contentType, body) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(answers(contentType, body));
    const answer = await postForm(gateway, PATH, [...FORM, ['response_format', format]]);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, contentType, body]);
    // Seconds are what is billed.
    const grade = format === 'verbose_json' ? 'exact' : 'estimated';
    expect(await record()).toMatchObject({ operation: 'transcription', status: 'completed', grade });
    expect(upstreams[0].last.path).toBe('/v1/audio/transcriptions');
  });

  it('is counted where the provider counts', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(answers('application/json', JSON.stringify({ text: 'Hi', usage: USAGE })));
    await postForm(gateway, PATH, [...FORM, ['user', 'somebody']]);
    expect(await record()).toMatchObject({
      grade: 'exact',
      tokens: { inputUncached: 3, inputAudio: 37, output: 5 },
      endUser: 'somebody',
    });
  });

  it('or a translation goes to the address of its own', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(answers('application/json', '{"text":"Hello"}'));
    const answer = await postForm(gateway, '/v1/audio/translations', [...FORM, ['stream', 'true']]);
    expect(await answer.json()).toEqual({ text: 'Hello' });
    expect(upstreams[0].last.path).toBe('/v1/audio/translations');
    expect(await partsOf(upstreams[0].last)).toContainEqual({ name: 'stream', value: 'true' });
    expect(await record()).toMatchObject({ operation: 'translation', streaming: false });
  });

  it.each([
    ['url', 'https://example.com/a.wav'],
    ['file_url', 'https://example.com/a.wav'],
    ['file_id', 'file-1'],
  ])('may be of a recording that the provider fetches by %s', async (name, value) => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(answers('application/json', '{"text":"Hello"}'));
    expect(
      (
        await postForm(gateway, PATH, [
          ['model', 'model'],
          [name, value],
        ])
      ).status,
    ).toBe(200);
    expect(await partsOf(upstreams[0].last)).toContainEqual({ name, value });
  });

  it.each([
    ['broken JSON', '{"text":"Hel', 'upstream_invalid_response'],
    ['an error with status 200', '{"error":{"message":"Cannot","code":"audio_bad"}}', 'audio_bad'],
  ])('that comes back as %s is an error', async (_name, body, code) => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(answers('application/json', body));
    const answer = await postForm(gateway, PATH, FORM);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it('that the provider refuses is told in its words', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always((seen) => {
      seen.head(400, { 'content-type': 'application/json' });
      seen.end(
        '{"error":{"message":"Invalid file format.","type":"invalid_request_error","param":"file","code":null}}',
      );
    });
    const answer = await postForm(gateway, PATH, FORM);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: 'Invalid file format.', param: 'file' } });
  });
});

describe('a streamed transcription', () => {
  it.each([
    ['ends with the connection', [event(delta('Hel')), event(delta('lo')), event(done('Hello'))]],
    ['ends with [DONE]', [event(delta('Hel')), event(delta('lo')), event(done('Hello')), DONE]],
    [
      'has named events and comments',
      [`event: transcript.text.delta\n${event(delta('Hello'))}: hi\n\n${event(done('Hello'))}`],
    ],
  ])('that %s comes as it is', async (_name, events) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(stream(...events));
    const answer = await postForm(gateway, PATH, STREAMED);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await answer.text()).toBe(events.join(''));
    expect(await partsOf(upstreams[0].last)).toContainEqual({ name: 'stream', value: 'true' });
    expect(await record()).toMatchObject({
      streaming: true,
      grade: 'exact',
      tokens: { inputUncached: 3, inputAudio: 37, output: 5 },
    });
  });

  it('comes whole event by whole event, wherever the provider’s bytes are cut', async () => {
    const { gateway, upstreams } = await oneProvider();
    const bytes = Buffer.from(event(delta('Grüße')) + event(done('Grüße')));
    upstreams[0].always(async (seen) => {
      seen.head(200, { 'content-type': 'text/event-stream' });
      for (const byte of bytes) await seen.write(Buffer.from([byte]));
      seen.end();
    });
    expect(await (await postForm(gateway, PATH, STREAMED)).text()).toBe(bytes.toString());
  });

  it.each([
    ['JSON', 'application/json', JSON.stringify({ text: 'Hello', usage: USAGE }), 'exact'],
    ['text', 'text/plain; charset=utf-8', 'Hello\n', 'estimated'],
  ])('may come as one whole %s, since Whisper does not stream', async (_name, contentType, body, grade) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(answers(contentType, body));
    const answer = await postForm(gateway, PATH, STREAMED);
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual([contentType, body]);
    expect(await record()).toMatchObject({ status: 'completed', grade });
  });

  it('that is an error from the first goes to the next deployment, whole', async () => {
    const { gateway, upstreams } = await twoProviders();
    const [first, second] = upstreams;
    first.always(answers('application/json', '{"error":{"message":"Cannot"}}'));
    second.always(stream(event(delta('Hello')), event(done('Hello'))));
    expect(await (await postForm(gateway, PATH, STREAMED)).text()).toContain('transcript.text.done');
    expect(await partsOf(second.last)).toEqual(await partsOf(first.last));
  });

  it.each([
    ['stops before its end', stream(event(delta('Hel'))), 'upstream_stream_broken'],
    ['is cut off', stream(event(delta('Hel')), (seen) => seen.cut()), 'upstream_unreachable'],
    ['holds an error', stream(event(delta('Hel')), event({ error: { message: 'Lost it', code: 'lost' } })), 'lost'],
  ])('that %s says so in the stream', async (_name, behaviour, code) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(behaviour);
    const text = await (await postForm(gateway, PATH, STREAMED)).text();
    expect(text.startsWith(event(delta('Hel')))).toBe(true);
    const last = JSON.parse(text.trimEnd().split('\n').at(-1)?.replace('data: ', '') ?? '') as unknown;
    expect(last).toMatchObject({ error: { code, type: 'server_error' } });
    expect(await record()).toMatchObject({
      status: 'failed',
      errorCode: code,
      grade: 'estimated',
      tokens: { output: 1 },
    });
  });
});

describe('an edit of images', () => {
  const image = (name: string): File => audio(Buffer.from(`PNG ${name}`), name, 'image/png');
  const EDIT: FormEntries = [
    ['model', 'model'],
    ['image[]', image('a.png')],
    ['image[]', image('b.png')],
    ['mask', image('mask.png')],
    ['prompt', 'Add a hat'],
    ['n', '1'],
  ];
  const usage = { input_tokens: 30, output_tokens: 100, input_tokens_details: { text_tokens: 10, image_tokens: 20 } };

  it('takes several, in their order', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const body = JSON.stringify({ created: 1, data: [{ b64_json: 'aGk=' }], usage });
    upstreams[0].always(answers('application/json', body));
    const answer = await postForm(gateway, '/v1/images/edits', EDIT);
    expect(await answer.text()).toBe(body);
    expect(upstreams[0].last.path).toBe('/v1/images/edits');
    expect(await partsOf(upstreams[0].last)).toMatchObject([
      { name: 'model' },
      { name: 'image[]', fileName: 'a.png', type: 'image/png' },
      { name: 'image[]', fileName: 'b.png' },
      { name: 'mask', fileName: 'mask.png' },
      { name: 'prompt' },
      { name: 'n' },
    ]);
    expect(await record()).toMatchObject({
      operation: 'image_edit',
      grade: 'exact',
      tokens: { inputUncached: 30, output: 100 },
    });
  });

  it('comes as events of any size', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const events = [
      event({ type: 'image_edit.partial_image', b64_json: 'A'.repeat(3_000_000), partial_image_index: 0 }),
      event({ type: 'image_edit.completed', b64_json: 'B'.repeat(3_000_000), usage }),
    ];
    upstreams[0].always(stream(...events));
    const answer = await postForm(gateway, '/v1/images/edits', [...EDIT, ['stream', 'true'], ['partial_images', '1']]);
    expect(await answer.text()).toBe(events.join(''));
    expect(await record()).toMatchObject({ grade: 'exact', tokens: { inputUncached: 30, output: 100 } });
  });
});
