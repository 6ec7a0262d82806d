import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH } from './subjects/subject.mjs';

/** A new folder for the results of one run. @param {Date} startedAt */
export function resultsFolder(startedAt) {
  const folder = join(BENCH, 'results', startedAt.toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}
