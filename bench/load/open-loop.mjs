import { latencySummary } from '../report/statistics.mjs';
import { isGood, newConnection, requestVariants, within } from './request.mjs';
import { OpenLoopTimes, Schedule } from './schedule.mjs';

const MAX_OPEN_CONNECTIONS = 2_000;
const DRAIN_MS = 15_000;
const WARM_UP_SECONDS = 1;

/**
 * Sends at a fixed rate whether or not the answers come.
 * @param {import('./request.mjs').LoadRequest} request
 * @param {import('./load.mjs').OpenLoop} loop
 * @returns {Promise<import('./load.mjs').LoadResult>}
 */
export async function runOpenLoop(request, { rate, seconds }) {
  const variants = requestVariants(request);
  const schedule = new Schedule({ rate, seconds, warmUpSeconds: WARM_UP_SECONDS });
  const times = new OpenLoopTimes();
  const idle = Array.from({ length: 32 }, () => newConnection(request));
  await Promise.all(idle.map((connection) => connection.open()));
  const all = [...idle];
  /** @type {Record<string, number>} */
  const errors = {};
  let ended = 0;
  let good = 0;
  let sent = 0;
  const start = performance.now() + 20;
  /** @type {(value?: unknown) => void} */
  let resolve = () => undefined;
  const finished = new Promise((settle) => (resolve = settle));

  /** @param {number} index @param {number} due */
  const send = (index, due) => {
    const connection = idle.pop() ?? newConnection(request);
    const counts = schedule.counts(index);
    if (counts) times.sent({ due, sent: performance.now() });
    let first = 0;
    connection.send(
      /** @type {Buffer} */ (variants[index % variants.length]),
      (outcome) => {
        if (isGood(errors, outcome)) {
          good++;
          if (counts) times.answered({ due, first, end: performance.now() });
        }
        idle.push(connection);
        if (++ended === schedule.total) resolve();
      },
      () => (first = performance.now()),
    );
    return connection;
  };
  for (; sent < schedule.total; sent++) {
    // A server that cannot keep up at all is left alone: what it still owes is counted below.
    if (sent - ended >= MAX_OPEN_CONNECTIONS) break;
    const due = start + schedule.dueAfter(sent);
    await until(due);
    if (idle.length === 0) all.push(send(sent, due));
    else send(sent, due);
  }
  const cutShort = sent < schedule.total;
  const drained = !cutShort && (await within(finished, DRAIN_MS));
  if (cutShort) errors['too many unanswered'] = sent - ended;
  else if (!drained) errors['not answered in time'] = schedule.total - ended;
  const took = (performance.now() - start) / 1000 - WARM_UP_SECONDS;
  for (const connection of all) connection.close();
  return {
    generator: 'own',
    requests: times.latencies.length,
    answered: good,
    seconds: took,
    perSecond: times.latencies.length / took,
    latencyMs: latencySummary(times.latencies),
    firstByteMs: latencySummary(times.firstBytes),
    sendLagMs: latencySummary(times.lags),
    errors,
    drained,
  };
}

/** In milliseconds: what a short sleep is asked to last. The kernel makes about twice that of it. */
const NAP_MS = 0.05;
const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * Timers are good to a millisecond, which is more than what is measured here. So the last stretch is a loop that keeps
 * reading the sockets. It sleeps in between: on a core that one process spins on, the kernel let a database of the
 * subject's wait for seconds.
 * @param {number} moment
 */
async function until(moment) {
  const left = moment - performance.now();
  if (left > 2) await new Promise((resolve) => setTimeout(resolve, Math.floor(left - 1.2)));
  while (performance.now() < moment) {
    Atomics.wait(nap, 0, 0, NAP_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
