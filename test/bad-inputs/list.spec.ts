import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ADMIN_AUTHORISATION, ADMINISTRATION } from './administration.table.js';
import { AUTHENTICATION } from './authentication.table.js';
import { AUTHORISATION, GOOD_AUTHORISATION } from './authorisation.table.js';
import { BODIES, GOOD_BODIES } from './bodies.table.js';
import { ELSEWHERE, OTHERWISE } from './elsewhere.js';
import { DESTINATIONS } from './destinations.table.js';
import { FORMS, LARGE_FORMS } from './forms.table.js';
import { FRAMING, GOOD_FRAMING, UNFINISHED } from './framing.table.js';

const LIST = new URL('../../../shared/design/bad-inputs.md', import.meta.url);

const shown = new Set([
  ...[
    FRAMING,
    UNFINISHED,
    AUTHENTICATION,
    AUTHORISATION,
    BODIES,
    FORMS,
    LARGE_FORMS,
    ADMIN_AUTHORISATION,
    ADMINISTRATION,
    DESTINATIONS,
  ]
    .flat()
    .map(({ row }) => row),
  ...[...GOOD_FRAMING, ...GOOD_AUTHORISATION, ...GOOD_BODIES].map(([row]) => row),
  ...ELSEWHERE.map(({ row }) => row),
]);

it.skipIf(!existsSync(LIST))(
  'every row of the list of bad inputs is shown (needs the list, beside the repository)',
  () => {
    const listed = [...readFileSync(LIST, 'utf8').matchAll(/^\| (\d+) \|/gm)].map(([, row]) => Number(row));
    expect(listed.length).toBeGreaterThan(80);
    expect(listed.filter((row) => !shown.has(row))).toEqual([]);
  },
);

it.each(ELSEWHERE)('row $row is shown by $spec', ({ spec, title }) => {
  const text = readFileSync(new URL(`../../${spec}`, import.meta.url), 'utf8');
  expect(text).toContain(`'${title}'`);
});

it('what holds otherwise is shown as far as it holds', () => {
  expect(OTHERWISE.filter(({ row }) => !shown.has(row))).toEqual([]);
});
