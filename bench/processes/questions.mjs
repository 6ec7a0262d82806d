import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * What a Node subject can be asked about itself. Nothing of it runs before it is asked for.
 *
 * @typedef {{ rss: number, heapUsed: number, external: number }} Memory bytes; `external` holds the buffers
 * @typedef {{ p50: number, p99: number, max: number, utilization: number }} EventLoop milliseconds that the event loop was
 *   late, and how much of the time it was at work
 * @typedef {{ memory: Memory, watch: true, delay: EventLoop, 'profile-start': true, 'profile-stop': true }} Answers
 */

/** Of the timer that looks how late it is: what is shorter may be missed. */
const RESOLUTION_MS = 5;
/** One sample for so many bytes allocated. */
const SAMPLING_BYTES = 16_384;

const session = new Session();
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let utilization = performance.eventLoopUtilization();

/** @type {(() => void) | undefined} */
let collect;

/** Memory after all garbage is collected. @returns {Memory} */
function memory() {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = /** @type {() => void} */ (runInNewContext('gc'));
  }
  // What the first time finalizes is free after the second.
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}

/** @returns {true} */
function watch() {
  delay.enable();
  delay.reset();
  utilization = performance.eventLoopUtilization();
  return true;
}

/** @returns {EventLoop} */
function eventLoop() {
  delay.disable();
  /** @param {number} nanoseconds between two looks */
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    p50: late(delay.percentile(50)),
    p99: late(delay.percentile(99)),
    max: late(delay.max),
    utilization: performance.eventLoopUtilization(utilization).utilization,
  };
}

/**
 * @param {string} method @param {object} [parameters]
 * @returns {Promise<{ profile?: unknown }>}
 */
const post = (method, parameters = {}) =>
  new Promise((resolve, reject) => {
    session.post(method, parameters, (error, result) => (error === null ? resolve(result ?? {}) : reject(error)));
  });

/** @param {{ kind: 'cpu' | 'allocations', file: string }} about */
async function startProfile({ kind }) {
  session.connect();
  if (kind === 'cpu') {
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: 250 });
    await post('Profiler.start');
  } else {
    await post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_BYTES,
      // All that is allocated, not only what is still there.
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
  }
  return true;
}

/** @param {{ kind: 'cpu' | 'allocations', file: string }} about */
async function stopProfile({ kind, file }) {
  const { profile } = await post(kind === 'cpu' ? 'Profiler.stop' : 'HeapProfiler.stopSampling');
  writeFileSync(file, JSON.stringify(profile));
  session.disconnect();
  return true;
}

/** @type {Record<string, (about: never) => unknown>} */
export const questions = {
  memory,
  watch,
  delay: eventLoop,
  'profile-start': startProfile,
  'profile-stop': stopProfile,
};
