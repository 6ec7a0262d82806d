import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors/error-codes.js';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
const table = /<!-- failures -->([^]*)<!-- \/failures -->/.exec(page)?.[1] ?? '';
const failures = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, what = '', calls = '', says = '', , shown = '']) => ({ what, calls, says, shown }));

const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
  .join('\n');

const inCode = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
/** The words of a log, as far as they stand together in the source. */
const wordsOf = (cell: string): string[] => [...cell.matchAll(/(?:^|\s)_([^_]+)_/g)].map(([, text = '']) => text);

it('docs/operate.md tells of failures', () => {
  expect(failures.length).toBeGreaterThan(20);
});

it.each(failures)('$what: is shown by tests that there are', ({ shown }) => {
  const files = inCode(shown);
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

it.each(failures)('$what: names codes, metrics and words of the log that there are', ({ calls, says }) => {
  const codes = inCode(calls).filter((name) => /^[a-z]+(?:_[a-z]+)+$/.test(name));
  expect(codes.filter((code) => !Object.hasOwn(ERROR_CODES, code) && !source.includes(`'${code}'`))).toEqual([]);
  const metrics = inCode(says).filter((name) => /^[a-z]+(?:_[a-z]+)+$/.test(name));
  expect(metrics.filter((metric) => !page.includes(`| \`${metric}\``) && !source.includes(`'${metric}'`))).toEqual([]);
  expect(wordsOf(says).filter((words) => !isLogged(words))).toEqual([]);
});

/** What is put together from parts stands in the source as its parts. */
function isLogged(words: string): boolean {
  return source.includes(words) || words.split(' ').every((word) => source.includes(word));
}
