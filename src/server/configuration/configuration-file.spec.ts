import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { parseConfiguration, readConfigurationFile } from './configuration-file.js';

const parse = (text: string, environment = {}): ReturnType<typeof parseConfiguration> =>
  parseConfiguration(text, 'nestgate.yaml', environment);

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return '';
}

/** Of any characters, lone surrogates and control characters among them. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });

describe('parseConfiguration', () => {
  it('reads values of all types, and takes an empty file as nothing', () => {
    expect(parse('a: text\nb: 1\nc: [true, null]\nd: {e: "2"}\n1: one').value).toEqual({
      a: 'text',
      b: 1,
      c: [true, null],
      d: { e: '2' },
      1: 'one',
    });
    expect(parse('').value).toBeNull();
    expect(parse('# nothing\n').value).toBeNull();
  });

  it('knows the line of each setting', () => {
    const { locate } = parse(
      '# first\nproviders:\n  - name: a\n    headers:\n      x-a: "1"\n\n  - name: b\nauth: required\n',
    );
    expect(locate(['providers'])).toBe(2);
    expect(locate(['providers', 0])).toBe(3);
    expect(locate(['providers', 0, 'headers', 'x-a'])).toBe(5);
    expect(locate(['providers', 1, 'name'])).toBe(7);
    expect(locate(['auth'])).toBe(8);
    expect(locate(['providers', 2])).toBeUndefined();
  });

  it('puts variables into values, not into names', () => {
    const { value, problems } = parse('${A}: ${A}\nlist: ["${A}", "${B:-b}"]', { A: 'a: {b}' });
    expect(value).toEqual({ '${A}': 'a: {b}', list: ['a: {b}', 'b'] });
    expect(problems).toEqual([]);
  });

  it('reports each variable that is not set, with the path of its setting', () => {
    expect(parse('providers:\n  - apiKey: ${A}\n    baseUrl: http://${B}/').problems.map(({ path }) => path)).toEqual([
      ['providers', 0, 'apiKey'],
      ['providers', 0, 'baseUrl'],
    ]);
  });

  it('makes a number of a variable where the setting is one, and only there', () => {
    const text =
      'providers:\n  - timeout: ${N}\n    weight: "${W:-3}"\n    name: ${N}\n    idleTimeout: 1${N}\nlimits: {jsonDepth: "${T}"}';
    expect(parse(text, { N: '500', T: 'deep' }).value).toEqual({
      providers: [{ timeout: 500, weight: 3, name: '500', idleTimeout: '1500' }],
      limits: { jsonDepth: 'deep' },
    });
  });

  it('never lets a value change the structure', () => {
    const shape = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shape);
      if (typeof value !== 'object' || value === null) return typeof value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)]));
    };
    const text =
      'providers:\n  - name: ${X}\n    models: ["${X}", {name: "${X}"}]\n    headers: {x-a: "a ${X} b"}\naliases:\n  a: ${X}';
    const before = shape(parse(text, { X: 'plain' }).value);
    const hostile = fc.oneof(
      anyText,
      fc.constantFrom('\nauth: disabled', '"]\n', '&a *a', '!!set', '- x', '${X}', '{a: b}', '# no', '\u0000', '<<: 1'),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        const { value: parsed, problems } = parse(text, { X: value });
        expect(problems).toEqual([]);
        expect(shape(parsed)).toEqual(before);
        expect(parsed).toMatchObject({ aliases: { a: value } });
      }),
    );
  });

  it('gives back what was written, whatever that is', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('$'));
    fc.assert(
      fc.property(json, (value) => {
        // JSON knows no -0, and YAML's writer does.
        expect(parse(stringify(JSON.parse(JSON.stringify(value)))).value).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('never crashes: whatever the file holds, it reads it or throws a ConfigurationError', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '!',
      '"',
      "'",
      '#',
      '|',
      '>',
      '?',
      '---',
      '${',
      '<<',
      '%',
      '\t',
      ',',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
      anyText,
    );
    fc.assert(
      fc.property(text, (source) => {
        messageOf(() => parse(source));
      }),
      { numRuns: 1_000 },
    );
  });

  it('follows anchors, and is not drowned by them', () => {
    expect(parse('a: &x {b: [1]}\nc: *x').value).toEqual({ a: { b: [1] }, c: { b: [1] } });
    expect(messageOf(() => parse('a: &x [*x]'))).toMatch(/^nestgate\.yaml: the file is nested too deeply/);
    const bomb = Array.from(
      { length: 12 },
      (_, at) =>
        `a${at}: &a${at} [${
          at === 0
            ? '1'
            : Array(9)
                .fill(`*a${at - 1}`)
                .join(', ')
        }]`,
    );
    expect(messageOf(() => parse(bomb.join('\n')))).toMatch(/too long with its anchors/);
    expect(parse('a: *nowhere').problems).toEqual([expect.objectContaining({ path: ['a'] })]);
  });

  it('keeps __proto__ a name like any other', () => {
    const { value } = parse('__proto__: {auth: disabled}');
    expect(Object.keys(Object(value))).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each([
    [
      'a: 1\nb: 2\na: 3',
      'nestgate.yaml:3: the line has a setting that stands in the same section already: keep one of them',
    ],
    ['a:\n\tb: 1', 'nestgate.yaml:2: the line is indented with a tab: use spaces'],
    [
      'a: b\n---\nc: d',
      'nestgate.yaml:2: the line starts a second YAML document: take the --- out: the file holds one',
    ],
    [
      'a: @b',
      'nestgate.yaml:1: the line has a value that starts with a character YAML keeps for itself: put the value in quotes',
    ],
  ])('tells the line of what is not YAML: %j', (text, message) => expect(messageOf(() => parse(text))).toBe(message));

  it('repeats nothing of a file that is not YAML', () => {
    const secret = 'sk-do-not-tell';
    const broken = [
      `a: b: ${secret}`,
      `a: [${secret}`,
      `a: "${secret}`,
      `${secret}\nb: c`,
      `a: !${secret} b`,
      `a: b\n  ${secret}: c\n x`,
      `a: *${secret}: b`,
    ];
    for (const text of broken) {
      const message = messageOf(() => parse(text));
      expect(message).toMatch(/^(?:The configuration has|nestgate\.yaml:\d)/);
      expect(message).not.toContain(secret);
    }
  });
});

describe('readConfigurationFile', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nestgate-configuration-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const read = (name: string, content?: string | Buffer): unknown => {
    const path = join(directory, name);
    if (content !== undefined) writeFileSync(path, content);
    return readConfigurationFile(path, name, {}).value;
  };

  it('reads a file, with or without a byte order mark', () => {
    expect(read('a.yaml', 'a: b')).toEqual({ a: 'b' });
    expect(read('b.yaml', '\ufeffa: b')).toEqual({ a: 'b' });
  });

  it('says what is the matter with one that it cannot read', () => {
    expect(messageOf(() => read('missing.yaml'))).toBe(
      'missing.yaml: the file cannot be read (ENOENT): correct NESTGATE_CONFIG, or make the file',
    );
    expect(messageOf(() => read('.'))).toMatch(/^\.: the file is not a file/);
    expect(messageOf(() => read('latin.yaml', Buffer.from('a: \xe9', 'latin1')))).toMatch(/is not UTF-8/);
    expect(messageOf(() => read('large.yaml', '#'.repeat(1_048_577)))).toMatch(/is larger than 1 MiB/);
  });
});
