import { describe, expect, it } from 'vitest';
import { type GatewayError } from '../../src/errors/gateway-error.js';
import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { OpenAiStreamReader } from '../../src/providers/openai/openai.stream.js';
import { type StreamPart } from '../../src/providers/provider-adapter.interface.js';
import { eventsOf, expectedStream, expectedTokens, gistOf, inStreamError, writtenBytes } from './openai-reader.js';
import {
  asksForUsage,
  chats,
  isFailed,
  isStream,
  recordingsAvailable,
  responseBytes,
  rows,
} from './openai-recordings.js';

interface Read {
  readonly text: string;
  readonly usage: TokenUsage | undefined;
  readonly hasContent: boolean;
  readonly textBytes: number;
  readonly error: GatewayError | undefined;
}

/** What the reader makes of a stream that comes in these pieces. */
function read(pieces: Iterable<Buffer>, showsUsage = true): Read {
  const reader = new OpenAiStreamReader(showsUsage);
  const parts: StreamPart[] = [];
  for (const piece of pieces) {
    const part = reader.push(piece);
    if (part !== undefined) parts.push(part);
    if (part?.error !== undefined) return join(parts);
  }
  const last = reader.end();
  return join(last === undefined ? parts : [...parts, last]);
}

const join = (parts: readonly StreamPart[]): Read => ({
  text: Buffer.concat(parts.map(({ bytes }) => bytes)).toString(),
  usage: parts.findLast(({ usage }) => usage !== undefined)?.usage,
  hasContent: parts.some(({ hasContent }) => hasContent),
  textBytes: parts.reduce((sum, { textBytes }) => sum + textBytes, 0),
  error: parts.at(-1)?.error,
});

const isSame = (one: Read, other: Read): boolean =>
  one.text === other.text &&
  one.hasContent === other.hasContent &&
  one.textBytes === other.textBytes &&
  one.error?.message === other.error?.message &&
  one.error?.code === other.error?.code &&
  JSON.stringify(one.usage) === JSON.stringify(other.usage);

const inTwo = (body: Buffer, at: number): Buffer[] => [body.subarray(0, at), body.subarray(at)];

const streams = rows(chats.filter((recording) => isStream(recording) && !isFailed(recording)));
/** From here on every cut in two takes too long: the work grows with the square of the length. */
const LONG = 8_000;
const short = streams.filter(([, recording]) => responseBytes(recording).length <= LONG);
const long = streams.filter(([, recording]) => responseBytes(recording).length > LONG);

describe.skipIf(!recordingsAvailable)('the reader of OpenAI’s streams', () => {
  it('is given streams of every sort', () => {
    expect(short.length).toBeGreaterThanOrEqual(20);
    expect(long.length).toBeGreaterThanOrEqual(6);
    const beyondAscii = streams.filter(([, recording]) => responseBytes(recording).some((byte) => byte > 0x7f));
    expect(beyondAscii.length).toBeGreaterThan(0);
  });

  it.each(streams)('reads %s', (_, recording) => {
    const body = responseBytes(recording);
    const { usage } = gistOf(recording);
    const error = inStreamError(recording);
    for (const showsUsage of [true, false]) {
      const found = read([body], showsUsage);
      const whole = expectedStream(body.toString(), showsUsage);
      // The last event, `[DONE]` or the error, is the gateway's to write.
      expect(found.text).toBe(eventsOf(whole).slice(0, -1).join(''));
      expect(found.error?.message).toBe(error?.['message']);
      expect(found.usage).toEqual(usage === undefined ? undefined : expectedTokens(recording, usage));
      expect(found.hasContent).toBe(true);
    }
  });

  it.each(streams)('counts the text of %s', (_, recording) => {
    const body = responseBytes(recording);
    expect(read([body]).textBytes).toBe(writtenBytes(body.toString()));
  });

  it.each(streams)('reads %s byte by byte', (_, recording) => {
    const body = responseBytes(recording);
    const bytes = Array.from(body, (_byte, at) => body.subarray(at, at + 1));
    for (const showsUsage of [true, false]) expect(read(bytes, showsUsage)).toEqual(read([body], showsUsage));
  });

  it.each(short)('reads %s cut in two anywhere', (_, recording) => {
    const body = responseBytes(recording);
    const uncut = read([body], asksForUsage(recording));
    for (let at = 1; at < body.length; at++) {
      const cut = read(inTwo(body, at), asksForUsage(recording));
      if (!isSame(cut, uncut)) expect.fail(`Cut at ${at}, it says something else.`);
    }
  });

  // Cutting every event at once at its nth byte covers each place too.
  it.each(long)('reads %s cut anywhere in its events', (_, recording) => {
    const body = responseBytes(recording);
    const uncut = read([body], asksForUsage(recording));
    const events = eventsOf(body.toString()).map((event) => Buffer.from(event));
    const longest = Math.max(...events.map((event) => event.length));
    for (let at = 1; at <= longest; at++) {
      const pieces = events.flatMap((event) => (event.length > at ? inTwo(event, at) : [event]));
      if (!isSame(read(pieces, asksForUsage(recording)), uncut)) expect.fail(`Cut at ${at}, it says something else.`);
    }
    for (let at = 1; at < body.length; at += 127) {
      if (!isSame(read(inTwo(body, at), asksForUsage(recording)), uncut)) expect.fail(`Cut at ${at}, it differs.`);
    }
  });

  it.each(streams)('finds %s broken where its end is missing', (_, recording) => {
    const body = responseBytes(recording);
    const finish = /"finish_reason":\s?"/.exec(body.toString())?.index ?? body.lastIndexOf('event: error');
    const end = body.lastIndexOf('data:', Buffer.byteLength(body.toString().slice(0, finish)));
    expect(read([body.subarray(0, end)]).error).toMatchObject({ code: 'upstream_stream_broken', status: 502 });
  });

  it.each(streams)('reads %s with other ends of lines', (_, recording) => {
    const body = responseBytes(recording).toString();
    const expected = read([Buffer.from(body)]);
    const other = Buffer.from(body.replaceAll('\n', '\r\n'));
    const uncut = read([other]);
    expect({ ...uncut, text: uncut.text.replaceAll('\r\n', '\n') }).toEqual(expected);
    for (let at = 1; at < other.length; at += other.length > LONG ? 997 : 17) {
      if (!isSame(read(inTwo(other, at)), uncut)) expect.fail(`Cut at ${at}, it says something else.`);
    }
  });

  it.each(streams)('reads %s without the last blank line', (_, recording) => {
    const body = responseBytes(recording);
    expect(read([body.subarray(0, -1)])).toEqual(read([body]));
    expect(read([body.subarray(0, -2)])).toEqual(read([body]));
    // The chunk before `[DONE]` too.
    const end = body.lastIndexOf('\n\ndata: [DONE]');
    if (end > 0) expect(read([body.subarray(0, end)])).toEqual(read([body]));
  });

  it('would notice a difference', () => {
    const [, recording] = short[0] ?? [];
    if (recording === undefined) throw new Error('There is no recording to try it on.');
    const body = responseBytes(recording);
    const events = eventsOf(body.toString());
    const fewer = Buffer.from(events.filter((_, place) => place !== 2).join(''));
    const other = Buffer.from(body.toString().replace(/("total_tokens":|"prompt_tokens":)(\d)/g, '$19$2'));
    for (const changed of [fewer, other]) expect(isSame(read([changed]), read([body]))).toBe(false);
  });
});
