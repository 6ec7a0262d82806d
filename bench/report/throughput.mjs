import { busy, cpuMicros, ownCpuMicros, Runs } from './runs.mjs';
import { spread } from './statistics.mjs';
import { percent, shown, table } from './table.mjs';

const HEAD = [
  'subject',
  'req/s',
  'spread',
  'to bare',
  'to Portkey',
  'by CPU',
  'p50 ms',
  'p99 ms',
  'CPU µs/req',
  'of it own',
  'core busy',
  'loop p99 ms',
  'loop max ms',
  'MiB idle',
  'after',
  'peak',
  'void runs',
];

/**
 * @param {string} scenario
 * @param {readonly import('./runs.mjs').Run[]} all
 * @param {readonly import('../benchmark.mjs').SubjectInfo[]} subjects
 */
export function throughputTable(scenario, all, subjects) {
  const runs = new Runs(all, scenario);
  const present = subjects.filter(({ subject }) => runs.all.some((run) => run.subject === subject));
  const rows = present.map(({ subject, version, idleMib }) => {
    const good = runs.of(subject);
    const memory = good.at(-1)?.memory;
    const voided = runs.voided(subject);
    return [
      version === '' ? subject : `${subject} (${version})`,
      shown(runs.perSecond(subject), (runs.perSecond(subject) ?? 0) < 20 ? 1 : 0),
      good.length < 2 ? '-' : percent(spread(good.map((run) => run.load.perSecond))),
      subject === 'bare' ? '1.00' : shown(runs.ratio(subject, 'bare'), 2),
      shown(runs.ratio(subject, 'portkey'), 1),
      // The bare proxy first: less CPU is more.
      subject === 'bare'
        ? '1.00'
        : shown(
            runs.compared('bare', subject, cpuMicros, (base, own) => base / own),
            2,
          ),
      shown(
        runs.median(subject, (run) => run.load.latencyMs.p50),
        2,
      ),
      shown(
        runs.median(subject, (run) => run.load.latencyMs.p99),
        2,
      ),
      shown(runs.median(subject, cpuMicros), 0),
      shown(runs.median(subject, ownCpuMicros), 0),
      percent(runs.median(subject, busy)),
      shown(
        runs.median(subject, (run) => run.eventLoop?.p99),
        1,
      ),
      shown(
        runs.median(subject, (run) => run.eventLoop?.max),
        1,
      ),
      shown(idleMib, 0),
      shown(memory?.rss, 0),
      shown(memory?.peak, 0),
      voided === 0 ? '0' : `${voided} VOID`,
    ];
  });
  return table(HEAD, rows);
}
