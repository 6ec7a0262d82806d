import { describe, expect, it } from 'vitest';
import { type SpeechRequest, type TranscriptionRequest, type TranslationRequest } from '../../protocol/audio.js';
import { answerOf, formCall, jsonCall, simulator, streamOf } from '../../../test/support/simulator.js';

const speech = (fields: Record<string, unknown> = {}) =>
  jsonCall<SpeechRequest>({ input: 'one two three', voice: 'alloy', ...fields });

const FILE = [['file', 'talk.wav', '0123456789']] as const;
const recording = (fields: Record<string, string> = {}) => formCall<TranscriptionRequest>(fields, FILE);
const SAID = 'This is the simulator of Nestgate: it got "talk.wav", 10 bytes, and listened to nothing.';

/** Reads a WAV as its specification has it. @throws where it is none. */
function readWav(bytes: Buffer): { seconds: number; comment: string } {
  expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', 8, 12)]).toEqual(['RIFF', 'WAVE']);
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
  const chunks = new Map<string, Buffer>();
  let at = 12;
  while (at < bytes.length) {
    const length = bytes.readUInt32LE(at + 4);
    chunks.set(bytes.toString('latin1', at, at + 4), bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  expect(at).toBe(bytes.length);
  expect([...chunks.keys()]).toEqual(['fmt ', 'LIST', 'data']);
  const format = chunks.get('fmt ') ?? Buffer.alloc(16);
  const data = chunks.get('data') ?? Buffer.alloc(0);
  expect(format.readUInt16LE(0)).toBe(1);
  return { seconds: data.length / format.readUInt32LE(8), comment: chunks.get('LIST')?.toString('latin1') ?? '' };
}

describe('simulated speech', () => {
  it('is a tone for each word', async () => {
    const { contentType, bytes, usage } = await answerOf(simulator.speech, speech());
    expect(contentType).toBe('audio/wav');
    expect(readWav(bytes)).toMatchObject({ seconds: 0.3, comment: expect.stringContaining('simulator') as unknown });
    expect(usage).toMatchObject({ inputUncached: 4, outputAudio: 3 });
  });

  it('comes in pieces, the same', async () => {
    const whole = await answerOf(simulator.speech, speech());
    const { contentType, parts, bytes } = await streamOf(simulator.speech, speech());
    expect([contentType, parts.length]).toEqual(['audio/wav', 4]);
    expect(bytes.equals(whole.bytes)).toBe(true);
    expect(parts.at(-1)?.usage).toEqual(whole.usage);
  });

  it('is bare samples where those are asked for, and nothing else', async () => {
    const { contentType, bytes } = await answerOf(simulator.speech, speech({ response_format: 'pcm' }));
    expect([contentType, bytes.length]).toEqual(['audio/pcm', 4_800]);
    await expect(answerOf(simulator.speech, speech({ response_format: 'mp3' }))).rejects.toMatchObject({
      code: 'unsupported_parameter',
      param: 'response_format',
    });
  });

  it('comes as events', async () => {
    const whole = await answerOf(simulator.speech, speech());
    const { contentType, events } = await streamOf(simulator.speech, speech({ stream_format: 'sse' }));
    expect(contentType).toMatch(/^text\/event-stream/);
    const audio = events.flatMap(({ audio: base64 }) =>
      typeof base64 === 'string' ? [Buffer.from(base64, 'base64')] : [],
    );
    expect(Buffer.concat(audio).equals(whole.bytes)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { total_tokens: 7 } });
  });

  it('ends after a minute', async () => {
    const { bytes } = await answerOf(simulator.speech, speech({ input: 'word '.repeat(5_000) }));
    expect(readWav(bytes).seconds).toBe(60);
  });

  it('fails in the middle where it is asked to', async () => {
    const error = { status: 503, message: 'Hoarse', after_chunks: 2 };
    const call = speech({ simulator: { error } });
    await expect(streamOf(simulator.speech, call)).rejects.toMatchObject({ status: 503, message: 'Hoarse' });
  });
});

describe('simulated transcriptions', () => {
  it('tell what came', async () => {
    const { json, usage } = await answerOf(simulator.transcriptions, recording());
    expect(json).toMatchObject({ text: SAID, usage: { type: 'tokens', input_tokens: 1 } });
    expect(usage).toMatchObject({ inputAudio: 1, output: 22 });
  });

  it.each([
    ['text', 'text/plain; charset=utf-8', `${SAID}\n`],
    ['srt', 'text/plain; charset=utf-8', `1\n00:00:00,000 --> 00:00:07,500\n${SAID}\n\n`],
    ['vtt', 'text/vtt; charset=utf-8', `WEBVTT\n\n00:00:00.000 --> 00:00:07.500\n${SAID}\n\n`],
  ])('are written as %s', async (format, contentType, expected) => {
    const answer = await answerOf(simulator.transcriptions, recording({ response_format: format }));
    expect([answer.contentType, answer.text]).toEqual([contentType, expected]);
  });

  it('are written at length', async () => {
    const fields = { response_format: 'verbose_json', simulator: '{"content":"Hello there"}' };
    const { json } = await answerOf(simulator.transcriptions, recording(fields));
    expect(json).toMatchObject({ task: 'transcribe', duration: 1, text: 'Hello there', segments: [{ end: 1 }] });
    expect(json).not.toHaveProperty('words');
    const withWords = recording({ ...fields, 'timestamp_granularities[]': 'word' });
    expect((await answerOf(simulator.transcriptions, withWords)).json['words']).toEqual([
      { word: 'Hello', start: 0, end: 0.5 },
      { word: 'there', start: 0.5, end: 1 },
    ]);
  });

  it('come as events', async () => {
    const { events, parts } = await streamOf(simulator.transcriptions, recording({ stream: 'true' }));
    const deltas = events.flatMap(({ delta }) => (typeof delta === 'string' ? [delta] : []));
    expect(deltas.join('')).toBe(SAID);
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: SAID });
    expect(parts.at(-1)?.usage).toMatchObject({ output: 22 });
  });

  it('refuse forms that nobody knows, and controls that are no JSON', async () => {
    const answer = (fields: Record<string, string>) => answerOf(simulator.transcriptions, recording(fields));
    await expect(answer({ response_format: 'csv' })).rejects.toMatchObject({ param: 'response_format' });
    await expect(answer({ simulator: 'fast' })).rejects.toMatchObject({ param: 'simulator' });
    await expect(answer({ simulator: '{"tool_calls":[]}' })).rejects.toMatchObject({ param: 'simulator' });
    await expect(answer({ language: 'de' })).rejects.toMatchObject({ param: 'language' });
  });

  it('fail as they are asked to', async () => {
    const call = recording({ simulator: '{"error":{"status":429,"retry_after":2}}' });
    await expect(answerOf(simulator.transcriptions, call)).rejects.toMatchObject({ status: 429, retryAfter: 2 });
  });

  it('are translated as well, never streamed', async () => {
    const call = formCall<TranslationRequest>({ response_format: 'verbose_json' }, FILE);
    const { json } = await answerOf(simulator.translations, call);
    expect(json).toMatchObject({ task: 'translate', language: 'english', text: SAID });
    expect(simulator.translations?.stream).toBeUndefined();
  });

  it('know of no file where it is elsewhere', async () => {
    const call = formCall<TranscriptionRequest>({ url: 'https://example.com/a.wav' }, [], 'warn');
    expect((await answerOf(simulator.transcriptions, call)).json['text']).toContain('it got no file');
    expect(call.unsupported.names).toEqual(['url']);
  });
});
