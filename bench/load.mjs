/**
 * The load. Reads one job as JSON from standard input, writes one result as JSON to standard output, so that the whole
 * of it can be pinned to a core of its own:
 *
 *   echo '{"request":{"url":"http://127.0.0.1:9902/v1/chat/completions","headers":{},"body":"{}"},"closed":{"connections":32,"seconds":5}}' | node bench/load.mjs
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { HttpConnection } from './http-connection.mjs';
import { latencySummary } from './statistics.mjs';
import { runWrk, wrkVersion } from './wrk.mjs';

/**
 * @typedef {{ url: string, headers: Record<string, string>, body: string, expectDone?: boolean }} LoadRequest
 *   `expectDone`: the answer is an event stream, and is whole only with `data: [DONE]`
 * @typedef {{ connections: number, seconds: number, requests?: number, answerBytes?: number }} ClosedLoop
 *   `requests`: stop after so many, if that comes before the time is over
 * @typedef {{ rate: number, seconds: number }} OpenLoop requests per second, whatever the answers do
 * @typedef {{ request: LoadRequest, generator?: 'auto' | 'wrk' | 'own', closed?: ClosedLoop, open?: OpenLoop }} Job
 * @typedef {{ p50: number, p99: number, max: number }} Latency milliseconds
 * @typedef {{
 *   generator: 'wrk' | 'own',
 *   requests: number,
 *   answered: number,
 *   seconds: number,
 *   perSecond: number,
 *   latencyMs: Latency,
 *   firstByteMs?: Latency,
 *   sendLagMs?: Latency,
 *   errors: Record<string, number>,
 *   drained: boolean,
 * }} LoadResult
 *   `answered`: requests answered as they should be; `requests`: those of them that are measured, which in an open loop
 *   leaves out the first second; `sendLagMs`: how late our own sending was;
 *   `drained`: every request sent was waited for
 */

const MAX_OPEN_CONNECTIONS = 2_000;
const DRAIN_MS = 15_000;
const WARM_UP_SECONDS = 1;

/** @param {LoadRequest} request */
export function requestBytes({ url, headers, body }) {
  const { host, pathname } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`,
  );
}

/** @param {LoadRequest} request */
function newConnection({ url, expectDone }) {
  const { hostname, port } = new URL(url);
  return new HttpConnection(hostname, Number(port), { expectDone: expectDone === true });
}

/** @param {Record<string, number>} errors @param {import('./http-connection.mjs').Outcome} outcome */
function isGood(errors, { status, error }) {
  if (error === undefined && status >= 200 && status < 300) return true;
  const kind = error ?? `status ${status}`;
  errors[kind] = (errors[kind] ?? 0) + 1;
  return false;
}

/**
 * Every connection sends its next request when the last one is answered; at the end all are waited for.
 * @param {LoadRequest} request @param {ClosedLoop} loop
 * @returns {Promise<LoadResult>}
 */
export async function runClosedLoop(request, { connections, seconds, requests: most = Number.POSITIVE_INFINITY }) {
  const bytes = requestBytes(request);
  const pool = Array.from({ length: connections }, () => newConnection(request));
  await Promise.all(pool.map((connection) => connection.open()));
  /** @type {Record<string, number>} */
  const errors = {};
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
        if (sentAt >= end || sent >= most || failed) {
          if (--open === 0) resolve(undefined);
          return;
        }
        sent++;
        connection.send(bytes, done);
      };
      /** @param {import('./http-connection.mjs').Outcome} outcome */
      const done = (outcome) => {
        last = performance.now();
        if (isGood(errors, outcome)) latencies.push(last - sentAt);
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
    errors,
    drained,
  };
}

/**
 * Sends at a fixed rate whether or not the answers come, and counts latency from the moment each request was due: a
 * server that stands still for a second gets no gift of requests not sent meanwhile ("coordinated omission").
 * @param {LoadRequest} request @param {OpenLoop} loop
 * @returns {Promise<LoadResult>}
 */
export async function runOpenLoop(request, { rate, seconds }) {
  const bytes = requestBytes(request);
  const idle = Array.from({ length: 32 }, () => newConnection(request));
  await Promise.all(idle.map((connection) => connection.open()));
  const all = [...idle];
  const total = Math.floor(rate * (WARM_UP_SECONDS + seconds));
  /** @type {Record<string, number>} */
  const errors = {};
  /** @type {number[]} */
  const latencies = [];
  /** @type {number[]} */
  const firstBytes = [];
  /** @type {number[]} */
  const lags = [];
  let answered = 0;
  let good = 0;
  const start = performance.now() + 20;
  // The generator's own first requests run code that is not compiled yet.
  const countFrom = start + WARM_UP_SECONDS * 1000;
  /** @type {(value?: unknown) => void} */
  let resolve = () => undefined;
  const finished = new Promise((settle) => (resolve = settle));

  /** @param {number} due */
  const send = (due) => {
    let connection = idle.pop();
    if (connection === undefined) {
      if (all.length >= MAX_OPEN_CONNECTIONS) throw new Error(`${MAX_OPEN_CONNECTIONS} requests are unanswered.`);
      connection = newConnection(request);
      all.push(connection);
    }
    const counts = due >= countFrom;
    if (counts) lags.push(performance.now() - due);
    let first = 0;
    connection.send(
      bytes,
      (outcome) => {
        if (isGood(errors, outcome)) {
          good++;
          if (counts) {
            latencies.push(performance.now() - due);
            firstBytes.push(first - due);
          }
        }
        if (connection !== undefined) idle.push(connection);
        if (++answered === total) resolve();
      },
      () => (first = performance.now()),
    );
  };
  for (let sent = 0; sent < total; sent++) {
    const due = start + (sent * 1000) / rate;
    await until(due);
    send(due);
  }
  const drained = await within(finished, DRAIN_MS);
  if (!drained) errors['not answered in time'] = total - answered;
  const took = (performance.now() - countFrom) / 1000;
  for (const connection of all) connection.close();
  return {
    generator: 'own',
    requests: latencies.length,
    answered: good,
    seconds: took,
    perSecond: latencies.length / took,
    latencyMs: latencySummary(latencies),
    firstByteMs: latencySummary(firstBytes),
    sendLagMs: latencySummary(lags),
    errors,
    drained,
  };
}

/**
 * Timers are good to a millisecond, which is more than what is measured here. So the last stretch is a loop that keeps
 * reading the sockets.
 * @param {number} moment
 */
async function until(moment) {
  const left = moment - performance.now();
  if (left > 2) await new Promise((resolve) => setTimeout(resolve, Math.floor(left - 1.2)));
  while (performance.now() < moment) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether the promise settled in time. @param {Promise<unknown>} promise @param {number} milliseconds */
async function within(promise, milliseconds) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime === true;
}

/** @param {Job} job */
export function runJob({ request, generator = 'auto', closed, open }) {
  if (open !== undefined) return runOpenLoop(request, open);
  if (closed === undefined) throw new Error('A job is closed or open.');
  const useWrk = generator === 'wrk' || (generator === 'auto' && wrkVersion() !== undefined);
  return useWrk ? runWrk(request, closed) : runClosedLoop(request, closed);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // A child without its parent has nobody to report to.
  process.stdout.on('error', () => process.exit(1));
  const result = await runJob(JSON.parse(await text(process.stdin)));
  if (!process.stdout.write(`${JSON.stringify(result)}\n`)) await once(process.stdout, 'drain');
  process.exit(0);
}
