import { describe, expect, it } from 'vitest';
import { type GatewayError } from '../../errors/gateway-error.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { OpenAiStreamReader } from './openai.stream.js';

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: object, finish: string | null = null): string =>
  event({ id: 'c', choices: [{ index: 0, delta: content, finish_reason: finish }], usage: null });

const ROLE = delta({ role: 'assistant', content: '' });
const TEXT = delta({ content: 'Größe 😀' });
const FINISH = delta({}, 'stop');
const USAGE = event({ id: 'c', choices: [], usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } });
const DONE = 'data: [DONE]\n\n';
const COUNTED: TokenUsage = { ...NO_TOKENS, inputUncached: 5, output: 3 };

interface Read {
  text: string;
  usage: TokenUsage | undefined;
  textBytes: number;
  error: GatewayError | undefined;
  /** What had been read when the first content came. */
  before: string | undefined;
}

/** Reads pieces as they come over the wire. */
function read(pieces: (string | Buffer)[], showsUsage = false, written: 'delta' | 'text' = 'delta'): Read {
  const reader = new OpenAiStreamReader(showsUsage, written);
  const seen: Read = { text: '', usage: undefined, textBytes: 0, error: undefined, before: undefined };
  const take = (part: StreamPart | undefined): void => {
    if (part === undefined) return;
    if (part.hasContent) seen.before ??= seen.text;
    seen.text += part.bytes.toString();
    seen.usage = part.usage ?? seen.usage;
    seen.textBytes += part.textBytes;
    seen.error = part.error;
  };
  for (const piece of pieces) {
    take(reader.push(Buffer.from(piece)));
    if (seen.error !== undefined) return seen;
  }
  take(reader.end());
  return seen;
}

