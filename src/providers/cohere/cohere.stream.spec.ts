import { describe, expect, it } from 'vitest';
import { type GatewayError } from '../../errors/gateway-error.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { CohereStreamReader } from './cohere.stream.js';

const event = (value: { readonly type?: string; readonly [field: string]: unknown }): string =>
  `event: ${value.type ?? ''}\ndata: ${JSON.stringify(value)}\n\n`;
const delta = (type: string, message: object, index = 0): string => event({ type, index, delta: { message } });

const START = event({ type: 'message-start', id: 'm', delta: { message: { role: 'assistant', content: [] } } });
const text = (piece: string, index = 0): string => delta('content-delta', { content: { text: piece } }, index);
const thinking = (piece: string): string => delta('content-delta', { content: { thinking: piece } });
const plan = (piece: string): string => delta('tool-plan-delta', { tool_plan: piece });
const callStart = (id: string, name: string, index: number): string =>
  delta('tool-call-start', { tool_calls: { id, type: 'function', function: { name, arguments: '' } } }, index);
const callDelta = (json: string, index: number): string =>
  delta('tool-call-delta', { tool_calls: { function: { arguments: json } } }, index);
const USAGE = { billed_units: { input_tokens: 5, output_tokens: 7 }, tokens: { input_tokens: 505, output_tokens: 8 } };
const endOf = (reason: string, fields: object = {}): string =>
  event({ type: 'message-end', delta: { finish_reason: reason, usage: USAGE, ...fields } });
const END = endOf('COMPLETE');
const DONE = 'data: [DONE]\n\n';
const COUNTED: TokenUsage = { ...NO_TOKENS, inputUncached: 5, output: 7 };

interface Chunk {
  id: string;
  model: string;
  choices: { delta: Record<string, unknown>; finish_reason: string | null; logprobs: unknown }[];
  usage?: unknown;
}

interface Read {
  chunks: Chunk[];
  /** What each chunk adds. */
  deltas: Record<string, unknown>[];
  finish: string | null | undefined;
  usage: TokenUsage | undefined;
  textBytes: number;
  isLast: boolean;
  error: GatewayError | undefined;
}

function read(pieces: (string | Buffer)[], showsUsage = false): Read {
  const reader = new CohereStreamReader({ showsUsage, fallback: { id: 'call', model: 'command' } });
  const parts: StreamPart[] = [];
  for (const piece of pieces) {
    const part = reader.push(Buffer.from(piece));
    if (part !== undefined) parts.push(part);
  }
  const last = reader.end();
  if (last !== undefined) parts.push(last);
  const chunks = Buffer.concat(parts.map(({ bytes }) => bytes))
    .toString()
    .split('\n\n')
    .slice(0, -1)
    .map((one) => JSON.parse(one.slice('data: '.length)) as Chunk);
  return {
    chunks,
    deltas: chunks.flatMap(({ choices }) => choices.map((choice) => choice.delta)),
    finish: chunks.flatMap(({ choices }) => choices).at(-1)?.finish_reason,
    usage: parts.findLast((part) => part.usage !== undefined)?.usage,
    textBytes: parts.reduce((sum, part) => sum + part.textBytes, 0),
    isLast: parts.at(-1)?.isLast ?? false,
    error: parts.at(-1)?.error,
  };
}

