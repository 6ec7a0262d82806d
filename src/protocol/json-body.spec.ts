import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonBody } from './json-body.js';
import { scanJsonObject } from './json-scan.js';

const scan = (text: string, maxDepth = 100, maxValues = 10_000) =>
  scanJsonObject(Buffer.from(text), maxDepth, maxValues);
const bodyOf = (text: string): JsonBody =>
  new JsonBody(Buffer.from(text), JSON.parse(text) as Record<string, unknown>, scan(text).members);

/** Whitespace as JSON allows it. */
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

/** A string as JSON text, in one of the ways that spell it. */
const jsonString = fc
  .string({ unit: 'grapheme' })
  .chain((text) =>
    fc.constantFrom(
      JSON.stringify(text),
      `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`,
    ),
  );

const jsonNumber = fc.oneof(
  fc.constantFrom('12345678901234567890', '1.0', '-0', '1e3', '1E-7', '0.10', '123456789.123456789123456789'),
  fc.integer().map(String),
);

/** Any JSON text, with whitespace anywhere. */
const jsonText = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    jsonString,
    jsonNumber,
    fc.constantFrom('true', 'false', 'null'),
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(space, fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }))
    .map(([inner, items]) => `[${items.length === 0 ? inner : items.map((parts) => parts.join('')).join(',')}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(space, jsonString, space, space, tie('value'), space), { maxLength: 4 }))
    .map(
      ([inner, members]) =>
        `{${members.length === 0 ? inner : members.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`).join(',')}}`,
    ),
})).value;

/** The members of an object, names different: text of the name, of the value, and the space around both. */
const members = fc.uniqueArray(fc.tuple(jsonString, jsonText, space, space, space, space), {
  maxLength: 6,
  selector: ([name]) => JSON.parse(name) as string,
});

const textOf = (
  list: [string, string, string, string, string, string][],
  replace: (name: string, value: string) => string,
): string =>
  `{${list.map(([name, value, a, b, c, d]) => `${a}${name}${b}:${c}${replace(JSON.parse(name) as string, value)}${d}`).join(',')}}`;

