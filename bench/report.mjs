import { median, spread } from './statistics.mjs';

/**
 * One run of the load against one subject.
 * @typedef {{
 *   scenario: 'json' | 'stream' | 'latency',
 *   subject: string,
 *   round: number,
 *   load: import('./load.mjs').LoadResult,
 *   cpu?: { own: number, children: number },
 *   othersShare?: number,
 *   memory?: { rss: number, peak: number },
 *   isVoid: boolean,
 * }} Run
 *   `cpu`: seconds of CPU during the run; `othersShare`: what other programs took of the subject's core; `memory`: MiB,
 *   after the run; `isVoid`: an answer was wrong or missing, so the figure counts for nothing
 */

/** @typedef {{ subject: string, version: string, idleMib: number | undefined }} SubjectInfo */

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  /** @param {readonly string[]} row */
  const line = (row) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** @param {number | undefined} value @param {(value: number) => string} format */
const shown = (value, format) => (value === undefined || Number.isNaN(value) ? '-' : format(value));

/** @param {readonly Run[]} runs @param {(run: Run) => number | undefined} pick */
function medianOf(runs, pick) {
  const values = runs.map(pick).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

/** Median requests per second of the runs that count. @param {readonly Run[]} runs @param {string} scenario @param {string} subject */
export function rate(runs, scenario, subject) {
  return medianOf(goodRuns(runs, scenario, subject), (run) => run.load.perSecond);
}

/** @param {readonly Run[]} runs @param {string} scenario @param {string} subject */
function goodRuns(runs, scenario, subject) {
  return runs.filter((run) => run.scenario === scenario && run.subject === subject && !run.isVoid);
}

/** How busy the subject kept its core: near 1, it was the subject that set the pace. @param {Run} run */
const busy = ({ cpu, load }) => (cpu === undefined ? undefined : (cpu.own + cpu.children) / load.seconds);

/** @param {Run} run */
const cpuMicros = ({ cpu, load }) => (cpu === undefined ? undefined : ((cpu.own + cpu.children) / load.requests) * 1e6);

/**
 * @param {'json' | 'stream'} scenario
 * @param {readonly Run[]} runs
 * @param {readonly SubjectInfo[]} subjects
 */
export function throughputTable(scenario, runs, subjects) {
  const bare = rate(runs, scenario, 'bare');
  const portkey = rate(runs, scenario, 'portkey');
  const rows = subjects.map(({ subject, version, idleMib }) => {
    const good = goodRuns(runs, scenario, subject);
    const voided = runs.filter((run) => run.scenario === scenario && run.subject === subject && run.isVoid).length;
    const own = rate(runs, scenario, subject);
    /** @param {number | undefined} other */
    const ratio = (other) => (own === undefined || other === undefined ? undefined : own / other);
    const twoDigits = (/** @type {number} */ value) => value.toFixed(2);
    return [
      `${subject} (${version})`,
      shown(own, (value) => thousands.format(value)),
      good.length < 2 ? '-' : `${(spread(good.map((run) => run.load.perSecond)) * 100).toFixed(0)} %`,
      shown(ratio(bare), twoDigits),
      shown(ratio(portkey), (value) => value.toFixed(1)),
      shown(
        medianOf(good, (run) => run.load.latencyMs.p50),
        twoDigits,
      ),
      shown(
        medianOf(good, (run) => run.load.latencyMs.p99),
        twoDigits,
      ),
      shown(medianOf(good, cpuMicros), (value) => value.toFixed(0)),
      shown(
        medianOf(good, ({ cpu, load }) => (cpu === undefined ? undefined : (cpu.own / load.requests) * 1e6)),
        (value) => value.toFixed(0),
      ),
      shown(medianOf(good, busy), (value) => `${(value * 100).toFixed(0)} %`),
      shown(idleMib, (value) => value.toFixed(0)),
      shown(good.at(-1)?.memory?.rss, (value) => value.toFixed(0)),
      shown(good.at(-1)?.memory?.peak, (value) => value.toFixed(0)),
      voided === 0 ? '0' : `${voided} VOID`,
    ];
  });
  const head = [
    'subject',
    'req/s',
    'spread',
    'to bare',
    'to Portkey',
    'p50 ms',
    'p99 ms',
    'CPU µs/req',
    'of it own',
    'core busy',
  ];
  return table([...head, 'MiB idle', 'after', 'peak', 'void runs'], rows);
}

/**
 * @param {readonly Run[]} runs
 * @param {readonly string[]} subjects `mock` is the upstream asked without anything between
 */
export function latencyTable(runs, subjects) {
  /** @param {string} subject @param {'p50' | 'p99' | 'max'} which */
  const value = (subject, which) => medianOf(goodRuns(runs, 'latency', subject), (run) => run.load.latencyMs[which]);
  const rows = subjects.map((subject) => {
    /** @param {'p50' | 'p99'} which @param {string} base */
    const added = (which, base) => {
      const own = value(subject, which);
      const other = value(base, which);
      return subject === base || own === undefined || other === undefined ? '-' : (own - other).toFixed(2);
    };
    const voided = runs.filter((run) => run.scenario === 'latency' && run.subject === subject && run.isVoid).length;
    return [
      subject,
      .../** @type {const} */ (['p50', 'p99', 'max']).map((which) =>
        shown(value(subject, which), (ms) => ms.toFixed(2)),
      ),
      added('p50', 'mock'),
      added('p99', 'mock'),
      added('p50', 'bare'),
      added('p99', 'bare'),
      voided === 0 ? '0' : `${voided} VOID`,
    ];
  });
  const head = [
    'subject',
    'p50 ms',
    'p99 ms',
    'max ms',
    'p50 over mock',
    'p99 over mock',
    'p50 over bare',
    'p99 over bare',
  ];
  return table([...head, 'void runs'], rows);
}

/**
 * What a reader must know before believing the figures.
 * @param {readonly Run[]} runs
 * @param {Record<string, number>} mockMaximum requests per second, by scenario
 * @param {{ pinning: boolean, loadAverageBefore: number }} machine
 */
export function remarks(runs, mockMaximum, machine) {
  /** @type {string[]} */
  const lines = [];
  for (const [scenario, maximum] of Object.entries(mockMaximum)) {
    const bare = rate(runs, scenario, 'bare');
    const factor = bare === undefined ? '' : `, ${(maximum / bare).toFixed(1)} times the bare proxy`;
    lines.push(`${scenario}: the mock upstream alone answers ${thousands.format(maximum)}/s${factor}.`);
  }
  lines.push(...costOfEverything(runs));
  for (const [scenario, subject] of pairs(runs)) {
    const good = goodRuns(runs, scenario, subject);
    // Of what the core had left for it.
    const share = medianOf(good, (run) => {
      const own = busy(run);
      return own === undefined ? undefined : own / (1 - Math.min(0.9, run.othersShare ?? 0));
    });
    if (scenario !== 'latency' && share !== undefined && share < 0.9) {
      lines.push(
        `${scenario}: ${subject} kept its core only ${(share * 100).toFixed(0)} % busy: something else set the pace, compare CPU µs/req instead.`,
      );
    }
    const others = medianOf(good, (run) => run.othersShare);
    if (others !== undefined && others > 0.05) {
      lines.push(`${scenario}: other programs took ${(others * 100).toFixed(0)} % of the core of ${subject}.`);
    }
    const values = good.map((run) => run.load.perSecond);
    if (scenario !== 'latency' && values.length > 1 && spread(values) > 0.1) {
      lines.push(
        `${scenario}: the rounds of ${subject} differ by ${(spread(values) * 100).toFixed(0)} %: a noisy machine.`,
      );
    }
  }
  if (!machine.pinning) lines.push('Nothing was pinned to a core (no taskset, or one core only): ratios are rough.');
  if (machine.loadAverageBefore > 0.5) {
    lines.push(`The machine was busy before the run (load average ${machine.loadAverageBefore.toFixed(1)}).`);
  }
  return lines;
}

/** What limits, budget and metrics cost. @param {readonly Run[]} runs */
function costOfEverything(runs) {
  return /** @type {const} */ (['json', 'stream']).flatMap((scenario) => {
    const [on, off] = ['nestgate', 'nestgate-off'].map((subject) => ({
      perSecond: rate(runs, scenario, subject),
      micros: medianOf(goodRuns(runs, scenario, subject), cpuMicros),
    }));
    if (on?.perSecond === undefined || off?.perSecond === undefined) return [];
    const fewer = ((1 - on.perSecond / off.perSecond) * 100).toFixed(0);
    const more = (((on.micros ?? Number.NaN) / (off.micros ?? Number.NaN) - 1) * 100).toFixed(0);
    return [`${scenario}: everything on: ${fewer} % fewer requests per second than off, ${more} % more CPU for each.`];
  });
}

/** @param {readonly Run[]} runs @returns {[string, string][]} */
function pairs(runs) {
  const keys = new Set(runs.map((run) => `${run.scenario} ${run.subject}`));
  return [...keys].map((key) => /** @type {[string, string]} */ (key.split(' ')));
}
