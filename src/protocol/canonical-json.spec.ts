import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';

const canonical = (json: string): string => canonicalJson(Buffer.from(json));

/** The same value with the names of every object in another order, and space between. */
function shuffled(value: unknown, turn: number): string {
  if (Array.isArray(value)) return `[ ${value.map((item) => shuffled(item, turn)).join(' ,\n')}\t]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)} : ${shuffled(member, turn)}`);
  const at = members.length === 0 ? 0 : turn % members.length;
  return `{ ${[...members.slice(at), ...members.slice(0, at)].toReversed().join(', ')}\r\n}`;
}

describe('canonicalJson', () => {
  it('is the same whatever the order of names and the space between', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(10), (value, turn) => {
        expect(canonical(shuffled(value, turn))).toBe(canonical(JSON.stringify(value)));
      }),
    );
  });

  it('spells the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        expect(JSON.parse(Buffer.from(canonical(json), 'latin1').toString())).toEqual(JSON.parse(json));
      }),
    );
  });

  it('differs where the value does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        fc.pre(sorted(one) !== sorted(other));
        expect(canonical(JSON.stringify(one))).not.toBe(canonical(JSON.stringify(other)));
      }),
    );
  });

  it.each([
    ['the order of items', '[1,2]', '[2,1]'],
    ['numbers beyond doubles', '{"seed":9007199254740992}', '{"seed":9007199254740993}'],
    ['how a number is written', '[1]', '[1.0]'],
    ['an absent and a null member', '{"a":1}', '{"a":1,"b":null}'],
    ['which of two members of one name is the last', '{"a":{"b":1,"b":2}}', '{"a":{"b":2,"b":1}}'],
    ['where an array ends', '[[1,2],[3]]', '[[1],[2,3]]'],
    ['where an object ends', '[{"a":1},{"b":2}]', '[{"a":1,"b":2}]'],
    ['space in a text', '"a b"', '"ab"'],
    ['a quote in a text', '["a","b"]', '["a\\",\\"b"]'],
    ['letters of one byte and of two', '"\u00e9"', '"\u00c3\u00a9"'],
  ])('tells %s', (_what, one, other) => expect(canonical(one)).not.toBe(canonical(other)));

  it('is the same for numbers whatever the space between', () => {
    expect(canonical('[ 1,\t-2.50,\n[],[ ],1e5 , true,null\r]')).toBe('[1,-2.50,[],[],1e5,true,null]');
    expect(canonical('{"a":[1, 2],"b":[3 ,4]}')).toBe('{"a":[1,2],"b":[3,4]}');
  });

  it.each(['', ' ', '{', '[1,', '{"a"', '{"a":', '"', '[}', '{]', ':', '{:,"a"1}'])('comes to an end with %j', (text) =>
    expect(typeof canonical(text)).toBe('string'),
  );
});

/** An independent form to compare by. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1))
      : Array.isArray(member)
        ? ['array', ...(member as unknown[])]
        : member,
  );
}
