import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkScan } from './chunk-scan.js';

const findings = ({ hasError, hasUsage, isFinished, textBytes }: ChunkScan) => ({
  hasError,
  hasUsage,
  isFinished,
  textBytes,
});

function scan(json: string, written: 'delta' | 'text' = 'delta') {
  const bytes = Buffer.from(json);
  const chunk = new ChunkScan(written);
  const end = chunk.scan(bytes, 0, bytes.length);
  return { ...findings(chunk), end };
}

const textOf = (delta: unknown): number => scan(JSON.stringify({ choices: [{ index: 0, delta }] })).textBytes;

describe('the text of a delta', () => {
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
    ['text that ends with a backslash', { content: 'a\\', refusal: 'b' }, 4],
    ['nothing', {}, 0],
    ['no delta', null, 0],
    ['a delta that is text', 'text', 0],
    ['a list in place of text', { content: ['1234'] }, 0],
  ])('counts %s', (_, delta, bytes) => {
    expect(textOf(delta)).toBe(bytes);
    const spaced = JSON.stringify({ choices: [{ delta }] }, null, 1).replaceAll('\n', ' ');
    expect(scan(spaced.replaceAll(':', ' : ')).textBytes).toBeGreaterThanOrEqual(bytes);
    expect(scan(spaced).textBytes).toBe(bytes);
  });

  it('ends with the delta', () => {
    expect(scan('{"delta":{"content":"1234"},"message":{"content":"12345678"}}').textBytes).toBe(4);
    expect(scan('{"content":"12","choices":[{"delta":{"content":"3"}},{"delta":{"content":"45"}}]}').textBytes).toBe(3);
  });

  it('is not text elsewhere, nor the other way round', () => {
    expect(scan('{"choices":[{"text":"12","delta":{"content":"345"}}]}', 'text').textBytes).toBe(2);
    expect(scan('{"choices":[{"text":"12","delta":{"content":"345"}}]}').textBytes).toBe(3);
  });
});

describe('the members that matter', () => {
  it.each([
    ['{"usage":null}', {}],
    ['{"usage" \t: {"x":1}}', { hasUsage: true }],
    ['{"a":{"usage":{}}}', { hasUsage: true }],
    ['{"a":"usage"}', {}],
    ['{"a":"\\"usage\\":{"}', {}],
    ['{"a":["usage","usage"],"b":{}}', {}],
    ['{"usages":{},"my usage":{}}', {}],
    ['{"a":"😀","error":"é"}', { hasError: true }],
    ['{"error":{"message":"x"}}', { hasError: true }],
    ['{"error":null,"b":{"c":"d"}}', {}],
    ['{"error":12,"b":"c"}', {}],
    ['{"finish_reason":"stop"}', { isFinished: true }],
    ['{"finish_reason":""}', {}],
    ['{"finish_reason":null,"a":"b"}', {}],
    ['{"a":[{"finish_reason":null},{"finish_reason":"length"}]}', { isFinished: true }],
    ['', {}],
    ['"usage"', {}],
    ['"usage":', {}],
    ['{"error":"', { hasError: true }],
  ])('are found in %s', (json, found) => {
    expect(scan(json)).toMatchObject({ hasError: false, hasUsage: false, isFinished: false, ...found });
  });

  it('are those of one line', () => {
    expect(scan('{"a":1}\n{"usage":{}}')).toMatchObject({ hasUsage: false, end: 7 });
    expect(scan('{"a":"no end\n"usage":{}}')).toMatchObject({ hasUsage: false, end: 12 });
    expect(scan('{"a":"no end\\')).toMatchObject({ end: 13 });
  });
});

it('finds what parsing finds', () => {
  const names = ['delta', 'content', 'usage', 'error', 'finish_reason', 'text', 'arguments', 'other'];
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, 0, 12.5, '', 'stop', '"usage":{', 'a\\"b', 'é\u0000'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const { end: _end, ...found } = scan(JSON.stringify(value));
      expect(found).toEqual(expected(value, false));
    }),
    { numRuns: 2_000 },
  );
});

interface Found {
  hasError: boolean;
  hasUsage: boolean;
  isFinished: boolean;
  textBytes: number;
}

/** The same by walking through what was parsed. */
function expected(value: unknown, isInDelta: boolean): Found {
  const sum: Found = { hasError: false, hasUsage: false, isFinished: false, textBytes: 0 };
  if (typeof value !== 'object' || value === null) return sum;
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const isNamed = !Array.isArray(value);
    const isText = typeof member === 'string';
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isNamed && name === 'error') sum.hasError ||= isText || isObject;
    if (isNamed && name === 'usage') sum.hasUsage ||= isObject;
    if (isNamed && name === 'finish_reason') sum.isFinished ||= isText && member !== '';
    if (isNamed && isInDelta && isText && (name === 'content' || name === 'arguments')) {
      sum.textBytes += Buffer.byteLength(JSON.stringify(member)) - 2;
    }
    const inner = expected(member, isInDelta || (isNamed && name === 'delta' && isObject));
    sum.hasError ||= inner.hasError;
    sum.hasUsage ||= inner.hasUsage;
    sum.isFinished ||= inner.isFinished;
    sum.textBytes += inner.textBytes;
  }
  return sum;
}

describe('chunk after chunk', () => {
  const name = fc.constantFrom('id', 'delta', 'content', 'usage', 'error', 'finish_reason', 'text', 'a');
  const text = fc.constantFrom('', 'x', 'yz"', '{', 'delta');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text,
      fc.constant(null),
      fc.integer({ min: 0, max: 9 }),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(name, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const chunk = fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
  const delta = fc.dictionary(name, value, { maxKeys: 2, noNullPrototype: true });
  const rest = fc.dictionary(name, value, { maxKeys: 2, noNullPrototype: true });

  it.each(['delta', 'text'] as const)('is looked at as each by itself (%s)', (written) => {
    const lines = fc
      .tuple(chunk, fc.array(fc.tuple(delta, rest, fc.nat({ max: 8 })), { minLength: 1, maxLength: 4 }))
      .map(([opening, ends]) =>
        ends.map(([one, after, cut]) => {
          const json = JSON.stringify({ ...opening, choices: [{ delta: one, ...after }] });
          return cut > 0 ? json : json.slice(0, -7);
        }),
      );
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 3 }), (streams) => {
        const scanner = new ChunkScan(written);
        for (const json of streams.flat()) {
          const bytes = Buffer.from(`data: ${json}\n\n`);
          const alone = new ChunkScan(written);
          expect(scanner.scan(bytes, 6, bytes.length)).toBe(alone.scan(bytes, 6, bytes.length));
          expect(findings(scanner)).toEqual(findings(alone));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not take what it has said before for known', () => {
    const scanner = new ChunkScan('delta');
    for (const json of ['{"usage":{},"delta":{"content":"12"}}', '{"usage":{},"delta":{"content":"345"}}']) {
      scanner.scan(Buffer.from(json), 0, json.length);
      expect(scanner.hasUsage).toBe(true);
    }
    expect(scanner.textBytes).toBe(3);
  });
});
