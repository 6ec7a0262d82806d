import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors/error-codes.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** The rows of the page's table: code, status, type, message. */
function documented(): string[][] {
  const table = /<!-- error codes -->([^]*)<!-- \/error codes -->/.exec(page)?.[1] ?? '';
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll(/[`\\]/g, '')));
}

it('docs/errors.md lists every code with its status, type and message, in the order of the source', () => {
  const actual = Object.entries(ERROR_CODES).map(([code, [status, type, message]]) => [
    code,
    String(status),
    type,
    message,
  ]);
  expect(documented()).toEqual(actual);
});

it('docs/errors.md gives advice on codes that exist', () => {
  const [, advice = ''] = page.split('## What to do');
  const codes = advice
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code));
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code) => code === undefined || !Object.hasOwn(ERROR_CODES, code))).toEqual([]);
});
