import { Injectable } from '@nestjs/common';
import { concat, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/errors/upstream-error.js';
import { AdapterFor } from '../../src/providers/adapter-for.decorator.js';
import { type Provider, type ProviderAdapter } from '../../src/providers/provider-adapter.interface.js';
import { chat, ChatClient } from '../support/chat-client.js';
import {
  forever,
  gate,
  json,
  openAiError,
  type SeenRequest,
  status,
  stream,
  streamOf,
} from '../support/fake-upstream.js';
import { oneProvider, twoProviders } from '../support/scene.js';

const PATH = '/v1/audio/speech';
const REQUEST = { model: 'model', input: 'The quick brown fox.', voice: 'alloy' };

const MEGABYTE = 1024 * 1024;
const TOTAL = 64 * MEGABYTE;

/** Bytes that are no text in any encoding. */
const AUDIO = Buffer.from(Array.from({ length: 50_000 }, (_, place) => (place * 197 + (place >> 8)) % 256));

/** Answers `AUDIO` as a whole: the dialect of a provider that cannot stream. */
@Injectable()
@AdapterFor('whole-speech')
class WholeSpeechAdapter implements ProviderAdapter {
  connect(): Provider {
    const answer = { contentType: 'audio/wav', bytes: AUDIO, usage: undefined, textBytes: 0 };
    return { speech: { answer: () => Promise.resolve(answer) } };
  }
}

/** Breaks off at once after its first bytes. */
@Injectable()
@AdapterFor('torn-speech')
class TornSpeechAdapter implements ProviderAdapter {
  connect(): Provider {
    const parts = concat(
      of({ bytes: AUDIO, hasContent: true, textBytes: 0 }),
      throwError(() => new UpstreamError('upstream_stream_broken')),
    );
    const pause = (): void => undefined;
    const torn = { contentType: 'audio/wav', parts, pause, resume: pause };
    return { speech: { answer: () => Promise.reject(new Error('It only streams.')), stream: () => torn } };
  }
}

describe('/v1/audio/speech', () => {
  it('plays the provider’s bytes as they come', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const rest = gate();
    upstreams[0].next(streamOf('audio/mpeg', AUDIO.subarray(0, 20_000), rest.passed, AUDIO.subarray(20_000)));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });

    await client.waitFor(({ bytesRead }) => bytesRead === 20_000);
    expect([client.status, client.headers['content-type']]).toEqual([200, 'audio/mpeg']);
    rest.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.isWhole).toBe(true);
    expect(client.bytes.equals(AUDIO)).toBe(true);
    expect(await record()).toMatchObject({
      operation: 'speech',
      status: 'completed',
      httpStatus: 200,
      grade: 'estimated',
      tokens: { inputUncached: Math.ceil(JSON.stringify(REQUEST).length / 4), output: 0 },
    });
  });

  it('is an answer without a type too', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].next((seen) => {
      seen.head(200, {});
      seen.end(AUDIO);
    });
    const { headers, bytes } = await chat(gateway, REQUEST, { path: PATH });
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(bytes.equals(AUDIO)).toBe(true);
  });

  it.each([
    ['a reset', (seen: SeenRequest) => seen.reset()],
    ['an end in mid-answer', (seen: SeenRequest) => seen.cut()],
  ])('ends the connection after %s, with no word among the audio', async (_name, breaks) => {
    const { gateway, upstreams, record } = await oneProvider();
    const broken = gate();
    upstreams[0].next(streamOf('audio/mpeg', AUDIO, broken.passed, breaks));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ bytesRead }) => bytesRead === AUDIO.length);
    broken.open();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.isWhole).toBe(false);
    expect(client.bytes.equals(AUDIO)).toBe(true);
    expect(await record()).toMatchObject({ status: 'failed', httpStatus: 200, attempts: [{ status: null }] });
  });

  it('begins before it is ended, even where both come together', async () => {
    const { gateway, record } = await oneProvider({
      provider: { kind: 'torn-speech' },
      extras: { providers: [TornSpeechAdapter] },
    });
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ isOver }) => isOver);

    expect([client.status, client.headers['content-type']]).toEqual([200, 'audio/wav']);
    expect(client.isWhole).toBe(false);
    expect(client.bytes.equals(AUDIO)).toBe(true);
    expect(await record()).toMatchObject({ status: 'failed', httpStatus: 200 });
  });

  it('notices an answer that is shorter than it said', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(async (seen) => {
      seen.head(200, { 'content-type': 'audio/mpeg', 'content-length': '90000' });
      await seen.write(AUDIO);
      seen.cut();
    });
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ isOver }) => isOver);

    expect(client.isWhole).toBe(false);
    expect(client.text).not.toContain('"error"');
    expect((await record()).status).toBe('failed');
  });

  it('has no comments in it', async () => {
    const { gateway, upstreams } = await oneProvider({
      gateway: { streaming: { keepAliveInterval: 20, openAfter: 20 } },
    });
    const silence = gate();
    upstreams[0].next(streamOf('audio/mpeg', AUDIO, silence.passed, AUDIO), stream(silence.passed));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ bytesRead }) => bytesRead === AUDIO.length);
    // A stream beside it, kept open by the same clock, shows that its time had come.
    const beside = new ChatClient(gateway);
    await beside.waitFor(({ text }) => text.includes(': keep-alive\n\n: keep-alive\n\n'));
    beside.leave();
    silence.open();
    await client.waitFor(({ isOver }) => isOver);
    expect(client.bytes.equals(Buffer.concat([AUDIO, AUDIO]))).toBe(true);
  });

  it('lets the provider go when the client leaves', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(streamOf('audio/mpeg', AUDIO, forever));
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ bytesRead }) => bytesRead === AUDIO.length);
    client.leave();

    await upstreams[0].waitFor(({ last }) => last.leftByPeer);
    expect(await record()).toMatchObject({ status: 'aborted', httpStatus: 499, grade: 'estimated' });
  });

  it('stops the provider while the client does not read', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const [upstream] = upstreams;
    upstream.always(async (seen) => {
      seen.head(200, { 'content-type': 'audio/mpeg' });
      while (seen.bytesWritten < TOTAL && !seen.leftByPeer) await seen.write(AUDIO);
      seen.end();
    });
    const client = new ChatClient(gateway, REQUEST, { path: PATH, keepText: false });
    client.pause();
    const seen = await upstream.request(0);
    // Over many rounds in which everything else goes on.
    for (let rounds = 0, before = -1; rounds < 30; before = seen.bytesWritten) {
      await chat(gateway, undefined, { path: '/v1/models', method: 'GET' });
      rounds = seen.bytesWritten === before && seen.isBlocked ? rounds + 1 : 0;
      if (seen.bytesWritten >= TOTAL) break;
    }

    // What the kernel holds for two connections, and the gateway between them, with room to spare.
    expect(seen.bytesWritten).toBeLessThan(40 * MEGABYTE);
    client.resume();
    await client.waitFor(({ isOver }) => isOver);
    expect([client.isWhole, client.bytesRead]).toEqual([true, seen.bytesWritten]);
    expect((await record()).status).toBe('completed');
  });

  it('asks the next provider while no audio has come, each once', async () => {
    const { gateway, upstreams, record } = await twoProviders({ provider: { maxRetries: 5 } });
    const [first, second] = upstreams;
    first.next((seen) => {
      seen.head(200, { 'content-type': 'audio/mpeg' });
      seen.reset();
    });
    second.next(streamOf('audio/mpeg', AUDIO));

    expect((await chat(gateway, REQUEST, { path: PATH })).bytes.equals(AUDIO)).toBe(true);

    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
    expect((await record()).attempts).toHaveLength(2);
  });

  it.each([
    ['an error', openAiError(500, 'oops'), 500],
    ['an error in plain text', status(400, 'no such voice'), 400],
    ['JSON in place of audio', json({ audio_data: 'aGVsbG8=' }), 502],
  ])('answers %s as JSON, after one try', async (_name, behaviour, code) => {
    const { gateway, upstreams, record } = await oneProvider({ provider: { maxRetries: 5 } });
    upstreams[0].always(behaviour);

    const answer = await chat(gateway, REQUEST, { path: PATH });

    expect([answer.status, answer.headers['content-type']]).toEqual([code, 'application/json']);
    expect(answer.json['error']).toMatchObject({ type: 'upstream_error' });
    expect(upstreams[0].dispatches).toBe(1);
    expect(await record()).toMatchObject({ status: 'failed', grade: 'none' });
  });

  it('comes as events where the client asks for them, with the usage on record', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const events = [
      { type: 'speech.audio.delta', audio: AUDIO.toString('base64') },
      { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } },
    ]
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .join('');
    upstreams[0].next(stream(events));

    const answer = await chat(gateway, { ...REQUEST, stream_format: 'sse' }, { path: PATH });

    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.text).toBe(events);
    expect(await record()).toMatchObject({
      status: 'completed',
      grade: 'exact',
      tokens: { inputUncached: 14, output: 0, outputAudio: 101 },
    });
  });

  it('tells of a failure among events as an event', async () => {
    const { gateway, upstreams } = await oneProvider();
    const delta = `data: ${JSON.stringify({ type: 'speech.audio.delta', audio: 'aGk=' })}\n\n`;
    upstreams[0].next(stream(delta));

    const { text } = await chat(gateway, { ...REQUEST, stream_format: 'sse' }, { path: PATH });

    expect(text.startsWith(delta)).toBe(true);
    expect(text.slice(delta.length)).toMatch(/^data: \{"error":.*"code":"upstream_stream_broken"/);
  });

  it('comes whole from a provider that cannot stream it', async () => {
    const { gateway, record } = await oneProvider({
      provider: { kind: 'whole-speech' },
      extras: { providers: [WholeSpeechAdapter] },
      gateway: { streaming: { keepAliveInterval: 20 } },
    });

    const answer = await chat(gateway, REQUEST, { path: PATH });

    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'audio/wav', 'content-length': String(AUDIO.length) });
    expect(answer.bytes.equals(AUDIO)).toBe(true);
    expect(await record()).toMatchObject({ status: 'completed', operation: 'speech' });
  });

  it.each([
    ['no input', { input: undefined }, 'missing_required_parameter', 'input'],
    ['an input that is null', { input: null }, 'missing_required_parameter', 'input'],
    ['an empty input', { input: '' }, 'invalid_value', 'input'],
    ['an input that is a list', { input: ['Hi'] }, 'invalid_type', 'input'],
    ['no voice', { voice: undefined }, 'missing_required_parameter', 'voice'],
    ['a voice that is a number', { voice: 1 }, 'invalid_type', 'voice'],
    ['a format that is a number', { response_format: 1 }, 'invalid_type', 'response_format'],
    ['too fast', { speed: 5 }, 'invalid_value', 'speed'],
    ['a form of stream that is true', { stream_format: true }, 'invalid_type', 'stream_format'],
    ['instructions in a list', { instructions: ['softly'] }, 'invalid_type', 'instructions'],
  ])('refuses %s', async (_name, body, code, param) => {
    const { gateway, upstreams } = await oneProvider();
    const answer = await chat(gateway, { ...REQUEST, ...body }, { path: PATH });
    expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(upstreams[0].dispatches).toBe(0);
  });
});
