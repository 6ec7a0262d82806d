import { type ClientRequest, request as httpRequest } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { type CallContext } from '../../src/events/call-context.js';
import { Extension } from '../../src/extensions/gateway-extension.interface.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';
import { type Behaviour, forever, hang, json, openAiError, reset, type SeenRequest } from '../support/fake-upstream.js';
import {
  audio,
  formBytes,
  type FormEntries,
  noise,
  partsOf,
  postForm,
  sha256,
  UploadDirectory,
} from '../support/forms.js';
import { TEST_KEY } from '../support/gateway.js';
import { canSeeOpenFiles } from '../support/open-uploads.js';
import { oneProvider, twoProviders } from '../support/scene.js';

const PATH = '/v1/audio/transcriptions';
/** OpenAI's limit for one file. */
const LARGEST = 25 * 1024 * 1024;
const LARGE = noise(3 * 1024 * 1024);

const transcript = json({ text: 'Hello', usage: { type: 'duration', seconds: 3 } });
const FORM: FormEntries = [
  ['model', 'model'],
  ['file', audio(LARGE)],
  ['response_format', 'json'],
];

/** A client that sends what it is told, when it is told. */
function uploader(port: number, headers: Record<string, string>): ClientRequest {
  const client = httpRequest({
    host: '127.0.0.1',
    port,
    path: PATH,
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${TEST_KEY}`, ...headers },
  });
  client.on('error', () => undefined);
  return client;
}

describe.skipIf(!canSeeOpenFiles)('an upload', () => {
  it('of 25 MB goes whole to each deployment in turn, once', async () => {
    const directory = UploadDirectory.use();
    const { gateway, upstreams, record } = await twoProviders({
      first: { models: [{ name: 'model', upstreamModel: 'whisper-1' }] },
      second: { models: [{ name: 'model', upstreamModel: 'whisper-large-v3' }] },
    });
    const [first, second] = upstreams;
    first.always(openAiError(500, 'down'));
    second.always((seen) => {
      // It is open while the call lasts, and nobody else could open it.
      expect(directory.leftovers).toEqual([expect.stringMatching(/ \(deleted\)$/)]);
      return transcript(seen);
    });
    const bytes = noise(LARGEST);

    const answer = await postForm(gateway, PATH, [
      ['timestamp_granularities[]', 'word'],
      ['model', 'model'],
      ['timestamp_granularities[]', 'segment'],
      ['file', audio(bytes, 'Grüße "1".wav', 'audio/x-wav')],
      ['prompt', 'Zoë\r\n'],
      ['unknown', 'kept'],
    ]);

    expect([answer.status, await answer.json()]).toEqual([
      200,
      { text: 'Hello', usage: { type: 'duration', seconds: 3 } },
    ]);
    const sent = (model: string) => [
      { name: 'timestamp_granularities[]', value: 'word' },
      { name: 'model', value: model },
      { name: 'timestamp_granularities[]', value: 'segment' },
      { name: 'file', fileName: 'Grüße "1".wav', type: 'audio/x-wav', size: LARGEST, hash: sha256(bytes) },
      { name: 'prompt', value: 'Zoë\r\n' },
      { name: 'unknown', value: 'kept' },
    ];
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
    expect(await partsOf(first.last)).toEqual(sent('whisper-1'));
    expect(await partsOf(second.last)).toEqual(sent('whisper-large-v3'));
    for (const { headers, body } of [first.last, second.last]) {
      expect(headers['content-length']).toBe(String(body.length));
      expect(headers['transfer-encoding']).toBeUndefined();
    }
    // Seconds are what is billed, and no tokens are counted.
    const { grade, tokens, attempts } = await record();
    expect(grade).toBe('exact');
    expect(tokens).toEqual(NO_TOKENS);
    expect(attempts.map(({ status }) => status)).toEqual([500, 200]);
    expect(directory.leftovers).toEqual([]);
  });

  it.each([
    ['resets the connection within it', reset],
    ['answers before it has come', openAiError(503, 'busy')],
  ])('goes whole to the next deployment where one %s', async (_name, behaviour) => {
    const directory = UploadDirectory.use();
    const { gateway, upstreams } = await twoProviders();
    const [first, second] = upstreams;
    first.early(behaviour);
    second.always(transcript);

    expect((await postForm(gateway, PATH, FORM)).status).toBe(200);

    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
    expect(await partsOf(second.last)).toMatchObject([{}, { hash: sha256(LARGE), size: LARGE.length }, {}]);
    expect(directory.leftovers).toEqual([]);
  });

  it('is not tried twice on one deployment', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 3 } });
    upstreams[0].always(openAiError(503, 'busy'));
    const answer = await postForm(gateway, PATH, FORM);
    expect(answer.status).toBe(503);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it.each([
    ['a model that is not there', 404, [['model', 'other'], FORM[1]]],
    ['no model', 400, [FORM[1]]],
    ['a failing provider', 500, FORM],
    ['an extension that refuses', 403, FORM],
  ])('leaves nothing behind with %s', async (name, code, entries) => {
    @Extension()
    class Refusing {
      onRequest(_call: CallContext): void {
        if (name.startsWith('an extension')) throw new GatewayError('request_refused');
      }
    }
    const directory = UploadDirectory.use();
    const { gateway, upstreams } = await oneProvider({ extras: { providers: [Refusing] } });
    upstreams[0].always(openAiError(500, 'down'));
    const answer = await postForm(gateway, PATH, entries as unknown as FormEntries);
    expect(answer.status).toBe(code);
    await vi.waitFor(() => expect(directory.leftovers).toEqual([]));
  });

  it('whose client leaves in the middle is no call, and leaves nothing behind', async () => {
    const directory = UploadDirectory.use();
    const { gateway, upstreams, watch, records } = await oneProvider();
    const { contentType, body } = await formBytes(FORM);
    const client = uploader(gateway.port, { 'content-type': contentType, 'content-length': String(body.length) });
    client.write(body.subarray(0, -100_000));
    await vi.waitFor(() => expect(directory.leftovers).toHaveLength(1));
    client.destroy();
    await vi.waitFor(() => expect(directory.leftovers).toEqual([]));
    expect(watch.admitted).toEqual([]);
    expect(await records()).toEqual([]);
    expect(upstreams[0].dispatches).toBe(0);
  });

  it.each<[string, Behaviour]>([
    ['before the answer', hang],
    [
      'in the middle of the answer',
      async (seen: SeenRequest) => {
        seen.head(200, { 'content-type': 'text/event-stream' });
        await seen.write('data: {"type":"transcript.text.delta","delta":"Hel"}\n\n');
        return forever(seen);
      },
    ],
  ])('whose client leaves %s is given up, and leaves nothing behind', async (_name, behaviour) => {
    const directory = UploadDirectory.use();
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(behaviour);
    const { contentType, body } = await formBytes([...FORM, ['stream', 'true']]);
    const client = uploader(gateway.port, { 'content-type': contentType, 'content-length': String(body.length) });
    const answered = new Promise((resolve) => client.once('response', resolve));
    client.end(body);
    const seen = await upstreams[0].request(0);
    expect(directory.leftovers).toHaveLength(1);
    if (behaviour !== hang) await answered;
    client.destroy();
    await upstreams[0].waitFor(() => seen.leftByPeer);
    expect(await record()).toMatchObject({ status: 'aborted', httpStatus: 499 });
    await vi.waitFor(() => expect(directory.leftovers).toEqual([]));
  });

  it('whose client leaves while it is sent on is given up', async () => {
    const directory = UploadDirectory.use();
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].early(hang);
    const { contentType, body } = await formBytes([
      ['model', 'model'],
      ['file', audio(noise(LARGEST))],
    ]);
    const client = uploader(gateway.port, { 'content-type': contentType, 'content-length': String(body.length) });
    client.end(body);
    await upstreams[0].request(0);
    client.destroy();
    expect(await record()).toMatchObject({ status: 'aborted' });
    await vi.waitFor(() => expect(directory.leftovers).toEqual([]));
  });

  it('of many at once is not mixed up', async () => {
    const directory = UploadDirectory.use();
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(async (seen) => {
      const parts = await partsOf(seen);
      await json({ text: JSON.stringify(parts.find(({ name }) => name === 'file')) })(seen);
    });
    const sizes = [10, 1_000_000, 1_100_000, 2_000_000, 3_000_000, 50_000];
    const told = await Promise.all(
      sizes.map(async (size) => {
        const answer = await postForm(gateway, PATH, [
          ['file', audio(noise(size))],
          ['model', 'model'],
        ]);
        const { text } = (await answer.json()) as { text: string };
        return JSON.parse(text) as unknown;
      }),
    );
    expect(told).toMatchObject(sizes.map((size) => ({ size, hash: sha256(noise(size)) })));
    expect(directory.leftovers).toEqual([]);
  });
});
