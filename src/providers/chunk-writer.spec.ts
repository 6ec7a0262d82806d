import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../errors/upstream-error.js';
import { NO_TOKENS } from '../protocol/token-usage.js';
import { type ChunkHead, ChunkWriter } from './chunk-writer.js';

const HEAD: ChunkHead = { id: 'fallback', model: 'asked' };
const USAGE = { ...NO_TOKENS, inputUncached: 3, output: 2 };

function writer({ showsUsage = false, head = HEAD } = {}): ChunkWriter {
  return new ChunkWriter(head, showsUsage);
}

/** The chunks of the next part. */
function chunksOf(chunks: ChunkWriter): Record<string, unknown>[] {
  const events = (chunks.take()?.bytes.toString() ?? '').split('\n\n');
  expect(events.pop()).toBe('');
  return events.map((event) => {
    expect(event).toMatch(/^data: /);
    return JSON.parse(event.slice('data: '.length)) as Record<string, unknown>;
  });
}

const choice = (delta: object, others: object = {}) => ({
  index: 0,
  delta,
  logprobs: null,
  finish_reason: null,
  ...others,
});

describe('ChunkWriter', () => {
  it('writes the role before anything else of a choice, once', () => {
    const chunks = writer();
    chunks.show({ content: 'a' });
    chunks.open();
    chunks.show({ content: 'b' }, '', { index: 1 });
    chunks.finish('stop', 1);
    const role = { role: 'assistant', content: '' };
    expect(chunksOf(chunks).map(({ choices }) => choices)).toEqual([
      [choice(role)],
      [choice({ content: 'a' })],
      [choice(role, { index: 1 })],
      [choice({ content: 'b' }, { index: 1 })],
      [choice({}, { index: 1, finish_reason: 'stop' })],
    ]);
  });

  it('says what the provider says of itself, and the rest by itself', () => {
    const chunks = writer();
    expect(chunks.hasBegun).toBe(false);
    chunks.begin({ id: 'i"1', model: undefined, created: 7 });
    expect(chunks.hasBegun).toBe(true);
    chunks.open();
    expect(chunksOf(chunks)).toMatchObject([
      { id: 'i"1', object: 'chat.completion.chunk', created: 7, model: 'asked' },
    ]);
  });

  it('keeps one head through a stream, whatever comes later', () => {
    const chunks = writer();
    chunks.open();
    chunks.begin({ id: 'late', model: 'late', created: 7 });
    chunks.show({ content: 'a' });
    expect(chunksOf(chunks)).toMatchObject([
      { id: 'fallback', model: 'asked' },
      { id: 'fallback', model: 'asked' },
    ]);
  });

  it('writes choices that are not those of a chat', () => {
    const chunks = writer({ head: { ...HEAD, object: 'text_completion' } });
    chunks.write('{"text":"é"}', 'é');
    const part = chunks.take();
    expect(part).toMatchObject({ hasContent: true, textBytes: 2 });
    expect(part?.bytes.toString()).toMatch(/"object":"text_completion",.*"choices":\[\{"text":"é"\}\]\}\n\n$/);
  });

  it('carries the probabilities with the text', () => {
    const chunks = writer();
    chunks.show({ content: 'a' }, 'a', { logprobs: { content: [] } });
    expect(chunksOf(chunks)[1]).toMatchObject({ choices: [choice({ content: 'a' }, { logprobs: { content: [] } })] });
  });

  it('counts what the model wrote, in bytes, and tells content from what is none', () => {
    const chunks = writer();
    chunks.open();
    expect(chunks.take()).toMatchObject({ hasContent: false, textBytes: 0, isLast: false });
    chunks.show({ content: '' }, '', { isContent: false });
    expect(chunks.take()).toMatchObject({ hasContent: false, textBytes: 0 });
    chunks.show({ content: 'é' }, 'é');
    chunks.show({ content: '' }, '', { isContent: false });
    chunks.show({ tool_calls: [] }, '{}');
    expect(chunks.take()).toMatchObject({ hasContent: true, textBytes: 4 });
    chunks.finish('stop');
    expect(chunks.take()).toMatchObject({ hasContent: true, textBytes: 0 });
  });

  it('gives no part where nothing was written', () => {
    const chunks = writer();
    expect(chunks.take()).toBeUndefined();
    chunks.begin({});
    chunks.count(undefined);
    expect(chunks.take()).toBeUndefined();
    chunks.open();
    expect(chunks.take()).toBeDefined();
    expect(chunks.take()).toBeUndefined();
  });

  it('tells the usage with the part that brought it, though it has no chunk', () => {
    const chunks = writer();
    chunks.count(USAGE);
    chunks.count(undefined);
    expect(chunks.take()).toMatchObject({ usage: USAGE, isLast: false });
    chunks.open();
    expect(chunks.take()?.usage).toBeUndefined();
  });

  it('ends with the latest usage where it was asked for, and with what else there is to say', () => {
    const chunks = writer({ showsUsage: true });
    chunks.count(NO_TOKENS);
    chunks.count(USAGE);
    chunks.take();
    chunks.close({ service_tier: 'flex' });
    expect(chunks.isOver).toBe(true);
    expect(chunksOf(chunks)).toMatchObject([
      { id: 'fallback', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 }, service_tier: 'flex' },
    ]);
  });

  it.each([
    ['was not asked for', false, USAGE],
    ['is not known', true, undefined],
  ])('ends without a chunk where the usage %s', (_, showsUsage, usage) => {
    const chunks = writer({ showsUsage });
    chunks.count(usage);
    chunks.close();
    const part = chunks.take();
    expect(part).toMatchObject({ isLast: true, hasContent: false });
    expect(part?.usage).toEqual(usage);
    expect(part?.bytes.length).toBe(0);
  });

  it('says what else there is to say where the usage was not asked for', () => {
    const chunks = writer();
    chunks.count(USAGE);
    chunks.close({ trace: 1 });
    const [last] = chunksOf(chunks);
    expect(last).toMatchObject({ choices: [], trace: 1 });
    expect(last).not.toHaveProperty('usage');
  });

  it('fails with the first error, after what was written before it', () => {
    const chunks = writer();
    const error = new UpstreamError('upstream_stream_broken');
    chunks.show({ content: 'a' });
    chunks.fail(error);
    chunks.fail(new UpstreamError('upstream_invalid_response'));
    expect(chunks.isOver).toBe(true);
    const part = chunks.take();
    expect(part?.error).toBe(error);
    expect(part).toMatchObject({ hasContent: true, isLast: false });
  });

  it('cannot fail once it is whole', () => {
    const chunks = writer();
    chunks.close();
    chunks.fail(new UpstreamError('upstream_stream_broken'));
    const part = chunks.take();
    expect(part?.isLast).toBe(true);
    expect(part?.error).toBeUndefined();
  });
});
