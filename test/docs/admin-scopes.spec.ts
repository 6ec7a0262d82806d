import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ADMIN_ROLES, ADMIN_SCOPES, type AdminScope } from '../../src/admin/admin-scopes.js';

const page = readFileSync(new URL('../../docs/administer.md', import.meta.url), 'utf8');

it('docs/administer.md says which scopes there are, and which of them each role has', () => {
  const table = /<!-- scopes -->([^]*)<!-- \/scopes -->/.exec(page)?.[1] ?? '';
  const documented = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, scope, , ...roles]) => [scope, ...roles.slice(0, -1).map((cell) => cell === 'yes')]);
  const roles: readonly (readonly AdminScope[])[] = Object.values(ADMIN_ROLES);
  expect(documented).toEqual(ADMIN_SCOPES.map((scope) => [scope, ...roles.map((scopes) => scopes.includes(scope))]));
});
