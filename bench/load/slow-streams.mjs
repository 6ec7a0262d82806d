import { setTimeout as sleep } from 'node:timers/promises';
import { latencySummary } from '../report/statistics.mjs';
import { isGood, newConnection, requestBytes, within } from './request.mjs';

/** So long the other side may look at itself: memory is measured meanwhile. */
const HOLD_MS = 3_000;
/** Opened together, so that no queue of new connections overflows. */
const AT_ONCE = 100;
const DRAIN_MS = 60_000;

/** @typedef {'idle' | 'open'} Phase `idle`: every connection has had one answer; `open`: every stream has begun */

/**
 * Many streams at once, each slow. Says when it has reached a phase, and gives time to look.
 * @param {import('./request.mjs').LoadRequest} request
 * @param {{ count: number, idleBody: string }} plan `idleBody`: of the one small request of each connection before
 * @param {(phase: Phase) => void} onPhase
 * @returns {Promise<import('./load.mjs').LoadResult>}
 */
export async function runSlowStreams(request, { count, idleBody }, onPhase) {
  const bytes = requestBytes(request);
  const small = requestBytes({ ...request, body: idleBody });
  const pool = Array.from({ length: count }, () => newConnection(request));
  /** @type {Record<string, number>} */
  const errors = {};
  for (let from = 0; from < count; from += AT_ONCE) {
    await Promise.all(pool.slice(from, from + AT_ONCE).map((connection) => oneAnswer(connection, small)));
  }
  onPhase('idle');
  await sleep(HOLD_MS);

  /** @type {number[]} */
  const latencies = [];
  /** @type {number[]} */
  const firstBytes = [];
  let ended = 0;
  let begun = 0;
  const start = performance.now();
  const finished = new Promise((resolve) => {
    for (const connection of pool) {
      connection.expectDone = true;
      const sentAt = performance.now();
      connection.send(
        bytes,
        (outcome) => {
          if (isGood(errors, outcome)) latencies.push(performance.now() - sentAt);
          if (++ended === count) resolve(undefined);
        },
        () => {
          firstBytes.push(performance.now() - sentAt);
          if (++begun === count) onPhase('open');
        },
      );
    }
  });
  const drained = await within(finished, DRAIN_MS);
  if (!drained) errors['not ended in time'] = count - ended;
  for (const connection of pool) connection.close();
  const seconds = (performance.now() - start) / 1000;
  return {
    generator: 'own',
    requests: latencies.length,
    answered: latencies.length,
    seconds,
    perSecond: latencies.length / seconds,
    latencyMs: latencySummary(latencies),
    firstByteMs: latencySummary(firstBytes),
    errors,
    drained,
  };
}

/** @param {import('./http-connection.mjs').HttpConnection} connection @param {Buffer} request */
async function oneAnswer(connection, request) {
  await connection.open();
  connection.expectDone = false;
  const { status, error } = await new Promise((resolve) => connection.send(request, resolve));
  if (error !== undefined || status !== 200)
    throw new Error(`A first small request got ${error ?? `status ${status}`}.`);
}
