import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRecordings, recordingsAvailable, type Recording } from '../support/recordings.js';
import { notCarriedOver } from './not-carried-over.js';
import { selected, type SelectionName, SELECTIONS } from './selections.js';

const all = loadRecordings();
const names = Object.keys(SELECTIONS) as SelectionName[];
const played = new Set(names.flatMap((name) => selected(name).map(({ id }) => id)));

const isExcused = ({ id, operation }: Recording): boolean =>
  notCarriedOver('recording').some(({ recording }) => recording === id) ||
  notCarriedOver('operation').some(({ name }) => name === operation);

/** The specs that play recordings, with what they hold. */
const folder = fileURLToPath(new URL('./', import.meta.url));
const sources = readdirSync(folder)
  .filter((file) => file !== 'selections.ts' && file !== 'coverage.spec.ts')
  .map((file) => ({ file, text: readFileSync(`${folder}${file}`, 'utf8') }));

describe.skipIf(!recordingsAvailable)('the recordings', () => {
  it('are all there', () => {
    expect(all).toHaveLength(388);
  });

  it('are each played, or stand in the list of what is not', () => {
    expect(all.filter((recording) => !played.has(recording.id) && !isExcused(recording)).map(({ id }) => id)).toEqual(
      [],
    );
  });

  it('stand in that list only where they are not played', () => {
    const listed = notCarriedOver('recording').map(({ recording }) => recording);
    expect(listed.filter((id) => played.has(id))).toEqual([]);
    expect(listed.filter((id) => !all.some((recording) => recording.id === id))).toEqual([]);
    const operations = notCarriedOver('operation').map(({ name }) => name);
    const unplayed: ReadonlySet<string> = new Set(
      all.filter(({ id }) => !played.has(id)).map(({ operation }) => operation),
    );
    expect(operations.filter((name) => !unplayed.has(name))).toEqual([]);
  });
});

describe('the selections', () => {
  it.skipIf(!recordingsAvailable).each(names)('%s takes some', (name) => {
    expect(selected(name).length).toBeGreaterThan(0);
  });

  it.each(names)('%s is played by a spec', (name) => {
    expect(sources.filter(({ text }) => text.includes(`selected('${name}')`)).map(({ file }) => file)).not.toEqual([]);
  });
});

describe('the specs that play them', () => {
  // The list of what is not played is held against what happens, both ways.
  const specs = sources.filter(({ file }) => file.endsWith('.spec.ts') && file !== 'not-carried-over.spec.ts');

  it.each(specs.map(({ file, text }) => [file, text] as const))('%s shows that it would notice a change', (_, text) => {
    // Each makes a copy of a recording, or of what came of it, that says something else, and sees the check fail.
    expect(text).toMatch(/'[^'\n]*\bnotic(e|es|ed)\b[^'\n]*',\s/);
  });
});