describe('CohereStreamReader', () => {
  it('writes OpenAI’s chunks', () => {
    const { chunks, ...said } = read([START, text('Größe'), text(' 😀'), END, DONE]);
    expect(said).toEqual({
      deltas: [{ role: 'assistant', content: '' }, { content: 'Größe' }, { content: ' 😀' }, {}],
      finish: 'stop',
      usage: COUNTED,
      textBytes: 12,
      isLast: true,
      error: undefined,
    });
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ id: 'm', object: 'chat.completion.chunk', model: 'command' });
    }
  });

  it('shows the usage to those who asked', () => {
    const { chunks } = read([START, text('Hi'), END], true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    });
    expect(read([START, text('Hi'), END]).chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  it('counts the calls of tools from 0, whatever their index', () => {
    const { deltas, finish, textBytes } = read([
      START,
      plan('I will'),
      plan(' look.'),
      callStart('a', 'first', 3),
      callDelta('{"x":', 3),
      callDelta('1}', 3),
      event({ type: 'tool-call-end', index: 3 }),
      callStart('b', 'second', 4),
      event({ type: 'tool-call-end', index: 4 }),
      callStart('c', 'third', 5),
      callDelta('null', 5),
      endOf('TOOL_CALL'),
    ]);
    const planned = (piece: string) => ({
      reasoning_content: piece,
      reasoning_details: [{ type: 'reasoning.text', text: piece, format: 'cohere-tool-plan-v2', index: 0 }],
    });
    const started = (index: number, id: string, name: string) => ({
      tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
    });
    const added = (index: number, json: string) => ({ tool_calls: [{ index, function: { arguments: json } }] });
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      planned('I will'),
      planned(' look.'),
      started(0, 'a', 'first'),
      added(0, '{"x":'),
      added(0, '1}'),
      started(1, 'b', 'second'),
      added(1, '{}'),
      started(2, 'c', 'third'),
      added(2, '{}'),
      {},
    ]);
    expect([finish, textBytes]).toEqual(['tool_calls', 'I will look.{"x":1}{}{}'.length]);
  });

  it('gives each block of thinking an index', () => {
    const { deltas } = read([
      START,
      delta('content-start', { content: { type: 'thinking', thinking: 'Hm' } }, 0),
      thinking('. '),
      delta('content-start', { content: { type: 'text', text: '' } }, 1),
      text('So.', 1),
      plan('Look.'),
      END,
    ]);
    const indexes = deltas.flatMap((one) => (one['reasoning_details'] as { text: string; index: number }[]) ?? []);
    expect(indexes.map((detail) => [detail.text, detail.index])).toEqual([
      ['Hm', 0],
      ['. ', 0],
      ['Look.', 1],
    ]);
  });

  it('shows citations with their place in the whole text', () => {
    const sources = [{ type: 'document', document: { url: 'https://example.com', title: 'Example' } }];
    const citation = { start: 0, end: 2, text: 'So', content_index: 1, type: 'TEXT_CONTENT', sources };
    const { deltas } = read([
      START,
      delta('content-start', { content: { type: 'text', text: 'Well. ' } }, 0),
      delta('content-start', { content: { type: 'text', text: '' } }, 1),
      text('So.', 1),
      delta('citation-start', { citations: citation }),
      delta('citation-start', { citations: { ...citation, sources: [] } }),
      END,
    ]);
    expect(deltas.slice(3, -1)).toEqual([
      {
        citations: [citation],
        annotations: [
          {
            type: 'url_citation',
            url_citation: { url: 'https://example.com', title: 'Example', start_index: 6, end_index: 8 },
          },
        ],
      },
      { citations: [{ ...citation, sources: [] }] },
    ]);
  });

  it('gives the probability of a piece', () => {
    const { chunks } = read([
      START,
      event({
        type: 'content-delta',
        index: 0,
        delta: { message: { content: { text: 'Hi' } } },
        logprobs: { text: 'Hi', token_ids: [1], logprobs: [-0.5] },
      }),
      END,
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.logprobs)).toEqual([
      null,
      { content: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [] }], refusal: null },
      null,
    ]);
  });

  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.from(`: ping\n\n${START}${text('Größe 😀')}${callStart('a', 'f', 0)}${END}${DONE}`);
    const whole = read([bytes], true);
    for (let at = 1; at < bytes.length; at++) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)], true).deltas).toEqual(whole.deltas);
    }
    const { chunks: _chunks, ...byByte } = read(
      [...bytes].map((byte) => Buffer.of(byte)),
      true,
    );
    expect(whole).toMatchObject(byByte);
  });

  it('has no content before there is some', () => {
    const reader = new CohereStreamReader({ showsUsage: false, fallback: { id: 'call', model: 'command' } });
    expect(reader.push(Buffer.from(START))).toMatchObject({ hasContent: false });
    expect(reader.push(Buffer.from(delta('content-start', { content: { type: 'text', text: '' } })))).toBeUndefined();
    expect(reader.push(Buffer.from(text('Hi')))).toMatchObject({ hasContent: true });
  });

  it.each([
    [endOf('ERROR', { error: 'No good.', error_type: 'ODD' }), { status: 502, code: 'ODD', message: 'No good.' }],
    [endOf('TIMEOUT'), { status: 504, code: 'TIMEOUT' }],
    [event({ id: 'e', message: 'internal error' }), { status: 502, message: 'internal error' }],
    ['data: {nonsense\n\n', { code: 'upstream_invalid_response' }],
    ['data: null\n\n', { code: 'upstream_invalid_response' }],
    [`data: ${'x'.repeat(1_100_000)}`, { code: 'upstream_invalid_response' }],
  ])('fails with %j', (bytes, error) => {
    const { deltas, error: found } = read([START, text('Hi'), bytes, text('more'), END]);
    expect(found).toMatchObject(error);
    expect(deltas).toEqual([{ role: 'assistant', content: '' }, { content: 'Hi' }]);
  });

  it.each([
    ['nothing', []],
    ['text', [START, text('Hi')]],
    ['half an event', [START, text('Hi'), END.slice(0, 40)]],
    ['HTML', ['<html>\n\n</html>\n']],
  ])('is broken after %s', (_, pieces) => {
    expect(read(pieces).error?.code).toBe('upstream_stream_broken');
  });

  it.each([
    ['without the last blank line', [START, text('Hi'), END.slice(0, -1)]],
    ['without a start', [text('Hi'), END]],
    ['with events nobody knows', [START, event({ type: 'debug', prompt: 'x' }), text('Hi'), END]],
    ['with more after its end', [START, text('Hi'), END + text('more')]],
  ])('is whole %s', (_, pieces) => {
    const { error, deltas, isLast } = read(pieces);
    expect([error, isLast]).toEqual([undefined, true]);
    expect(deltas).toEqual([{ role: 'assistant', content: '' }, { content: 'Hi' }, {}]);
  });
});
