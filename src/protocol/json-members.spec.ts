import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonMembers, PiecedJson } from './json-members.js';
import { scanJsonObject } from './json-scan.js';

describe('JsonMembers', () => {
  it('finds what JSON.parse finds, though it steps over numbers', () => {
    const numbers = fc.array(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })));
    const item = fc.oneof(fc.integer(), fc.string(), numbers, fc.dictionary(fc.string(), numbers));
    const object = fc.dictionary(fc.string(), fc.oneof(numbers, fc.array(item), fc.array(fc.array(item))));
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const found = JsonMembers.of(Buffer.from(text));
        const parsed = JSON.parse(text) as Record<string, unknown>;
        expect(found.isWhole).toBe(true);
        for (const name of Object.keys(parsed)) expect(found.parse(name)).toEqual(parsed[name]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('makes no fuss of what is not JSON', () => {
    const unit = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '-', ' ', '1');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        const { members: found } = scanJsonObject(Buffer.from(`{"a":[${text}],"b":1}`), 1_000, 100_000);
        for (const name of ['a', 'b', '1', '']) {
          const { start = 0, end = 0 } = found.find(name) ?? {};
          expect(end).toBeGreaterThanOrEqual(start);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['numbers', '[0.1,-1e-3, 7]'],
    ['numbers of several lines', '[\n  0.1,\n  -2\n]'],
    ['numbers and what looks like an end', '[1,"]",2]'],
    ['numbers and lists', '[1,[2,[3]],4]'],
    ['numbers and objects', '[-1,{"a":[1]},{}]'],
    ['lists of numbers', '[[1,2],[3],[]]'],
  ])('goes past %s', (_name, list) => {
    const found = JsonMembers.of(Buffer.from(`{"data":${list},"usage":{"total_tokens":3}}`));
    expect(found.isWhole).toBe(true);
    expect(found.parse('data')).toEqual(JSON.parse(list));
    expect(found.parse('usage')).toEqual({ total_tokens: 3 });
  });

  it.each(['{"data":[1,2', '{"data":[1,2]', '{"data":[1,[2}'])('knows what is not whole: %s', (text) => {
    expect(JsonMembers.of(Buffer.from(text)).isWhole).toBe(false);
  });

  it('looks at each byte once, however the lists are nested', () => {
    expect(JsonMembers.of(Buffer.from(`{"data":${'[1,'.repeat(500_000)}`)).isWhole).toBe(false);
    expect(JsonMembers.of(Buffer.from(`{"data":[${'[1],'.repeat(500_000)}[1]],"a":7}`)).parse('a')).toBe(7);
  });
});

/** The text in pieces, cut at these places of its bytes. */
function pieced(text: string, ...cuts: number[]): PiecedJson {
  const bytes = Buffer.from(text);
  const json = new PiecedJson();
  let from = 0;
  for (const cut of [...cuts.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length]) {
    json.push(bytes.subarray(from, cut));
    from = cut;
  }
  return json;
}

/** What can be found in it, as text: compared for every place that something may be cut at. */
function foundIn(members: JsonMembers, names: readonly string[]): string {
  return JSON.stringify([members.isWhole, names.map((name) => [members.firstByteOf(name), members.parse(name)])]);
}

describe('PiecedJson', () => {
  const few = { maxLength: 4 };
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const unit = fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', '1', '-', ' ', 'ä', '😀', 'a');
  const text = fc.string({ unit, ...few });
  const item = fc.oneof(
    number,
    text,
    fc.constant(null),
    fc.array(number, few),
    fc.dictionary(text, number, { maxKeys: 2 }),
  );
  const value = fc.oneof(item, fc.array(item, few), fc.array(fc.array(item, few), few));
  const object = fc.dictionary(text, value, { maxKeys: 4 });

  it('finds what is found in one piece, wherever it is cut', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1), (spelled, indent) => {
        const json = JSON.stringify(spelled, null, indent);
        const names = [...Object.keys(spelled), 'not there'];
        const { length } = Buffer.from(json);
        const expected = foundIn(JsonMembers.of(Buffer.from(json)), names);
        for (let cut = 0; cut <= length; cut++) {
          const found = foundIn(pieced(json, cut).members, names);
          if (found !== expected) expect.fail(`cut at ${cut}: ${found}, not ${expected}`);
        }
        const bytewise = pieced(json, ...Array.from({ length }, (_, place) => place));
        expect(foundIn(bytewise.members, names)).toBe(expected);
        expect(bytewise.bytes.toString()).toBe(json);
        expect(foundIn(bytewise.members, names)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('makes the same of what is not JSON as of one piece', () => {
    const names = ['', 'a', '1', 'b'];
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 60 }),
        fc.constantFrom('', '{"a":[1,'),
        fc.array(fc.nat(80), { maxLength: 8 }),
        (rest, start, cuts) => {
          const json = `${start}${rest}`;
          expect(foundIn(pieced(json, ...cuts).members, names)).toBe(foundIn(JsonMembers.of(Buffer.from(json)), names));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is not whole before its last piece is there', () => {
    const json = new PiecedJson();
    json.push(Buffer.from('{"data":[0.1,0.'));
    expect(json.members.isWhole).toBe(false);
    json.push(Buffer.from('2],"usage":{"a":"\\'));
    expect(json.members.isWhole).toBe(false);
    json.push(Buffer.from('"}"}}'));
    expect(json.members.isWhole).toBe(true);
    expect(json.members.parse('usage')).toEqual({ a: '"}' });
    expect(json.members.parse('data')).toEqual([0.1, 0.2]);
  });
});
