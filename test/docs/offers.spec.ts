import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OPENAI_PRESETS, type OpenAiPreset } from '../../src/providers/openai/openai.presets.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** The columns of the page's table. */
const OPERATIONS = [
  'completions',
  'embeddings',
  'moderations',
  'rerank',
  'images',
  'imageEdits',
  'speech',
  'transcriptions',
  'translations',
];

it('docs/configuration.md says what each service has beside chat', () => {
  const table = /<!-- offers -->([^]*)<!-- \/offers -->/.exec(page)?.[1] ?? '';
  const documented = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, kind = '', ...cells]) => [
      kind.replaceAll('`', ''),
      OPERATIONS.filter((_, column) => cells[column] === 'yes').sort(),
    ]);
  const actual = Object.entries<OpenAiPreset>(OPENAI_PRESETS).flatMap(([kind, { offers }]) =>
    offers === undefined ? [] : [[kind, [...offers].sort()]],
  );
  expect(documented).toEqual(actual);
  expect(documented.length).toBeGreaterThan(5);
});
