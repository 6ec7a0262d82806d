import { describe, expect, it } from 'vitest';
import { JsonMember } from './json-member.js';

/** What stands at the value of `usage` in each of some events that lie in one buffer. */
function valuesIn(events: string[]): string[] {
  const member = new JsonMember('usage');
  const buffer = Buffer.from(events.join(''));
  let start = 0;
  return events.map((event) => {
    const end = start + Buffer.byteLength(event);
    const at = member.valueStart(buffer, start, end);
    start = end;
    return at < 0 ? '-' : buffer.toString('utf8', at, Math.min(at + 3, end));
  });
}

describe('JsonMember', () => {
  it.each([
    ['{"usage":null}', 'nul'],
    ['{"a":1,"usage" \t: {"x":1}}', '{"x'],
    ['{"a":{"usage":12}}', '12}'],
    ['{"a":"usage"}', '-'],
    ['{"a":"\\"usage\\":1"}', '-'],
    ['{"a":["usage","usage"],"usage":7}', '7}'],
    ['{"usages":1,"my usage":2}', '-'],
    ['{"a":"😀","usage":"é"}', '"é'],
    ['', '-'],
    ['"usage"', '-'],
    ['"usage":', '-'],
    ['"usage"   ', '-'],
  ])('finds the value in %s', (text, value) => {
    expect(valuesIn([text])[0]?.startsWith(value)).toBe(true);
  });

  it('looks only within the event it is asked about', () => {
    expect(valuesIn(['{"a":1}', '{"usage":1}', '{"b":1}', '{"usage":2}', '{"usage"', ':3}'])).toEqual([
      '-',
      '1}',
      '-',
      '2}',
      '-',
      '-',
    ]);
  });

  it('begins anew with each buffer', () => {
    const member = new JsonMember('usage');
    expect(member.valueStart(Buffer.from('{"a":1}'), 0, 7)).toBe(-1);
    member.reset();
    expect(member.valueStart(Buffer.from('{"usage":1}'), 0, 11)).toBe(9);
  });
});
