import { describe, expect, it } from 'vitest';
import { type ChatCompletionChunk } from '../../protocol/chat-completions.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { AnthropicStreamReader } from './anthropic.stream.js';

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude-x',
    content: [],
    usage: { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 },
  },
};
const FINISH = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];

const frame = (event: object | string) =>
  `event: any\ndata: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const text = (index: number, words: string) => delta(index, { type: 'text_delta', text: words });
const json = (index: number, piece: string) => delta(index, { type: 'input_json_delta', partial_json: piece });

const reader = (showsUsage = false) =>
  new AnthropicStreamReader({ showsUsage, fallback: { id: 'request-1', model: 'fallback' } });

function chunksOf(parts: (StreamPart | undefined)[]): ChatCompletionChunk[] {
  return parts
    .map((part) => part?.bytes.toString() ?? '')
    .join('')
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)) as ChatCompletionChunk);
}

/** Each event in a push of its own. */
function run(events: (object | string)[], showsUsage = false) {
  const stream = reader(showsUsage);
  const parts = events.map((event) => stream.push(Buffer.from(frame(event))));
  const last = stream.end();
  const all = [...parts, last];
  const chunks = chunksOf(all);
  return {
    parts,
    last,
    chunks,
    deltas: chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta)),
    error: all.find((part) => part?.error !== undefined)?.error,
    usage: all.findLast((part) => part?.usage !== undefined)?.usage,
    textBytes: all.reduce((sum, part) => sum + (part?.textBytes ?? 0), 0),
  };
}

describe('AnthropicStreamReader', () => {
  it('writes text as it comes', () => {
    const { parts, chunks, last, textBytes } = run([
      START,
      start(0, { type: 'text', text: '' }),
      { type: 'ping' },
      text(0, 'Hellö'),
      text(0, ' there'),
      stop(0),
      ...FINISH,
    ]);
    const head = { id: 'msg_1', object: 'chat.completion.chunk', created: expect.any(Number), model: 'claude-x' };
    const chunk = (fields: object, finish: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta: fields, logprobs: null, finish_reason: finish }],
    });
    expect(chunks).toEqual([
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hellö' }),
      chunk({ content: ' there' }),
      chunk({}, 'stop'),
    ]);
    expect(parts.map((part) => part?.hasContent)).toEqual([
      false,
      undefined,
      undefined,
      true,
      true,
      undefined,
      true,
      false,
    ]);
    expect(last).toBeUndefined();
    expect(textBytes).toBe(12);
  });

  it('counts the usage once, its later totals standing', () => {
    const { usage, chunks } = run([START, ...FINISH], true);
    expect(usage).toMatchObject({ inputUncached: 10, cacheRead: 4, output: 9 });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 14, completion_tokens: 9, total_tokens: 23, prompt_tokens_details: { cached_tokens: 4 } },
    });
    expect(run([START, ...FINISH]).chunks.every((chunk) => chunk.usage === undefined)).toBe(true);
  });

  it('numbers tool calls without gaps and names them once', () => {
    const { deltas, chunks } = run([
      START,
      start(0, { type: 'text', text: '' }),
      text(0, 'Wait.'),
      stop(0),
      start(1, { type: 'tool_use', id: 't1', name: 'a', input: {} }),
      json(1, ''),
      json(1, '{"x":'),
      json(1, '1}'),
      stop(1),
      start(2, { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }),
      json(2, '{"query":"x"}'),
      stop(2),
      start(3, { type: 'tool_use', id: 't2', name: 'b', input: {} }),
      stop(3),
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: {} },
      { type: 'message_stop' },
    ]);
    expect(deltas.flatMap((fields) => fields.tool_calls ?? [])).toEqual([
      { index: 0, id: 't1', type: 'function', function: { name: 'a', arguments: '' } },
      { index: 0, function: { arguments: '{"x":' } },
      { index: 0, function: { arguments: '1}' } },
      { index: 1, id: 't2', type: 'function', function: { name: 'b', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('keeps the blocks apart that come at once', () => {
    const { deltas } = run([
      START,
      start(0, { type: 'tool_use', id: 't1', name: 'a' }),
      start(1, { type: 'tool_use', id: 't2', name: 'b' }),
      json(1, '{"b":1}'),
      json(0, '{"a":1}'),
      stop(1),
      stop(0),
      ...FINISH,
    ]);
    const calls = deltas.flatMap((fields) => fields.tool_calls ?? []);
    expect(calls.slice(2)).toEqual([
      { index: 1, function: { arguments: '{"b":1}' } },
      { index: 0, function: { arguments: '{"a":1}' } },
    ]);
  });

  it('takes an input that came whole', () => {
    const { deltas } = run([
      START,
      start(0, { type: 'tool_use', id: 't1', name: 'a', input: { x: 1 } }),
      stop(0),
      ...FINISH,
    ]);
    expect(deltas.flatMap((fields) => fields.tool_calls ?? [])[1]).toEqual({
      index: 0,
      function: { arguments: '{"x":1}' },
    });
  });

  it('writes thinking with its signatures', () => {
    const { deltas, parts } = run([
      START,
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      stop(0),
      start(1, { type: 'redacted_thinking', data: 'xyz' }),
      stop(1),
      start(2, { type: 'text', text: '' }),
      text(2, 'Yes.'),
      stop(2),
      ...FINISH,
    ]);
    const format = 'anthropic-claude-v1';
    expect(deltas.slice(1, -1)).toEqual([
      { reasoning_content: 'Hm.', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'sig', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'xyz', format, index: 1 }] },
      { content: 'Yes.' },
    ]);
    expect(parts[2]).toMatchObject({ hasContent: true, textBytes: 3 });
  });

  it('writes citations when their text has ended', () => {
    const citation = { type: 'web_search_result_location', url: 'https://example.com', title: 'Example' };
    const { deltas } = run([
      START,
      start(0, { type: 'text', text: '' }),
      text(0, 'It says '),
      stop(0),
      start(1, { type: 'text', text: '', citations: [] }),
      delta(1, { type: 'citations_delta', citation }),
      text(1, 'yes'),
      stop(1),
      ...FINISH,
    ]);
    expect(deltas.flatMap((fields) => fields.annotations ?? [])).toEqual([
      {
        type: 'url_citation',
        url_citation: { url: 'https://example.com', title: 'Example', start_index: 8, end_index: 11 },
      },
    ]);
  });

  it('tells a refusal', () => {
    const { deltas, chunks } = run([
      START,
      {
        type: 'message_delta',
        delta: { stop_reason: 'refusal', stop_details: { explanation: 'Not this.' } },
        usage: {},
      },
      { type: 'message_stop' },
    ]);
    expect(deltas[1]).toEqual({ refusal: 'Not this.' });
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('content_filter');
  });

  it('passes over what it does not know', () => {
    const { deltas, error } = run([
      START,
      { type: 'something_new', index: 0 },
      start(0, { type: 'new_block', text: 'hidden', data: 'x' }),
      delta(0, { type: 'text_delta', text: 'hidden' }),
      delta(0, { type: 'new_delta', text: 'hidden' }),
      stop(0),
      delta(7, { type: 'text_delta', text: 'of no block' }),
      stop(7),
      ...FINISH,
    ]);
    expect(error).toBeUndefined();
    expect(deltas).toEqual([{ role: 'assistant', content: '' }, {}]);
  });

  it('does without what others who speak the dialect leave out', () => {
    const { chunks, error } = run([start(0, { type: 'text', text: 'Hel' }), text(0, 'lo'), { type: 'message_stop' }]);
    expect(error).toBeUndefined();
    expect(chunks[0]).toMatchObject({ id: 'request-1', model: 'fallback' });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['', 'Hel', 'lo', undefined]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('ends with the error of the provider', () => {
    const { parts, last, error } = run([
      START,
      start(0, { type: 'text', text: '' }),
      text(0, 'Hel'),
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      text(0, 'lo'),
    ]);
    expect(error).toMatchObject({ status: 503, code: 'overloaded_error', message: 'Overloaded', retryable: true });
    expect(parts[4]).toBeUndefined();
    expect(last).toBeUndefined();
  });

  it('hands over what came before an error in the same piece', () => {
    const bytes = [START, start(0, { type: 'text' }), text(0, 'Hel'), { type: 'error', error: {} }, text(0, 'lo')].map(
      frame,
    );
    const part = reader().push(Buffer.from(bytes.join('')));
    expect(chunksOf([part]).map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['', 'Hel']);
    expect(part).toMatchObject({ hasContent: true, error: { status: 502 } });
  });

  it('says when a stream breaks off', () => {
    const broken = { code: 'upstream_stream_broken', retryable: true };
    expect(run([START, start(0, { type: 'text' }), text(0, 'Hel')]).last?.error).toMatchObject(broken);
    expect(run([START, FINISH[0] ?? {}]).last?.error).toMatchObject(broken);
    expect(run([]).last?.error).toMatchObject(broken);
    const stream = reader();
    stream.push(Buffer.from(frame(START) + 'data: {"type":"content_blo'));
    expect(stream.end()?.error).toMatchObject(broken);
  });

  it('takes a last event that the connection ends', () => {
    const stream = reader();
    const first = stream.push(
      Buffer.from([START, FINISH[0] ?? {}].map(frame).join('') + 'data: {"type":"message_stop"}'),
    );
    expect(first).toMatchObject({ hasContent: true, isLast: false });
    expect(stream.end()).toMatchObject({ isLast: true, hasContent: false, error: undefined });
  });

  it('is over with message_stop, whatever follows', () => {
    const { parts } = run([START, start(0, { type: 'text' }), text(0, 'Hello'), stop(0), ...FINISH]);
    expect(parts.filter((part) => part !== undefined).map(({ isLast }) => isLast)).toEqual([false, false, false, true]);

    const stream = reader(true);
    const rest = [{ type: 'error', error: { type: 'overloaded_error' } }, 'nonsense', 'x'.repeat(2 * 1024 * 1024)];
    const whole = [START, start(0, { type: 'text' }), text(0, 'Hello'), ...FINISH, ...rest].map(frame).join('');
    const part = stream.push(Buffer.from(`${whole}data: ${'x'.repeat(2 * 1024 * 1024)}`));
    expect(part).toMatchObject({ isLast: true, hasContent: true, error: undefined, usage: { output: 9 } });
    expect(chunksOf([part]).at(-1)?.usage).toMatchObject({ completion_tokens: 9 });
    expect(stream.push(Buffer.from(frame(START)))).toBeUndefined();
    expect(stream.end()).toBeUndefined();
  });

  it('is not over with an error', () => {
    const { parts } = run([START, { type: 'error', error: {} }]);
    expect(parts.map((part) => part?.isLast)).toEqual([false, false]);
  });

  it('refuses what is not JSON, and events without end', () => {
    expect(run([START, 'nonsense']).error).toMatchObject({ code: 'upstream_invalid_response' });
    const stream = reader();
    let error: unknown;
    for (let piece = 0; piece < 20 && error === undefined; piece++)
      error = stream.push(Buffer.alloc(100_000, 'x'))?.error;
    expect(error).toMatchObject({ code: 'upstream_invalid_response' });
    expect(stream.push(Buffer.from('x'))).toBeUndefined();
  });
});
