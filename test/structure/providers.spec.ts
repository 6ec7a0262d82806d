import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROVIDERS = fileURLToPath(new URL('../../src/providers/', import.meta.url));

/** The files in which a reader looks for a provider's parts, whichever provider it is. */
const ROLES = ['adapter', 'request', 'response', 'stream', 'errors'];

const ids = readdirSync(PROVIDERS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

it('finds the providers', () => {
  expect(ids).toEqual(expect.arrayContaining(['anthropic', 'openai', 'simulator']));
});

describe.each(ids)('src/providers/%s', (id) => {
  it('has a file for every role', () => {
    const missing = ROLES.map((role) => `${id}.${role}.ts`).filter((file) => !existsSync(join(PROVIDERS, id, file)));
    expect(missing).toEqual([]);
  });
});