describe('an edited body', () => {
  it('has the edited members, and every other byte as it was', () => {
    fc.assert(
      fc.property(
        members,
        fc.tuple(space, space),
        fc.array(fc.tuple(fc.nat(5), jsonText), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), jsonText, { maxKeys: 3 }),
        (list, [before, after], replaced, added) => {
          const names = list.map(([name]) => JSON.parse(name) as string);
          const edits: Record<string, string> = Object.create(null) as Record<string, string>;
          for (const [index, json] of replaced) {
            const name = names[index];
            if (name !== undefined) edits[name] = json;
          }
          const fresh = Object.entries(added).filter(([name]) => !names.includes(name));
          for (const [name, json] of fresh) edits[name] = json;
          const text = `${before}${textOf(list, (_name, value) => value)}${after}`;

          const edited = bodyOf(text).edited(edits).toString();

          // Every other byte: the same text made with the new values, and the new members in front.
          const kept = textOf(list, (name, value) => (Object.hasOwn(edits, name) ? (edits[name] ?? '') : value)).slice(
            1,
          );
          const front = Object.entries(edits)
            .filter(([name]) => !names.includes(name))
            .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
            .join(',');
          const comma = front === '' || list.length === 0 ? '' : ',';
          expect(edited).toBe(`${before}{${front}${comma}${kept}${after}`);
          // And it spells the edited object.
          const expected = Object.fromEntries([
            ...Object.entries(JSON.parse(text) as object),
            ...Object.entries(edits).map(([name, json]) => [name, JSON.parse(json) as unknown]),
          ]) as unknown;
          expect(JSON.parse(edited)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('without edits is the same buffer', () => {
    const body = bodyOf('{"a":1}');
    expect(body.edited({})).toBe(body.bytes);
  });

  it.each([
    ['{}', { a: '1' }, '{"a":1}'],
    [' { } ', { a: '1', b: '2' }, ' {"a":1,"b":2 } '],
    ['{"a":1}', { b: '2' }, '{"b":2,"a":1}'],
    ['{ "a" :\t"x"\n}', { a: 'null' }, '{ "a" :\tnull\n}'],
    ['{"a":{"a":1},"b":"a"}', { a: '2' }, '{"a":2,"b":"a"}'],
    ['{"x":{"a":1},"a":[{"a":2}]}', { a: '2' }, '{"x":{"a":1},"a":2}'],
    ['{"\\u0061":1}', { a: '2' }, '{"\\u0061":2}'],
    ['{"b":1,"a":"\\\\","c":"\\""}', { a: '2', c: '3' }, '{"b":1,"a":2,"c":3}'],
    ['{"a":"}","b":1}', { b: '2' }, '{"a":"}","b":2}'],
    ['{"a,b":1}', { 'a,b': '2' }, '{"a,b":2}'],
  ])('%s with %j', (text, edits, edited) => {
    expect(bodyOf(text).edited(edits).toString()).toBe(edited);
  });

  it('of an object made here is as good', () => {
    const body = JsonBody.of({ model: 'a', text: 'Größe "x"', n: [1, { model: 2 }] });
    expect(JSON.parse(body.edited({ model: '"b"' }).toString())).toEqual({
      model: 'b',
      text: 'Größe "x"',
      n: [1, { model: 2 }],
    });
  });
});

describe('scanJsonObject', () => {
  it('finds what JSON.parse finds', () => {
    fc.assert(
      fc.property(members, (list) => {
        const text = textOf(list, (_name, value) => value);
        const { members: found } = scan(text);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        expect(found.count).toBe(Object.keys(parsed).length);
        for (const [name, value] of Object.entries(parsed)) {
          const { start, end } = found.find(name) ?? {};
          expect(JSON.parse(Buffer.from(text).toString('utf8', start, end))).toEqual(value);
        }
      }),
    );
  });

  it('never fails and never takes long, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        scanJsonObject(Buffer.from(bytes), 64, 1_000);
      }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', ' ', '1'), maxLength: 60 }),
        (text) => {
          const { members: found } = scan(text);
          for (const name of ['', 'a', '1', 'a1', '{', '\\']) {
            const place = found.find(name);
            if (place === undefined) continue;
            expect(place.start).toBeGreaterThan(0);
            expect(place.end).toBeGreaterThanOrEqual(place.start);
            expect(place.end).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":{},"b":1,"a":2}'])(
    'counts a name that appears twice twice, and finds the last: %s',
    (text) => {
      const { members: found } = scan(text);
      expect(found.count).toBe(Object.keys(JSON.parse(text) as object).length + 1);
      const { start, end } = found.find('a') ?? {};
      expect(text.slice(start, end)).toBe('2');
    },
  );

  it('does not mind the same name on other levels', () => {
    expect(scan('{"a":{"a":1,"a":2},"b":["a","a"],"c":"a"}').members.count).toBe(3);
  });

  it.each(['ab', 'a', 'abcd', 'a\\u0062c', 'ä', ''])('does not take another name for one: %j', (name) => {
    const bytes = Buffer.from('{"abc":1,"\\u0061\\u0062":2,"\\\\u0062":3,"Ã¤":4}');
    const { start, end } = scanJsonObject(bytes, 10, 100).members.find(name) ?? { start: 0, end: 0 };
    expect(bytes.toString('utf8', start, end)).toBe(name === 'ab' ? '2' : '');
  });

  it('stops at what is nested too deeply', () => {
    expect(scan(`{"a":${'['.repeat(9)}${']'.repeat(9)}}`, 10).tooComplex).toBe(false);
    expect(scan(`{"a":${'['.repeat(10)}${']'.repeat(10)}}`, 10).tooComplex).toBe(true);
    expect(scan('['.repeat(1_000_000), 10).tooComplex).toBe(true);
    expect(scan(`{"a":"${'['.repeat(100)}"}`, 10).tooComplex).toBe(false);
  });

  it('stops at what has too many values', () => {
    const list = (count: number, item: string): string =>
      `{"a":[${Array.from({ length: count }, () => item).join(',')}]}`;
    expect(scan(list(50, '"b"'), 10, 60).tooComplex).toBe(false);
    expect(scan(list(70, '"b"'), 10, 60).tooComplex).toBe(true);
    // Numbers are quickly parsed, and lists of them are long.
    expect(scan(list(1_000, '1'), 10, 60).tooComplex).toBe(false);
    expect(scan(list(2_000, '1'), 10, 60).tooComplex).toBe(true);
    expect(scan(`{"a":"${','.repeat(100)}"}`, 10, 60).tooComplex).toBe(false);
  });
});

describe('JsonBody.changedTo', () => {
  it('writes anew only the members that are others', () => {
    const body = bodyOf('{ "a": 1.0, "b":{"c":12345678901234567890}, "d":[1] }');
    const changed = body.changedTo({ ...body.value, d: [2], e: 'new' });
    expect(String(changed.bytes)).toBe('{"e":"new", "a": 1.0, "b":{"c":12345678901234567890}, "d":[2] }');
    expect(String(changed.edited({ a: '3' }))).toContain('"a": 3');
    expect(changed.value).toMatchObject({ a: 1, d: [2], e: 'new' });
  });

  it('is the same bytes where nothing is', () => {
    const body = bodyOf('{ "a":1 }');
    expect(body.changedTo({ ...body.value }).bytes).toBe(body.bytes);
  });

  it('leaves out what is gone', () => {
    const body = bodyOf('{"a":1,"b":2}');
    expect(String(body.changedTo({ b: 2 }).bytes)).toBe('{"b":2}');
    expect(String(body.changedTo({ a: undefined, b: 2 }).bytes)).toBe('{"b":2}');
  });
});
