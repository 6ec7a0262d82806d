import { latencySummary } from '../report/statistics.mjs';
import { isGood, newConnection, requestVariants, within } from './request.mjs';

const DRAIN_MS = 15_000;

/**
 * Every connection sends its next request when the last one is answered; at the end all are waited for.
 * @param {import('./request.mjs').LoadRequest} request
 * @param {import('./load.mjs').ClosedLoop} loop
 * @returns {Promise<import('./load.mjs').LoadResult>}
 */
export async function runClosedLoop(request, loop) {
  const { connections, seconds, requests: most = Number.POSITIVE_INFINITY, anyStatus = false } = loop;
  const variants = requestVariants(request);
  const pool = Array.from({ length: connections }, () => newConnection(request));
  await Promise.all(pool.map((connection) => connection.open()));
  /** @type {Record<string, number>} */
  const errors = {};
  /** @type {Record<number, number>} */
  const statuses = {};
  /** @type {number[]} */
  const latencies = [];
  let sent = 0;
  let failed = false;
  let open = pool.length;
  const start = performance.now();
  const end = start + seconds * 1000;
  let last = start;
  const finished = new Promise((resolve) => {
    for (const connection of pool) {
      let sentAt = 0;
      const next = () => {
        sentAt = performance.now();
        const bytes = variants[sent % variants.length];
        if (sentAt >= end || sent >= most || failed || bytes === undefined) {
          if (--open === 0) resolve(undefined);
          return;
        }
        sent++;
        connection.send(bytes, done);
      };
      /** @param {import('./http-connection.mjs').Outcome} outcome */
      const done = (outcome) => {
        last = performance.now();
        const { status, error } = outcome;
        if (error === undefined) statuses[status] = (statuses[status] ?? 0) + 1;
        if ((anyStatus && error === undefined) || isGood(errors, outcome)) latencies.push(last - sentAt);
        else failed = true;
        next();
      };
      next();
    }
  });
  const drained = await within(finished, seconds * 1000 + DRAIN_MS);
  if (!drained) errors['not answered in time'] = pool.filter((connection) => connection.busy).length;
  for (const connection of pool) connection.close();
  const took = (last - start) / 1000;
  return {
    generator: 'own',
    requests: latencies.length,
    answered: latencies.length,
    seconds: took,
    perSecond: latencies.length / took,
    latencyMs: latencySummary(latencies),
    statuses,
    errors,
    drained,
  };
}
