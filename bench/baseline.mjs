import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Runs } from './report/runs.mjs';
import { BENCH } from './subjects/subject.mjs';

export const BASELINE_FILE = join(BENCH, 'baseline.json');

/** What is watched: `<scenario>: <subject> to <other>`. Ratios of one run, since nothing else lasts. */
const WATCHED = ['json', 'stream'].flatMap((scenario) => [
  { scenario, subject: 'nestgate', other: 'bare' },
  { scenario, subject: 'nestgate-off', other: 'bare' },
  { scenario, subject: 'nestgate', other: 'nestgate-off' },
]);

/**
 * @typedef {Record<string, number>} Ratios
 * @typedef {{ commit: string | null, cpu: string, node: string, ratios: Ratios }} Baseline
 * @typedef {{ name: string, stored: number, measured: number | undefined, isFall: boolean }} Comparison
 */

/** The watched ratios of a run. @param {readonly import('./report/runs.mjs').Run[]} runs @returns {Ratios} */
export function ratiosOf(runs) {
  /** @type {Ratios} */
  const ratios = {};
  for (const { scenario, subject, other } of WATCHED) {
    const ratio = new Runs(runs, scenario).ratio(subject, other);
    if (ratio !== undefined) ratios[`${scenario}: ${subject} to ${other}`] = Number(ratio.toFixed(4));
  }
  return ratios;
}

/**
 * Each stored ratio beside what it is now. One that was not measured counts as a fall: a gate that sees nothing lets
 * nothing through.
 * @param {Ratios} stored @param {Ratios} measured @param {number} tolerance 0.1 lets a tenth pass
 * @returns {Comparison[]}
 */
export function compareRatios(stored, measured, tolerance) {
  return Object.entries(stored).map(([name, before]) => {
    const now = measured[name];
    return { name, stored: before, measured: now, isFall: now === undefined || now < before * (1 - tolerance) };
  });
}

/** The better of two tries, ratio by ratio: noise only ever takes away. @param {Ratios} first @param {Ratios} second @returns {Ratios} */
export function betterOf(first, second) {
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries(
    [...names].map((name) => [name, Math.max(first[name] ?? -Infinity, second[name] ?? -Infinity)]),
  );
}

/** @returns {Baseline | undefined} */
export function readBaseline() {
  try {
    return JSON.parse(readFileSync(BASELINE_FILE, 'utf8'));
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param {readonly import('./report/runs.mjs').Run[]} runs @param {import('./machine.mjs').Machine} machine */
export function writeBaseline(runs, { commit, cpu, node }) {
  const ratios = ratiosOf(runs);
  if (Object.keys(ratios).length < WATCHED.length) {
    throw new Error('A baseline needs json and stream of bare, nestgate and nestgate-off.');
  }
  /** @type {Baseline} */
  const baseline = { commit, cpu, node, ratios };
  writeFileSync(BASELINE_FILE, `${JSON.stringify(baseline, null, 2)}\n`);
}
