import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { ChatChunks } from './ollama.chunks.js';
import { OllamaStreamReader } from './ollama.stream.js';

const HEAD = { model: 'qwen3:4b', created_at: '2025-06-09T17:58:55Z' };
const line = (fields: Record<string, unknown>): string => `${JSON.stringify({ ...HEAD, done: false, ...fields })}\n`;
const says = (fields: Record<string, unknown>): string =>
  line({ message: { role: 'assistant', content: '', ...fields } });
const calls = (...toolCalls: unknown[]): string => says({ tool_calls: toolCalls });
const end = (fields: Record<string, unknown> = {}): string =>
  line({
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 20,
    eval_count: 5,
    ...fields,
  });

const WHOLE = [
  says({ thinking: 'Hm “é” ' }),
  says({ thinking: '😀' }),
  says({ content: 'I ' }),
  says({ content: 'look.' }),
  calls({ id: 'call_1', function: { index: 0, name: 'weather', arguments: { city: 'Zürich' } } }),
  end(),
].join('');

interface Read {
  readonly parts: StreamPart[];
  readonly chunks: Record<string, unknown>[];
  readonly last: StreamPart | undefined;
}

function read(pieces: readonly (string | Buffer)[], { showsUsage = false, ends = true } = {}): Read {
  const reader = new OllamaStreamReader(new ChatChunks({ id: 'chatcmpl-1', model: 'asked' }), showsUsage);
  const pushed = pieces.map((piece) => reader.push(Buffer.from(piece)));
  const parts = [...pushed, ends ? reader.end() : undefined].filter((part) => part !== undefined);
  const events = Buffer.concat(parts.map(({ bytes }) => bytes))
    .toString()
    .split('\n\n');
  const chunks = events
    .slice(0, -1)
    .map((event) => JSON.parse(event.slice('data: '.length)) as Record<string, unknown>);
  return { parts, chunks, last: parts.at(-1) };
}

const choicesOf = ({ chunks }: Read): unknown[] => chunks.flatMap((chunk) => chunk['choices'] as unknown[]);

describe('OllamaStreamReader', () => {
  it('writes OpenAI’s chunks', () => {
    const choice = (delta: unknown, reason: string | null = null) => ({
      index: 0,
      delta,
      logprobs: null,
      finish_reason: reason,
    });
    const result = read([WHOLE]);
    expect(choicesOf(result)).toEqual([
      choice({ role: 'assistant', content: '' }),
      choice({ reasoning_content: 'Hm “é” ' }),
      choice({ reasoning_content: '😀' }),
      choice({ content: 'I ' }),
      choice({ content: 'look.' }),
      choice({
        tool_calls: [
          { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Zürich"}' } },
        ],
      }),
      choice({}, 'tool_calls'),
    ]);
    for (const chunk of result.chunks) {
      expect(chunk).toMatchObject({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1749491935,
        model: 'qwen3:4b',
      });
    }
    expect(result.last).toMatchObject({ isLast: true, usage: { ...NO_TOKENS, inputUncached: 20, output: 5 } });
    const written = Buffer.byteLength('Hm “é” 😀I look.{"city":"Zürich"}');
    expect(result.parts.reduce((sum, { textBytes }) => sum + textBytes, 0)).toBe(written);
  });

  it('says the same wherever the bytes are cut', () => {
    const bytes = Buffer.from(WHOLE);
    const expected = read([bytes]).chunks;
    const cut = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cut, (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), bytes.length];
        const pieces = sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to));
        expect(read(pieces).chunks).toEqual(expected);
      }),
    );
    expect(read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).chunks).toEqual(expected);
  });

  it('holds nothing back, and knows a role from content', () => {
    const reader = new OllamaStreamReader(new ChatChunks({ id: 'a', model: 'm' }), false);
    expect(reader.push(Buffer.from('{"model":"m",'))).toBeUndefined();
    expect(reader.push(Buffer.from('"message":{"role":"assistant","content":""}}\n'))).toMatchObject({
      hasContent: false,
      textBytes: 0,
    });
    expect(reader.push(Buffer.from(says({ content: 'Hi' })))).toMatchObject({ hasContent: true, textBytes: 2 });
    expect(reader.push(Buffer.from(says({ thinking: 'Hm' })))).toMatchObject({ hasContent: true, textBytes: 2 });
    expect(reader.push(Buffer.from(end()))).toMatchObject({ hasContent: true, isLast: true });
    expect(reader.push(Buffer.from(says({ content: 'more' })))).toBeUndefined();
    expect(reader.end()).toBeUndefined();
  });

  it('counts the calls of several lines through, and gives each an id', () => {
    const call = (name: string) => ({ function: { index: 0, name, arguments: {} } });
    const result = read([calls(call('a')), calls(call('b'), call('c')), end()]);
    const deltas = choicesOf(result).flatMap((choice) => {
      const { delta } = choice as { delta: { tool_calls?: { index: number; id: string }[] } };
      return delta.tool_calls ?? [];
    });
    expect(deltas.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(deltas.map(({ id }) => id)).size).toBe(3);
  });

  it('shows the usage where it is asked for', () => {
    expect(read([WHOLE], { showsUsage: true }).chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    });
    const uncounted = read([end({ prompt_eval_count: undefined, eval_count: undefined })], { showsUsage: true });
    expect(uncounted.last).toMatchObject({ isLast: true, usage: undefined });
    expect(uncounted.chunks.at(-1)).not.toHaveProperty('usage');
  });

  it('shows probabilities with their text', () => {
    const item = { token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] };
    const result = read([line({ message: { content: 'Hi' }, logprobs: [item] }), end({ done_reason: 'length' })]);
    expect(choicesOf(result).slice(1)).toEqual([
      { index: 0, delta: { content: 'Hi' }, logprobs: { content: [item], refusal: null }, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: 'length' },
    ]);
  });

  it('takes a last line without its end', () => {
    expect(read([says({ content: 'Hi' }), end().trimEnd()]).last).toMatchObject({ isLast: true, error: undefined });
  });

  it.each([
    ['without an end', [says({ content: 'Hi' })]],
    ['in the middle of a line', [says({ content: 'Hi' }), '{"model":"qwen3:4b","mess']],
    ['before it began', []],
  ])('is broken when it stops %s', (_, pieces) => {
    const { last } = read(pieces);
    expect(last?.error).toMatchObject({ code: 'upstream_stream_broken', retryable: true });
    expect(last?.isLast).toBe(false);
  });

  it('tells the error of a line, with what came before', () => {
    const result = read([says({ content: 'Hi' }) + '{"error":"an error was encountered"}\n' + says({ content: 'no' })]);
    expect(result.last?.error).toMatchObject({ status: 502, message: 'an error was encountered' });
    expect(choicesOf(result)).toHaveLength(2);
    expect(result.parts).toHaveLength(1);
  });

  it.each(['<html>\n', '[]\n', '7\n'])('does not take %j for a line of it', (text) => {
    expect(read([text]).last?.error).toMatchObject({ code: 'upstream_invalid_response' });
  });

  it('passes over empty lines', () => {
    expect(read(['\n\r\n', says({ content: 'Hi' }), '\n', end()]).last).toMatchObject({ isLast: true });
  });

  it('does not wait for ever for the end of a line', () => {
    const reader = new OllamaStreamReader(new ChatChunks({ id: 'a', model: 'm' }), false);
    const piece = Buffer.alloc(256 * 1024, 'a');
    const parts = [1, 2, 3, 4, 5, 6].map(() => reader.push(piece));
    expect(parts.map((part) => part?.error?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'upstream_invalid_response',
      undefined,
    ]);
  });
});
