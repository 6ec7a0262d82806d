import { scenarioOf } from '../scenarios.mjs';

const WARM_UP_REQUESTS = 3_000;

/**
 * @typedef {import('../processes/questions.mjs').Memory} Memory
 * @typedef {{
 *   subject: string,
 *   streams: number,
 *   clean: number,
 *   errors: Record<string, number>,
 *   firstByteMs: import('../load/load.mjs').Latency | undefined,
 *   seconds: number,
 *   memory: Partial<Record<'before' | 'idle' | 'open' | 'after', Memory>>,
 *   answers: number,
 *   hangUps: number,
 * }} SlowStreams
 *   `memory`: with all garbage collected; `idle`: with as many connections that wait, `open`: with as many open streams
 */

/**
 * Many slow streams at once: whether all of them end as they should, and what each weighs.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @param {import('../subjects/subject.mjs').Subject} target
 * @returns {Promise<SlowStreams>}
 */
export async function measureSlowStreams(stage, scenario, target) {
  const { streams } = stage.settings;
  /** @type {SlowStreams['memory']} */
  const memory = {};
  /** @type {Promise<void>[]} */
  const looks = [];
  /** @param {'before' | 'idle' | 'open' | 'after'} moment */
  const look = async (moment) => {
    const found = await target.child.ask('memory');
    if (found !== undefined) memory[moment] = found;
  };
  // What the first of everything compiles is not what streams weigh.
  const warm = scenarioOf('json');
  const first = await stage.load(warm, target, { seconds: 20, requests: WARM_UP_REQUESTS });
  await look('before');
  const load = await stage.load(scenario, target, {
    seconds: 30,
    streams,
    onPhase: (phase) => looks.push(look(phase)),
  });
  await Promise.all(looks);
  await look('after');
  const failed = Object.values(load.errors).reduce((sum, count) => sum + count, 0);
  stage.say(`${scenario.name} ${target.name}: ${load.answered} of ${streams} streams ended as they should`);
  return {
    subject: target.name,
    streams,
    clean: load.answered,
    errors: load.errors,
    firstByteMs: load.firstByteMs,
    seconds: load.seconds,
    memory,
    // With the small request that each connection makes before.
    answers: first.answered + load.answered + streams,
    hangUps: failed,
  };
}

/** What one of them weighs, in KiB: of the process, and of what is alive in it. @param {Memory | undefined} from @param {Memory | undefined} to @param {number} count */
export function kibEach(from, to, count) {
  if (from === undefined || to === undefined) return undefined;
  const alive = (/** @type {Memory} */ { heapUsed, external }) => heapUsed + external;
  return { rss: (to.rss - from.rss) / count / 1024, alive: (alive(to) - alive(from)) / count / 1024 };
}
