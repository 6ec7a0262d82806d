import { describe, expect, it } from 'vitest';
import { DONE, EVENT_STREAM, KeptStream } from './kept-stream.js';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('KeptStream', () => {
  it('keeps what has gone, with the end that the gateway writes', () => {
    const kept = new KeptStream(100);
    expect(String(kept.pass(bytes('data: 1\n\n')))).toBe('data: 1\n\n');
    kept.keep(bytes('data: 2\n\n'));
    expect(kept.answer(undefined)).toEqual({
      contentType: EVENT_STREAM,
      bytes: bytes(`data: 1\n\ndata: 2\n\n${DONE}`),
    });
  });

  it('keeps what comes with its own end as it is', () => {
    const kept = new KeptStream(100);
    kept.pass(bytes('sound'));
    expect(kept.answer('audio/mpeg')).toEqual({ contentType: 'audio/mpeg', bytes: bytes('sound') });
  });

  it('keeps what the filter lets through, not what came', () => {
    const kept = new KeptStream(100, (events) => bytes(String(events).toUpperCase()));
    expect(String(kept.pass(bytes('a')))).toBe('A');
    expect(String(kept.answer('text/plain')?.bytes)).toBe('A');
  });

  it('keeps nothing of what is too large, and still lets it through', () => {
    const kept = new KeptStream(3);
    expect(['ab', 'c', 'd', 'e'].map((piece) => String(kept.pass(bytes(piece))))).toEqual(['ab', 'c', 'd', 'e']);
    expect(kept.answer(undefined)).toBeUndefined();
  });
});
