import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandVariables } from './expand-variables.js';

const environment = { HOST: 'example.com', PORT: '8000', EMPTY: '', DOLLAR: '${HOST}', _a1: 'x' };
const expanded = (text: string): string => {
  const { text: result, problems } = expandVariables(text, environment);
  expect(problems).toEqual([]);
  return result;
};

/** Of any characters, lone surrogates and control characters among them. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });

describe('expandVariables', () => {
  it.each([
    ['${HOST}', 'example.com'],
    ['http://${HOST}:${PORT}/v1', 'http://example.com:8000/v1'],
    ['${_a1}', 'x'],
    ['${EMPTY}', ''],
    ['${HOST:-other}', 'example.com'],
    ['${EMPTY:-other}', 'other'],
    ['${UNSET:-other}', 'other'],
    ['${UNSET:-}', ''],
    ['${UNSET:-http://localhost:8000/v1}', 'http://localhost:8000/v1'],
    ['$${HOST}', '${HOST}'],
    ['$$${HOST}', '$${HOST}'],
    ['$HOST costs $5 or $$', '$HOST costs $5 or $$'],
    ['{HOST} $ {HOST}', '{HOST} $ {HOST}'],
    // What a value brings is not looked at again.
    ['${DOLLAR}', '${HOST}'],
  ])('makes of %j %j', (text, result) => expect(expanded(text)).toBe(result));

  it('reports a variable that is not set', () => {
    expect(expandVariables('${UNSET} ${OTHER}', environment).problems).toEqual([
      {
        problem: 'needs the environment variable UNSET, which is not set',
        remedy: 'set UNSET, or give it a default: ${UNSET:-default}',
      },
      expect.objectContaining({ problem: 'needs the environment variable OTHER, which is not set' }),
    ]);
  });

  it.each(['${', '${}', '${HOST', '${HO ST}', '${1A}', '${HOST-other}', '${UNSET:-${HOST}}', 'a${b c}'])(
    'reports %j, which cannot be expanded, without repeating it',
    (text) => {
      const { problems } = expandVariables(text, environment);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.problem).toBe('holds a ${ that cannot be expanded');
    },
  );

  it.each(['toString', 'constructor', '__proto__'])('does not take %s from what every object has', (name) => {
    expect(expandVariables(`\${${name}}`, environment).problems).toHaveLength(1);
  });

  it('leaves text without ${ alone', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => !text.includes('${')),
        (text) => {
          expect(expanded(text)).toBe(text);
        },
      ),
    );
  });

  it('puts any value in as it is', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        expect(expandVariables('<${X}>', { X: value }).text).toBe(`<${value}>`);
      }),
    );
  });

  it('takes time in proportion to the text', () => {
    const { problems } = expandVariables('${'.repeat(100_000), environment);
    expect(problems.length).toBeGreaterThan(0);
  });
});
