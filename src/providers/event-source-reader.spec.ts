import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkWriter } from './chunk-writer.js';
import { EventSourceReader } from './event-source-reader.js';

/** Shows the `text` of each event, and is whole with one that says `end`. */
function open() {
  const seen: string[] = [];
  const chunks = new ChunkWriter({ id: 'a', model: 'm' }, false);
  const reader = new EventSourceReader(chunks, ({ text, end }) => {
    seen.push(String(text));
    chunks.show({ content: String(text) });
    if (end === true) chunks.close();
  });
  return { seen, reader };
}

const event = (value: unknown) => `event: delta\ndata: ${JSON.stringify(value)}\n\n`;

describe('EventSourceReader', () => {
  it('reads events cut anywhere, inside characters too', () => {
    const bytes = Buffer.from(`: hello\n\n${event({ text: 'é€😀' })}${event({ text: 'b', end: true })}`);
    for (let at = 1; at < bytes.length; at++) {
      const { seen, reader } = open();
      const parts = [reader.push(bytes.subarray(0, at)), reader.push(bytes.subarray(at)), reader.end()];
      expect(seen).toEqual(['é€😀', 'b']);
      expect(parts.filter((part) => part?.isLast === true)).toHaveLength(1);
      expect(parts.filter((part) => part?.error !== undefined)).toEqual([]);
    }
  });

  it('reads what was written, whichever pieces it comes in, with a byte order mark and without', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\uFEFF'), maxLength: 8 });
    const pieces = fc.array(fc.nat(12), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(text), fc.boolean(), pieces, (texts, hasMark, lengths) => {
        const bytes = Buffer.from((hasMark ? '\uFEFF' : '') + texts.map((one) => event({ text: one })).join(''));
        const { seen, reader } = open();
        for (let at = 0, piece = 0; at < bytes.length; piece++) {
          const end = at + (lengths[piece % lengths.length] ?? 0) + (piece % 2);
          reader.push(bytes.subarray(at, end));
          at = end;
        }
        expect(seen).toEqual(texts);
      }),
    );
  });

  it('replaces what is not UTF-8, and goes on', () => {
    const { seen, reader } = open();
    for (const bytes of [event({ text: 'é' }), Buffer.from([0xe2, 0x82]), '\n\n', event({ text: 'b' })]) {
      reader.push(Buffer.from(bytes));
    }
    expect(seen).toEqual(['é', 'b']);
  });

  it('reads a last event that ends with the connection', () => {
    const { reader } = open();
    expect(reader.push(Buffer.from(event({ text: 'a', end: true }).trimEnd()))).toBeUndefined();
    expect(reader.end()).toMatchObject({ isLast: true, hasContent: true });
  });

  it.each([
    ['between two events', event({ text: 'a' })],
    ['in the middle of one', event({ text: 'a' }) + 'data: {"text":'],
  ])('is broken where the connection ends %s', (_, sent) => {
    const { seen, reader } = open();
    expect(reader.push(Buffer.from(sent))).toMatchObject({ hasContent: true });
    expect(reader.end()).toMatchObject({ isLast: false, error: { code: 'upstream_stream_broken' } });
    expect(seen).toEqual(['a']);
  });

  it('reads nothing after the end', () => {
    const { seen, reader } = open();
    const part = reader.push(Buffer.from(`${event({ text: 'a', end: true })}${event({ text: 'b' })}data: no JSON\n\n`));
    expect(part).toMatchObject({ isLast: true });
    expect(part?.error).toBeUndefined();
    expect(reader.push(Buffer.from(event({ text: 'c' })))).toBeUndefined();
    expect(reader.end()).toBeUndefined();
    expect(seen).toEqual(['a']);
  });

  it.each(['no JSON', '"text"', 'null', '[]'])('fails at the event %s, and believes nothing after it', (data) => {
    const { seen, reader } = open();
    const part = reader.push(Buffer.from(`${event({ text: 'a' })}data: ${data}\n\n${event({ text: 'b' })}`));
    expect(part).toMatchObject({
      hasContent: true,
      error: { code: 'upstream_invalid_response', message: 'The provider’s stream is not valid.' },
    });
    expect(seen).toEqual(['a']);
    expect(reader.end()).toBeUndefined();
  });

  it('keeps no more than 1 MiB of an event', () => {
    const { reader } = open();
    const piece = Buffer.alloc(64 * 1024, 'a');
    expect(reader.push(Buffer.from('data: '))).toBeUndefined();
    let error: unknown;
    for (let sent = 0; sent <= 1024 * 1024 && error === undefined; sent += piece.length) {
      error = reader.push(piece)?.error;
    }
    expect(error).toMatchObject({
      code: 'upstream_invalid_response',
      message: 'The provider’s stream has no end of line.',
    });
    expect(reader.push(piece)).toBeUndefined();
  });
});
