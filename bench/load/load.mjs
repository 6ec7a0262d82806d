/**
 * The load. Reads one job as JSON from standard input, writes one result as JSON to standard output, so that the whole
 * of it can be pinned to a core of its own:
 *
 *   echo '{"request":{"url":"http://127.0.0.1:9902/v1/chat/completions","headers":{},"body":"{}"},"closed":{"connections":32,"seconds":5}}' | node bench/load/load.mjs
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { runClosedLoop } from './closed-loop.mjs';
import { runOpenLoop } from './open-loop.mjs';
import { runSlowStreams } from './slow-streams.mjs';
import { runWrk, wrkVersion } from './wrk.mjs';

/**
 * @typedef {import('./request.mjs').LoadRequest} LoadRequest
 * @typedef {{ connections: number, seconds: number, requests?: number, answerBytes?: number, anyStatus?: boolean }} ClosedLoop
 *   `requests`: stop after so many, if that comes before the time is over; `anyStatus`: errors are answers too
 * @typedef {{ rate: number, seconds: number }} OpenLoop requests per second, whatever the answers do
 * @typedef {{
 *   request: LoadRequest,
 *   generator?: 'auto' | 'wrk' | 'own',
 *   closed?: ClosedLoop,
 *   open?: OpenLoop,
 *   streams?: { count: number, idleBody: string },
 * }} Job
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
 *   statuses?: Record<number, number>,
 *   errors: Record<string, number>,
 *   drained: boolean,
 * }} LoadResult
 *   `answered`: requests answered as they should be; `requests`: those of them that are measured, which in an open loop
 *   leaves out the first second; `sendLagMs`: how late our own sending was;
 *   `drained`: every request sent was waited for
 */

/** @param {Job} job */
function runJob({ request, generator = 'auto', closed, open, streams }) {
  if (streams !== undefined) return runSlowStreams(request, streams, (phase) => say({ phase }));
  if (open !== undefined) return runOpenLoop(request, open);
  if (closed === undefined) throw new Error('A job is closed, open, or of streams.');
  const useWrk = generator === 'wrk' || (generator === 'auto' && wrkVersion() !== undefined);
  return useWrk ? runWrk(request, closed) : runClosedLoop(request, closed);
}

/** @param {unknown} line */
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// A child without its parent has nobody to report to.
process.stdout.on('error', () => process.exit(1));
const result = await runJob(JSON.parse(await text(process.stdin)));
if (!say(result)) await once(process.stdout, 'drain');
process.exit(0);
