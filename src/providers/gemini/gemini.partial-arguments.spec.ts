import { describe, expect, it } from 'vitest';
import { PartialArguments } from './gemini.partial-arguments.js';
import { type PartialArgument } from './gemini.types.js';

function put(...pieces: PartialArgument[]): unknown {
  const args = new PartialArguments();
  for (const piece of pieces) args.add(piece);
  return JSON.parse(args.toJson());
}

describe('PartialArguments', () => {
  it('puts texts together, and values in their places', () => {
    expect(
      put(
        { jsonPath: '$.a', stringValue: 'Bos', willContinue: true },
        { jsonPath: '$.a', stringValue: 'ton' },
        { jsonPath: '$.b.c[1].d', numberValue: 0 },
        { jsonPath: '$.b.c[0]', boolValue: false },
        { jsonPath: '$.b.e', nullValue: 'NULL_VALUE' },
        { jsonPath: `$['x.y']["z\\"]"]`, stringValue: '' },
      ),
    ).toEqual({ a: 'Boston', b: { c: [false, { d: 0 }], e: null }, 'x.y': { 'z"]': '' } });
  });

  it('is an empty object where nothing came', () => {
    expect([put(), put({}), put({ jsonPath: '$' })]).toEqual([{}, {}, {}]);
  });

  it('has no names that are not its own', () => {
    const args = new PartialArguments();
    args.add({ jsonPath: '$.__proto__.polluted', boolValue: true });
    expect(args.toJson()).toBe('{"__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty('polluted');
  });

  it.each(['$.a[99999999]', '$.a[', '$..a', 'a b', `$${'.a'.repeat(100)}`])('refuses the place %s', (jsonPath) => {
    expect(() => put({ jsonPath, stringValue: 'x' })).toThrow(
      expect.objectContaining({ code: 'upstream_invalid_response' }),
    );
  });
});
