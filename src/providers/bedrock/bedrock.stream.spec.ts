import { describe, expect, it } from 'vitest';
import { event, eventMessage, exception } from '../../../test/support/aws.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { BedrockStreamReader } from './bedrock.stream.js';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

const readerOf = (showsUsage = true): BedrockStreamReader =>
  new BedrockStreamReader({ showsUsage, head: { id: 'r1', model: CLAUDE } });

const START = event('messageStart', { role: 'assistant' });
const delta = (contentBlockIndex: number, value: object): Buffer =>
  event('contentBlockDelta', { contentBlockIndex, delta: value });
const stop = (contentBlockIndex: number): Buffer => event('contentBlockStop', { contentBlockIndex });
const end = (stopReason = 'end_turn', others: object = {}): Buffer => event('messageStop', { stopReason, ...others });
const metadata = (others: object = {}): Buffer =>
  event('metadata', { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, metrics: {}, ...others });

function read(pieces: readonly Buffer[], reader = readerOf()): StreamPart[] {
  return [...pieces.map((piece) => reader.push(piece)), reader.end()].filter((part) => part !== undefined);
}

const chunksOf = (parts: readonly StreamPart[]): Record<string, unknown>[] =>
  Buffer.concat(parts.map(({ bytes }) => bytes))
    .toString()
    .split('\n\n')
    .slice(0, -1)
    .map((chunk) => JSON.parse(chunk.slice('data: '.length)) as Record<string, unknown>);

const deltasOf = (parts: readonly StreamPart[]): unknown[] =>
  chunksOf(parts).flatMap(({ choices }) => (choices as { delta: unknown }[]).map((choice) => choice.delta));

