import { describe, expect, it } from 'vitest';
import { connectionLimit } from './connection-limit.js';

const limits = (files: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \n` +
  `Max processes             5000                 5000                 processes \n` +
  `Max open files            ${files.padEnd(20)} 1048576              files     \n`;

describe('connectionLimit', () => {
  it.each([
    ['256', 96],
    ['1024', 480],
    ['1048576', 524_256],
    ['20', 16],
    ['unlimited', undefined],
  ])('%s open files', (files, expected) => {
    expect(connectionLimit(limits(files))).toBe(expected);
  });

  it('is none where the system tells none', () => {
    expect(connectionLimit('')).toBeUndefined();
  });
});
