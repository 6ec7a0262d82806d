import { describe, expect, it } from 'vitest';
import { namesOf } from './callgrind.mjs';

describe('the names of what is compiled', () => {
  const nameOf = namesOf(
    [
      '1000 100 JS:*old file:///home/me/nestgate/dist/a.js:1:1',
      '2000 10 Builtin:Call',
      '1080 20 JS:*inner /home/me/nestgate/node_modules/undici/lib/a.js:2:3',
      '1000 40 JS:^new file:///home/me/nestgate/dist/b.js:4:5',
      'no entry',
      '',
    ].join('\n'),
  );

  it.each([
    [0xfff, '(compiled, unknown)'],
    [0x1000, '^new dist/b.js:4:5'],
    [0x103f, '^new dist/b.js:4:5'],
    [0x1040, '*old dist/a.js:1:1'],
    [0x1090, '*inner node_modules/undici/lib/a.js:2:3'],
    [0x10ff, '*old dist/a.js:1:1'],
    [0x1100, '(compiled, unknown)'],
    [0x200f, 'Builtin:Call'],
    [0x2010, '(compiled, unknown)'],
  ])('at %i is %s', (address, name) => {
    expect(nameOf(address)).toBe(name);
  });
});
