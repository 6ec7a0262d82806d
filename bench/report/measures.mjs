import { costRatio } from '../measures/side-by-side.mjs';
import { kibEach } from '../measures/slow-streams.mjs';
import { median } from './statistics.mjs';
import { shown, table } from './table.mjs';

const MIB = 1024 * 1024;

/** @param {Record<string, number>} errors */
const complaints = (errors) => (Object.keys(errors).length === 0 ? '0' : JSON.stringify(errors));

/** @param {readonly import('../measures/slow-streams.mjs').SlowStreams[]} measured */
export function slowStreamsTable(measured) {
  const rows = measured.map(({ subject, streams, clean, errors, firstByteMs, memory }) => {
    const idle = kibEach(memory.before, memory.idle, streams);
    const open = kibEach(memory.before, memory.open, streams);
    return [
      subject,
      `${clean} of ${streams}`,
      complaints(errors),
      shown(firstByteMs?.p50, 0),
      shown(firstByteMs?.p99, 0),
      shown(idle?.alive, 1),
      shown(idle?.rss, 1),
      shown(open?.alive, 1),
      shown(open?.rss, 1),
      shown(memory.open === undefined ? undefined : memory.open.rss / MIB, 0),
    ];
  });
  const head = ['subject', 'ended cleanly', 'errors', 'first chunk p50 ms', 'p99 ms'];
  return table(
    [...head, 'KiB alive/idle connection', 'KiB RSS', 'KiB alive/open stream', 'KiB RSS', 'MiB RSS then'],
    rows,
  );
}

/** @param {readonly import('../measures/error-storm.mjs').ErrorStorm[]} measured */
export function errorStormTable(measured) {
  const rows = measured.map((storm) => {
    const { subject, perSecond, statuses, errors, latencyMs, upstreamCalls, healthyBefore, healthyAfter, seen } = storm;
    const answers = Object.values(statuses).reduce((sum, count) => sum + count, 0);
    return [
      subject,
      shown(perSecond, 0),
      Object.entries(statuses)
        .map(([status, count]) => `${status}: ${((count / answers) * 100).toFixed(0)} %`)
        .join(', '),
      complaints(errors),
      shown(latencyMs.p50, 1),
      shown(latencyMs.p99, 1),
      shown(upstreamCalls / answers, 2),
      shown(seen.eventLoop?.max, 1),
      shown(seen.memory?.rss, 0),
      shown(healthyAfter / healthyBefore, 2),
    ];
  });
  const head = ['subject', 'answers/s', 'statuses', 'unanswered', 'p50 ms', 'p99 ms', 'calls upstream/request'];
  return table([...head, 'loop max ms', 'MiB', 'JSON after to before'], rows);
}

/** @param {readonly import('../measures/memory.mjs').MemoryOverTime[]} measured */
export function memoryTable(measured) {
  const rows = measured.map(({ subject, restMib, peakMib, samples }) => {
    // What the first run of the load compiles and fills is not growth.
    const from = samples[1];
    const to = samples.at(-1);
    /** @param {(sample: import('../measures/memory.mjs').Sample) => number} pick */
    const mib = (pick) => [from, to].map((sample) => (sample === undefined ? undefined : pick(sample) / MIB));
    const [rssFrom, rssTo] = mib(({ rss }) => rss);
    const [aliveFrom, aliveTo] = mib(({ heapUsed, external }) => heapUsed + external);
    return [
      subject,
      shown(restMib, 0),
      shown(from?.requests, 0),
      shown(to?.requests, 0),
      `${shown(rssFrom, 0)} → ${shown(rssTo, 0)}`,
      `${shown(aliveFrom, 1)} → ${shown(aliveTo, 1)}`,
      shown(peakMib, 0),
    ];
  });
  return table(['subject', 'MiB at rest', 'from request', 'to', 'MiB RSS', 'MiB alive', 'MiB peak'], rows);
}

/** @param {readonly import('../measures/side-by-side.mjs').Cost[]} costs */
const rate = (costs) => shown(median(costs.map(({ perSecond }) => perSecond)), 0);

/** @param {readonly import('../measures/growth.mjs').Growth[]} measured */
export function growthTable(measured) {
  const rows = measured.map((growth) => {
    const { what, from, to, small, large } = growth;
    const { time, cpu } = costRatio(growth);
    return [what, `${shown(from, 0)} → ${shown(to, 0)}`, rate(small), rate(large), shown(time, 2), shown(cpu, 2)];
  });
  return table(['of what', 'from → to', 'req/s with little', 'with much', 'time/request', 'CPU/request'], rows);
}

/** @param {readonly import('../measures/workers.mjs').Workers[]} measured */
export function workersTable(measured) {
  const rows = measured.flatMap((workers) => {
    const { count, small, large } = workers;
    const { time, cpu } = costRatio(workers);
    const onCores = time === undefined ? undefined : count / time;
    return [
      [`${count} servers`, rate(small), shown(1, 2), shown(1, 2), shown(count, 2)],
      [`${count} workers of one`, rate(large), shown(time, 2), shown(cpu, 2), shown(onCores, 2)],
    ];
  });
  return table(['on one core', 'req/s', 'time/request', 'CPU/request', 'times one, with a core for each'], rows);
}