describe('OpenAiStreamReader', () => {
  it('passes whole events on, without [DONE] and the usage that was not asked for', () => {
    expect(read([ROLE, TEXT, FINISH, USAGE, DONE])).toEqual({
      text: ROLE + TEXT + FINISH,
      usage: COUNTED,
      textBytes: Buffer.byteLength('Größe 😀'),
      error: undefined,
      before: ROLE,
    });
    expect(read([ROLE, TEXT, FINISH, USAGE, DONE], true).text).toBe(ROLE + TEXT + FINISH + USAGE);
  });

  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.from(
      `: ping\n\n${ROLE}${TEXT}id: 1\r\n${TEXT.replaceAll('\n', '\r\n')}${FINISH}${USAGE}${DONE}`,
    );
    for (const showsUsage of [true, false]) {
      const { before: _before, ...whole } = read([bytes], showsUsage);
      expect(whole.error).toBeUndefined();
      for (let at = 1; at < bytes.length; at++) {
        expect(read([bytes.subarray(0, at), bytes.subarray(at)], showsUsage)).toMatchObject(whole);
      }
      expect(
        read(
          [...bytes].map((byte) => Buffer.of(byte)),
          showsUsage,
        ),
      ).toMatchObject({ ...whole, before: `: ping\n\n${ROLE}` });
    }
  });

  it('gives nothing out while an event is not whole', () => {
    const reader = new OpenAiStreamReader(false);
    expect(reader.push(Buffer.from(TEXT.slice(0, -1)))).toBeUndefined();
    expect(reader.push(Buffer.from('\n'))?.bytes.toString()).toBe(TEXT);
  });

  it.each([
    ['a role', ROLE, false],
    ['an empty choice', delta({}), false],
    ['empty lists', delta({ role: 'assistant', content: null, tool_calls: [], refusal: '' }), false],
    ['no choices', event({ choices: [] }), false],
    ['a content filter’s prompt results', event({ choices: [], prompt_filter_results: [{}] }), false],
    ['a comment', ': ping\n\n', false],
    ['text', TEXT, true],
    ['a space', delta({ content: ' ' }), true],
    ['reasoning', delta({ reasoning_content: 'hm' }), true],
    ['a refusal', delta({ refusal: 'no' }), true],
    ['a tool call', delta({ tool_calls: [{ index: 0, id: 'x' }] }), true],
    ['an end', FINISH, true],
  ])('%s is content or not', (_name, bytes, hasContent) => {
    expect(new OpenAiStreamReader(false).push(Buffer.from(bytes))?.hasContent ?? false).toBe(hasContent);
  });

  it.each([
    ['[DONE]', [ROLE, TEXT, DONE]],
    ['a reason to finish', [ROLE, TEXT, FINISH]],
    ['[DONE] without its blank line', [ROLE, TEXT, DONE.slice(0, -1)]],
    ['[DONE] without any end of line', [ROLE, TEXT, DONE.slice(0, -2)]],
    ['a last event without its blank line', [ROLE, FINISH.slice(0, -2)]],
  ])('is whole after %s', (_name, pieces) => {
    expect(read(pieces).error).toBeUndefined();
  });

  it.each([
    ['nothing', []],
    ['a role', [ROLE]],
    ['text', [ROLE, TEXT]],
    ['half an event', [ROLE, TEXT, FINISH.slice(0, 20)]],
    ['HTML', ['<html>\n<body>\n\n</body></html>\n']],
  ])('is broken after %s', (_name, pieces) => {
    expect(read(pieces).error?.code).toMatch(/^upstream_(stream_broken|invalid_response)$/);
  });

  it('ends with the error in the stream, after what came before it', () => {
    const said = event({ error: { message: 'Overloaded', code: 'busy', param: 'model' } });
    expect(read([ROLE + TEXT + said + TEXT])).toMatchObject({
      text: ROLE + TEXT,
      error: { message: 'Overloaded', code: 'busy', param: 'model', status: 502, type: 'upstream_error' },
    });
    expect(read([`event: error\n${event({ error: 'Overloaded' })}`]).error?.message).toBe('Overloaded');
    expect(read([event({ id: 'c', choices: [], error: null }) + TEXT + FINISH]).error).toBeUndefined();
  });

  it('is not misled by words in the text', () => {
    const tricky = delta({ content: '{"error":{"message":"x"},"usage":{"prompt_tokens":1},"finish_reason":"stop"}' });
    expect(read([ROLE, TEXT, tricky, DONE])).toMatchObject({
      text: ROLE + TEXT + tricky,
      usage: undefined,
      error: undefined,
    });
    expect(read([ROLE, TEXT, tricky]).error?.code).toBe('upstream_stream_broken');
  });

  it('takes the usage from wherever it is, and shows a chunk that holds more', () => {
    const counted = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
    const last = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: counted });
    expect(read([TEXT, last, DONE])).toMatchObject({ text: TEXT + last, usage: COUNTED });
  });

  it('counts the latest where a service counts as it goes', () => {
    const soFar = (output: number): string =>
      event({
        choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }],
        usage: { prompt_tokens: 5, completion_tokens: output, total_tokens: 5 + output },
      });
    expect(read([soFar(1), soFar(2) + soFar(3), DONE])).toMatchObject({ usage: COUNTED });
  });

  it('is over with [DONE], whatever follows', () => {
    const reader = new OpenAiStreamReader(false);
    expect(reader.push(Buffer.from(TEXT))?.isLast).toBe(false);
    expect(reader.push(Buffer.from(`${FINISH}${DONE}data: {nonsense\n\ndata:`))).toMatchObject({
      isLast: true,
      error: undefined,
    });
    const silent = new OpenAiStreamReader(false);
    silent.push(Buffer.from(TEXT));
    expect(silent.push(Buffer.from(DONE))).toMatchObject({ isLast: true, hasContent: false, textBytes: 0 });
  });

  it('says so where the first content is no JSON, so that nothing of it is sent', () => {
    const { text, error } = read([ROLE, 'data: {"choices":[{"delta":{"content":"cut"},\n\n', TEXT]);
    expect(error?.code).toBe('upstream_invalid_response');
    expect(text).toBe(ROLE);
  });

  it('fails where an event never ends', () => {
    const reader = new OpenAiStreamReader(false);
    reader.push(Buffer.from('data: '));
    expect(reader.push(Buffer.alloc(1024 * 1024 + 1, 'x'))?.error?.code).toBe('upstream_invalid_response');
  });
});

describe('OpenAiStreamReader of completions of texts', () => {
  const piece = (text: string, finish: string | null = null): string =>
    event({
      object: 'text_completion',
      choices: [{ index: 0, text, logprobs: { text_offset: [1] }, finish_reason: finish }],
    });

  it('takes text for content, and counts its bytes', () => {
    const [empty, first, second] = [piece(''), piece('Größe 😀'), piece(' and "so"', 'stop')];
    expect(read([empty, first, second, USAGE, DONE], false, 'text')).toEqual({
      text: empty + first + second,
      usage: COUNTED,
      textBytes: Buffer.byteLength('Größe 😀 and \\"so\\"'),
      error: undefined,
      before: empty,
    });
  });

  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.from(piece('Größe 😀') + piece('b', 'stop') + USAGE + DONE);
    const whole = read([bytes], true, 'text');
    for (let at = 1; at < bytes.length; at++) {
      const { before: _before, ...cut } = read([bytes.subarray(0, at), bytes.subarray(at)], true, 'text');
      expect(whole).toMatchObject(cut);
    }
  });

  it('counts every choice', () => {
    const both = event({ choices: [{ text: '12' }, { index: 1, text: '345', finish_reason: 'stop' }] });
    expect(read([both, DONE], false, 'text').textBytes).toBe(5);
  });

  it('is broken without its end', () => {
    expect(read([piece('a')], false, 'text').error).toMatchObject({ code: 'upstream_stream_broken' });
  });
});
