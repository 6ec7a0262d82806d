import { describe, expect, it } from 'vitest';
import { deltaTextBytes } from './delta-text.js';

const count = (delta: string, after = '', before = ''): number => {
  const bytes = Buffer.from(before + delta + after);
  return deltaTextBytes(bytes, before.length, bytes.length);
};

describe('deltaTextBytes', () => {
  it.each([
    ['text', { role: 'assistant', content: 'Hello' }, 5],
    ['reasoning beside an empty text', { content: '', reasoning_content: 'Hmm' }, 3],
    ['reasoning by its other name', { content: null, reasoning: 'Hmm' }, 3],
    ['a refusal', { refusal: 'No.' }, 3],
    [
      'arguments beside an empty text',
      { content: '', tool_calls: [{ index: 0, function: { arguments: '12345' } }] },
      5,
    ],
    [
      'the arguments of every tool call',
      { tool_calls: [{ function: { name: 'first', arguments: '12' } }, { function: { arguments: '345' } }] },
      5,
    ],
    ['a function call', { function_call: { name: 'first', arguments: '12' } }, 2],
    ['no reasoning twice', { reasoning: 'Hmm', reasoning_details: [{ type: 'reasoning.text', text: 'Hmm' }] }, 3],
    ['bytes, not characters', { content: 'é€😀' }, 9],
    ['text that looks like a member', { content: '"content":"no"' }, 18],
    ['nothing', {}, 0],
  ])('counts %s', (_, delta, bytes) => {
    expect(count(JSON.stringify(delta))).toBe(bytes);
    expect(count(JSON.stringify(delta, null, 1).replaceAll('\n', ''))).toBe(bytes);
  });

  it('ends with the delta', () => {
    expect(count('{"content":"1234"}', ',"message":{"content":"12345678"}}', '{"delta":')).toBe(4);
  });

  it.each(['null', '"text"', '[]'])('counts nothing in %s', (delta) => {
    expect(count(delta, ',"content":"1234"}')).toBe(0);
  });

  it('bears with a delta that has no end', () => {
    expect(count('{"content":"1234')).toBe(4);
    expect(count('{"content":"12\\')).toBeGreaterThanOrEqual(2);
    expect(count('{"content"')).toBe(0);
  });
});
