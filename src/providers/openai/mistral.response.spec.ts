import { describe, expect, it } from 'vitest';
import { type StreamPart } from '../provider-adapter.interface.js';
import { fromMistralAnswer, MistralStreamReader } from './mistral.response.js';
import { OpenAiStreamReader } from './openai.stream.js';

const answerOf = (body: string) => ({
  contentType: 'application/json',
  bytes: Buffer.from(body),
  usage: undefined,
  textBytes: 3,
});
const choice = (message: object, finish = 'stop') => ({ index: 0, message, finish_reason: finish });
const bodyOf = (...choices: object[]): string => JSON.stringify({ id: 'i', choices, usage: { prompt_tokens: 1 } });
const thinking = (...texts: string[]) => ({
  type: 'thinking',
  thinking: texts.map((text) => ({ type: 'text', text })),
  closed: true,
});
const detailed = (text: string) => ({
  reasoning_content: text,
  reasoning_details: [{ type: 'reasoning.text', text, format: 'mistral-thinking-v1', index: 0 }],
});

describe('fromMistralAnswer', () => {
  it.each([
    ' {"choices":[{"message":{"content":"a \\"content\\":[ b","tool_calls":null},"finish_reason":"length"}],"x":1.0}',
    bodyOf(choice({ content: null })),
  ])('leaves %s alone', (body) => {
    const answer = answerOf(body);
    expect(fromMistralAnswer(answer)).toBe(answer);
  });

  it('takes content in parts apart', () => {
    const body = bodyOf(
      choice({
        role: 'assistant',
        tool_calls: null,
        content: [
          thinking('Hm', '.'),
          { type: 'text', text: 'So' },
          { type: 'reference', reference_ids: [1] },
          { type: 'text', text: '.' },
        ],
      }),
      choice({ content: 'as it was' }),
    );
    const answer = fromMistralAnswer(answerOf(body));
    expect(JSON.parse(answer.bytes.toString())).toEqual({
      id: 'i',
      choices: [
        choice({ role: 'assistant', tool_calls: null, content: 'So.', ...detailed('Hm.') }),
        choice({ content: 'as it was' }),
      ],
      usage: { prompt_tokens: 1 },
    });
    expect(answer).toMatchObject({ contentType: 'application/json', textBytes: 3 });
  });

  it('knows Mistral’s reasons to finish', () => {
    const cut = fromMistralAnswer(answerOf(bodyOf(choice({ content: 'Hi' }, 'model_length'))));
    expect(JSON.parse(cut.bytes.toString())).toMatchObject({ choices: [{ finish_reason: 'length' }] });
    expect(() => fromMistralAnswer(answerOf(bodyOf(choice({ content: 'Hi' }, 'error'))))).toThrow(
      expect.objectContaining({ status: 502, retryable: true }),
    );
  });
});

const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const DONE = 'data: [DONE]\n\n';

function read(pieces: (string | Buffer)[]) {
  const reader = new MistralStreamReader(new OpenAiStreamReader(false));
  const parts: StreamPart[] = [];
  for (const piece of pieces) {
    const part = reader.push(Buffer.from(piece));
    if (part !== undefined) parts.push(part);
  }
  const last = reader.end();
  if (last !== undefined) parts.push(last);
  // Nobody reads on behind an error.
  const failed = parts.findIndex((part) => part.error !== undefined);
  if (failed >= 0) parts.splice(failed + 1);
  return {
    text: Buffer.concat(parts.map(({ bytes }) => bytes)).toString(),
    textBytes: parts.reduce((sum, part) => sum + part.textBytes, 0),
    hasContent: parts.some((part) => part.hasContent),
    error: parts.find((part) => part.error !== undefined)?.error,
  };
}

const PLAIN = event({ role: 'assistant', content: '' }) + event({ content: 'Größe 😀' }) + event({}, 'stop');

describe('MistralStreamReader', () => {
  it('leaves what is in order alone, to the byte', () => {
    const odd = PLAIN.replaceAll('data: {', 'data: { ').replaceAll('\n', '\r\n');
    expect(read([odd + DONE])).toMatchObject({ text: odd, error: undefined });
  });

  it('takes content in parts apart, and nothing beside', () => {
    const stream = [
      PLAIN.replace('data: {', 'data: { '),
      event({ content: [thinking('Hm.')] }),
      event({ content: [thinking(''), { type: 'text', text: 'So.' }] }, 'model_length'),
      DONE,
    ];
    const { text, textBytes, hasContent, error } = read([stream.join('')]);
    expect(text).toBe(
      PLAIN.replace('data: {', 'data: { ') +
        event({ content: null, ...detailed('Hm.') }) +
        event({ content: 'So.' }, 'length'),
    );
    expect([textBytes, hasContent, error]).toEqual([Buffer.byteLength('Größe 😀Hm.So.'), true, undefined]);
  });

  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.from(PLAIN + event({ content: [thinking('Größe')] }) + event({}, 'stop') + DONE);
    const whole = read([bytes]);
    for (let at = 1; at < bytes.length; at++) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(read([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it.each([0, 1, 2])('is whole without the last %i bytes', (missing) => {
    const stream = event({ content: [thinking('Hm.')] }, 'stop');
    expect(read([stream.slice(0, stream.length - missing)])).toMatchObject({
      text: event({ content: null, ...detailed('Hm.') }, 'stop'),
      error: undefined,
    });
  });

  it('ends with an error where the model broke off', () => {
    const { text, error } = read([event({ content: 'Hi' }), event({}, 'error'), event({ content: 'more' })]);
    expect(text).toBe(event({ content: 'Hi' }));
    expect(error).toMatchObject({ status: 502, message: 'The provider broke off its answer with an error.' });
  });

  it('does not keep a line without end', () => {
    const { error } = read([event({ content: 'Hi' }), `data: ${'x'.repeat(1_100_000)}`]);
    expect(error).toMatchObject({ code: 'upstream_invalid_response' });
  });
});
