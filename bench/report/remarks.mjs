import { busy, cpuMicros, Runs } from './runs.mjs';
import { spread } from './statistics.mjs';
import { shown } from './table.mjs';

/** @typedef {import('./runs.mjs').Run} Run */

/** The mock and the load, which share a core, are no limit while they could do so many times what is measured. */
const ROOM = 1.5;

const HELD_UP =
  'The mock and the load did not go before all else on their core (chrt is missing, or not allowed): where the embedded Postgres works there, they wait for its turns, and Nestgate for them.';

/**
 * What a reader must know before believing the figures.
 * @param {readonly Run[]} all
 * @param {Record<string, number>} mockMaximum requests per second, by scenario
 * @param {{ pinning: boolean, priority: boolean, loadAverageBefore: number }} machine
 */
export function remarks(all, mockMaximum, machine) {
  /** @type {string[]} */
  const lines = [];
  for (const [scenario, maximum] of Object.entries(mockMaximum)) {
    const bare = new Runs(all, scenario).perSecond('bare');
    const factor = bare === undefined ? '' : `, ${(maximum / bare).toFixed(1)} times the bare proxy`;
    lines.push(`${scenario}: the mock upstream alone answers ${shown(maximum, maximum < 20 ? 1 : 0)}/s${factor}.`);
    if (bare !== undefined && maximum / bare < ROOM) {
      lines.push(`${scenario}: the mock upstream leaves the bare proxy little room: compare CPU there.`);
    }
  }
  for (const scenario of new Set(all.map((run) => run.scenario))) {
    if (all.some((run) => run.scenario === scenario && run.rate !== undefined)) continue;
    const runs = new Runs(all, scenario);
    lines.push(...costOfEverything(scenario, runs));
    for (const subject of new Set(runs.all.map((run) => run.subject))) lines.push(...noise(scenario, subject, runs));
  }
  if (!machine.pinning) lines.push('Nothing was pinned to a core (no taskset, or one core only): ratios are rough.');
  else if (!machine.priority) lines.push(HELD_UP);
  if (machine.loadAverageBefore > 0.5) {
    lines.push(`The machine was busy before the run (load average ${machine.loadAverageBefore.toFixed(1)}).`);
  }
  return lines;
}

/** @param {string} scenario @param {string} subject @param {Runs} runs */
function noise(scenario, subject, runs) {
  /** @type {string[]} */
  const lines = [];
  // Of what the core had left for it.
  const share = runs.median(subject, (run) => {
    const own = busy(run);
    return own === undefined ? undefined : own / (1 - Math.min(0.9, run.othersShare ?? 0));
  });
  if (share !== undefined && share < 0.9) {
    lines.push(
      `${scenario}: ${subject} kept its core only ${(share * 100).toFixed(0)} % busy: something else set the pace, compare CPU µs/req instead.`,
    );
  }
  const others = runs.median(subject, (run) => run.othersShare);
  if (others !== undefined && others > 0.05) {
    lines.push(`${scenario}: other programs took ${(others * 100).toFixed(0)} % of the core of ${subject}.`);
  }
  const values = runs.of(subject).map((run) => run.load.perSecond);
  if (values.length > 1 && spread(values) > 0.1) {
    lines.push(
      `${scenario}: the rounds of ${subject} differ by ${(spread(values) * 100).toFixed(0)} %: a noisy machine.`,
    );
  }
  return lines;
}

/** What limits, budget and metrics cost. @param {string} scenario @param {Runs} runs */
function costOfEverything(scenario, runs) {
  const fewer = runs.ratio('nestgate', 'nestgate-off');
  if (fewer === undefined) return [];
  const more = runs.compared('nestgate', 'nestgate-off', cpuMicros, (on, off) => on / off - 1);
  const cpu = more === undefined ? '' : `, ${(more * 100).toFixed(0)} % more CPU for each`;
  return [`${scenario}: everything on: ${((1 - fewer) * 100).toFixed(0)} % fewer requests per second than off${cpu}.`];
}