describe('BedrockStreamReader', () => {
  it('tells a stream', () => {
    const parts = read([START, delta(0, { text: 'Hel' }), delta(0, { text: 'lö' }), stop(0), end(), metadata()]);
    const head = { id: 'r1', object: 'chat.completion.chunk', created: expect.any(Number) as number, model: CLAUDE };
    const choice = (value: object, finish: string | null = null): object => ({
      ...head,
      choices: [{ index: 0, delta: value, logprobs: null, finish_reason: finish }],
    });
    expect(chunksOf(parts)).toEqual([
      choice({ role: 'assistant', content: '' }),
      choice({ content: 'Hel' }),
      choice({ content: 'lö' }),
      choice({}, 'stop'),
      {
        ...head,
        choices: [],
        usage: {
          prompt_tokens: 3,
          completion_tokens: 4,
          total_tokens: 7,
          prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 0 },
        },
      },
    ]);
    expect(parts.map(({ hasContent, textBytes, isLast }) => [hasContent, textBytes, isLast])).toEqual([
      [false, 0, false],
      [true, 3, false],
      [true, 3, false],
      [true, 0, false],
      [false, 0, true],
    ]);
    expect(parts.at(-1)?.usage).toMatchObject({ inputUncached: 3, output: 4 });
  });

  it('counts also where the client did not ask', () => {
    const parts = read([START, delta(0, { text: 'a' }), end(), metadata()], readerOf(false));
    expect(chunksOf(parts).at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    expect(parts.at(-1)).toMatchObject({ isLast: true, usage: { output: 4 } });
  });

  it('tells calls, but none of the provider’s own', () => {
    const use = (index: number, toolUse: object): Buffer =>
      event('contentBlockStart', { contentBlockIndex: index, start: { toolUse } });
    const parts = read([
      START,
      use(0, { toolUseId: 's', name: 'nova_grounding', type: 'server_tool_use' }),
      delta(0, { toolUse: { input: '{}' } }),
      stop(0),
      event('contentBlockStart', { contentBlockIndex: 1, start: { toolResult: { toolUseId: 's' } } }),
      delta(1, { toolResult: [{ text: 'found' }] }),
      stop(1),
      use(2, { toolUseId: 'a', name: 'f' }),
      delta(2, { toolUse: { input: '{"x":' } }),
      delta(2, { toolUse: { input: '1}' } }),
      stop(2),
      use(3, { toolUseId: 'b', name: 'g' }),
      delta(3, { toolUse: { input: '' } }),
      stop(3),
      end('tool_use'),
      metadata(),
    ]);
    expect(deltasOf(parts).slice(1, -1)).toEqual([
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
    ]);
    expect(chunksOf(parts).at(-2)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  });

  it('tells reasoning, block by block', () => {
    const format = 'anthropic-claude-v1';
    const parts = read([
      START,
      delta(0, { reasoningContent: { text: 'Hm' } }),
      delta(0, { reasoningContent: { signature: 'c2ln' } }),
      stop(0),
      delta(1, { reasoningContent: { redactedContent: Buffer.from('EuYB').toString('base64') } }),
      delta(1, { reasoningContent: { text: '' } }),
      stop(1),
      delta(2, { text: 'So.' }),
      end(),
      metadata(),
    ]);
    expect(deltasOf(parts).slice(1, -1)).toEqual([
      { reasoning_content: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'c2ln', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'EuYB', format, index: 1 }] },
      { content: 'So.' },
    ]);
  });

  it('tells where the web is cited, when the text has ended', () => {
    const citation = { title: 'A', location: { web: { url: 'https://a.example' } } };
    const parts = read([
      START,
      delta(0, { text: 'It ' }),
      stop(0),
      delta(1, { citation }),
      delta(1, { text: 'rains' }),
      stop(1),
      end(),
      metadata(),
    ]);
    expect(deltasOf(parts).at(-2)).toEqual({
      annotations: [
        { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', start_index: 3, end_index: 8 } },
      ],
    });
  });

  it('tells at its end what was asked for in Bedrock’s words', () => {
    const trace = { guardrail: { inputAssessment: {} } };
    const parts = read(
      [
        START,
        end('guardrail_intervened', { additionalModelResponseFields: { a: 1 } }),
        metadata({ trace, serviceTier: { type: 'flex' } }),
      ],
      readerOf(false),
    );
    expect(parts.at(-1)?.units).toEqual({ serviceTier: 'flex' });
    expect(chunksOf(parts).slice(-2)).toMatchObject([
      { choices: [{ finish_reason: 'content_filter' }] },
      { choices: [], trace, additionalModelResponseFields: { a: 1 }, service_tier: 'flex' },
    ]);
  });

  it('passes over what it does not know', () => {
    const parts = read([START, event('ofTomorrow', { a: 1 }), delta(0, { ofTomorrow: 1 }), end(), metadata()]);
    expect(deltasOf(parts)).toEqual([{ role: 'assistant', content: '' }, {}]);
  });

  it.each([
    ['nothing', []],
    ['a start', [START]],
    ['text', [START, delta(0, { text: 'a' })]],
    ['a count without a stop', [START, delta(0, { text: 'a' }), metadata()]],
    ['a part of a message', [START, end(), metadata().subarray(0, 30)]],
  ])('is broken after %s', (_name, pieces) => {
    const parts = read(pieces);
    expect(parts.at(-1)?.error).toMatchObject({ code: 'upstream_stream_broken' });
    expect(parts.some(({ isLast }) => isLast)).toBe(false);
  });

  it('tells what was counted of a message without a stop', () => {
    const [part] = read([START, metadata()]).slice(-1);
    expect(part?.usage).toMatchObject({ inputUncached: 3, output: 4 });
  });

  it('is whole, though uncounted, when the message has stopped', () => {
    const parts = read([START, delta(0, { text: 'a' }), end()]);
    expect(parts.at(-1)).toMatchObject({ isLast: true, usage: undefined, error: undefined });
  });

  it.each([
    [
      'an exception',
      exception('throttlingException', 'Later'),
      { status: 429, code: 'ThrottlingException', message: 'Later' },
    ],
    [
      'an error',
      eventMessage({ ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'Broken' }, {}),
      { status: 502, code: 'InternalError', message: 'Broken' },
    ],
    [
      'an event that is no JSON',
      eventMessage({ ':message-type': 'event', ':event-type': 'metadata' }, Buffer.from('{')),
      { code: 'upstream_invalid_response' },
    ],
    ['bytes that are no message', Buffer.alloc(20, 7), { code: 'upstream_invalid_response' }],
  ])('ends with %s, and tells what came before', (_name, piece, error) => {
    const reader = readerOf();
    const part = reader.push(Buffer.concat([START, delta(0, { text: 'Hel' }), piece, delta(0, { text: 'lo' })]));
    expect(part).toMatchObject({ hasContent: true, error });
    expect(deltasOf(part === undefined ? [] : [part])).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hel' },
    ]);
    expect([reader.push(end()), reader.end()]).toEqual([undefined, undefined]);
  });

  it('hears nothing after its end', () => {
    const reader = readerOf();
    const part = reader.push(Buffer.concat([START, end(), metadata(), Buffer.alloc(20, 7)]));
    expect(part).toMatchObject({ isLast: true, error: undefined });
    expect([reader.push(START), reader.end()]).toEqual([undefined, undefined]);
  });
});
