import { describe, expect, it } from 'vitest';
import { type GatewayError } from '../../errors/gateway-error.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { ByteReader, OpenAiEventReader } from './openai.events.js';

const TYPE = 'text/event-stream; charset=utf-8';

const event = (value: { type: string; [name: string]: unknown }): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;

const PARTIAL = event({ type: 'image_generation.partial_image', b64_json: 'aGk=' });
const COMPLETED = event({
  type: 'image_generation.completed',
  b64_json: 'aGk=',
  usage: { input_tokens: 5, output_tokens: 3 },
});
const COUNTED: TokenUsage = { ...NO_TOKENS, inputUncached: 5, output: 3 };

interface Read {
  text: string;
  usage: TokenUsage | undefined;
  hasContent: boolean;
  isLast: boolean;
  error: GatewayError | undefined;
}

/** Reads pieces as they come over the wire. */
function read(...pieces: (string | Buffer)[]): Read {
  const reader = new OpenAiEventReader(TYPE);
  const seen: Read = { text: '', usage: undefined, hasContent: false, isLast: false, error: undefined };
  const take = (part: StreamPart | undefined): void => {
    if (part === undefined) return;
    seen.text += part.bytes.toString();
    seen.usage = part.usage ?? seen.usage;
    seen.hasContent ||= part.hasContent;
    seen.isLast ||= part.isLast === true;
    seen.error = part.error;
  };
  for (const piece of pieces) {
    take(reader.push(Buffer.from(piece)));
    if (seen.error !== undefined || seen.isLast) return seen;
  }
  take(reader.end());
  return seen;
}

const WHOLE = { hasContent: true, isLast: false, error: undefined };

describe('OpenAiEventReader', () => {
  it('passes whole events on, byte for byte', () => {
    expect(read(`: ping\n\n${PARTIAL}`, COMPLETED)).toEqual({
      ...WHOLE,
      text: `: ping\n\n${PARTIAL}${COMPLETED}`,
      usage: COUNTED,
    });
    expect(new OpenAiEventReader(TYPE).contentType).toBe(TYPE);
  });

  it.each([
    ['\n', '\n'],
    ['\r\n', '\r\n'],
  ])('reads the same however the bytes are cut, with lines that end with %j', (_name, end) => {
    const bytes = Buffer.from(`: ping\n\n${PARTIAL}${COMPLETED}${PARTIAL}data: [DONE]\n\n`.replaceAll('\n', end));
    const whole = read(bytes);
    expect(whole).toEqual({ ...WHOLE, isLast: true, text: bytes.toString(), usage: COUNTED });
    for (let at = 1; at < bytes.length; at++) {
      expect(read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    }
    expect(read(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it('gives nothing out while an event is not whole, and then all of it', () => {
    const reader = new OpenAiEventReader(TYPE);
    for (let at = 0; at < PARTIAL.length - 1; at++)
      expect(reader.push(Buffer.from(PARTIAL.charAt(at)))).toBeUndefined();
    expect(reader.push(Buffer.from('\n'))?.bytes.toString()).toBe(PARTIAL);
  });

  it('gives out what is whole of a piece', () => {
    const reader = new OpenAiEventReader(TYPE);
    expect(reader.push(Buffer.from(`${PARTIAL}${PARTIAL}data: {`))?.bytes.toString()).toBe(PARTIAL + PARTIAL);
    expect(reader.push(Buffer.from('}\n\n'))?.bytes.toString()).toBe('data: {}\n\n');
  });

  it('takes comments for no content', () => {
    expect(read(': ping\n\n')).toMatchObject({ hasContent: false, text: ': ping\n\n' });
  });

  it.each(['speech.audio.done', 'transcript.text.done', 'image_edit.completed'])('ends well after %s', (type) => {
    expect(read(event({ type })).error).toBeUndefined();
  });

  it('makes an event whole that the connection ends', () => {
    expect(read(COMPLETED.trimEnd())).toEqual({ ...WHOLE, text: COMPLETED, usage: COUNTED });
  });

  it.each([['nothing'], [PARTIAL], ['data: {"type":"image_gener']])('is broken after %j', (text) => {
    expect(read(text === 'nothing' ? '' : text).error).toMatchObject({ code: 'upstream_stream_broken' });
  });

  it.each([
    ['an object', { message: 'Not that', code: 'blocked' }, { message: 'Not that', code: 'blocked' }],
    ['a text', 'Not that', { message: 'Not that' }],
  ])('ends with an error that is %s', (_name, error, expected) => {
    const failure = `data: ${JSON.stringify({ error })}\n\n`;
    const seen = read(PARTIAL + failure + COMPLETED);
    expect(seen.text).toBe(PARTIAL);
    expect(seen.error).toMatchObject({ status: 502, ...expected });
  });

  it('takes an error that is null for none', () => {
    expect(read(event({ type: 'x.done', error: null })).error).toBeUndefined();
  });

  it('does not hold an event without end', () => {
    const reader = new OpenAiEventReader(TYPE);
    const piece = Buffer.alloc(8 * 1024 * 1024, 'x');
    const parts = Array.from({ length: 9 }, () => reader.push(piece));
    expect(parts.slice(0, 8)).toEqual(Array.from({ length: 8 }));
    expect(parts[8]?.error).toMatchObject({ code: 'upstream_invalid_response' });
  });

  it('may read the usage in another way', () => {
    const reader = new OpenAiEventReader(TYPE, () => COUNTED);
    expect(reader.push(Buffer.from(PARTIAL))?.usage).toEqual(COUNTED);
  });
});

describe('ByteReader', () => {
  it('passes bytes on as they are', () => {
    const reader = new ByteReader('audio/mpeg');
    const bytes = Buffer.from([0xff, 0x00, 0x0a, 0x0a]);
    expect(reader.push(bytes)).toEqual({ bytes, hasContent: true, textBytes: 0 });
    expect(reader.push(Buffer.alloc(0))).toMatchObject({ hasContent: false });
    expect(reader.end()).toBeUndefined();
    expect(reader.contentType).toBe('audio/mpeg');
  });
});
