import { Runs } from './runs.mjs';
import { shown, table } from './table.mjs';

/** @typedef {import('./runs.mjs').Run} Run */

/** @param {readonly Run[]} all @param {string} scenario @returns {number[]} */
export function ratesOf(all, scenario) {
  const rates = all.flatMap((run) => (run.scenario === scenario && run.rate !== undefined ? [run.rate] : []));
  return [...new Set(rates)].sort((a, b) => a - b);
}

/** What a subject adds to the bare proxy at one rate, in milliseconds. @param {Runs} runs @param {string} subject */
export function addedTo(runs, subject) {
  /** @param {(run: Run) => number | undefined} pick */
  const added = (pick) => runs.compared(subject, 'bare', pick, (own, base) => own - base);
  return {
    p50: added((run) => run.load.latencyMs.p50),
    p99: added((run) => run.load.latencyMs.p99),
    firstP50: added((run) => run.load.firstByteMs?.p50),
    firstP99: added((run) => run.load.firstByteMs?.p99),
  };
}

const HEAD = [
  'requests/s, subject',
  'p50 ms',
  'p99 ms',
  'max ms',
  'added p50',
  'added p99',
  'first chunk p50',
  'first chunk p99',
  'added p50',
  'added p99',
  'sent late p99',
  'void runs',
];

/** @param {string} scenario @param {readonly Run[]} all @param {readonly string[]} subjects */
export function ladderTable(scenario, all, subjects) {
  const rows = ratesOf(all, scenario).flatMap((rate) => {
    const runs = new Runs(all, scenario, rate);
    const present = subjects.filter((subject) => runs.all.some((run) => run.subject === subject));
    return present.map((subject) => {
      const added = addedTo(runs, subject);
      /** @param {(run: Run) => number | undefined} pick */
      const value = (pick) => shown(runs.median(subject, pick), 2);
      const voided = runs.voided(subject);
      return [
        `${rate}, ${subject}`,
        value((run) => run.load.latencyMs.p50),
        value((run) => run.load.latencyMs.p99),
        value((run) => run.load.latencyMs.max),
        shown(added.p50, 2),
        shown(added.p99, 2),
        value((run) => run.load.firstByteMs?.p50),
        value((run) => run.load.firstByteMs?.p99),
        shown(added.firstP50, 2),
        shown(added.firstP99, 2),
        value((run) => run.load.sendLagMs?.p99),
        voided === 0 ? '0' : `${voided} VOID`,
      ];
    });
  });
  return table(HEAD, rows);
}
