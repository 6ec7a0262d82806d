import { describe, expect, it } from 'vitest';
import { PiecedAnswer, sizeOf, startOf } from './pieced-answer.js';
import { PiecedBytes } from './pieced-bytes.js';

function answerOf(...texts: string[]): PiecedAnswer {
  const content = new PiecedBytes();
  for (const text of texts) content.push(Buffer.from(text));
  return new PiecedAnswer('text/plain', content, { usage: undefined, units: { seconds: 1 }, textBytes: 3 });
}

describe('PiecedAnswer', () => {
  it('tells its size and its start without joining its pieces', () => {
    const answer = answerOf('ab', 'cde');
    expect(sizeOf(answer)).toBe(5);
    expect(startOf(answer, 3).toString()).toBe('abc');
    expect(startOf(answer, 9).toString()).toBe('abcde');
    expect(answer.content.pieces).toHaveLength(2);
  });

  it('has its bytes, and so has a copy of it, which is no longer in pieces', () => {
    const copy = { ...answerOf('ab', 'cde'), contentType: 'text/html' };
    expect(answerOf('ab', 'cde').bytes.toString()).toBe('abcde');
    expect([copy.bytes.toString(), copy.units, copy.textBytes]).toEqual(['abcde', { seconds: 1 }, 3]);
    const changed = { ...copy, bytes: Buffer.from('x') };
    expect([sizeOf(changed), startOf(changed, 5).toString()]).toEqual([1, 'x']);
  });
});
