import { scenarioOf } from '../scenarios.mjs';

/**
 * @typedef {{
 *   subject: string,
 *   perSecond: number,
 *   statuses: Record<number, number>,
 *   errors: Record<string, number>,
 *   latencyMs: import('../load/load.mjs').Latency,
 *   upstreamCalls: number,
 *   healthyBefore: number,
 *   healthyAfter: number,
 *   seen: import('../stage.mjs').Observation,
 * }} ErrorStorm
 *   `statuses`: what clients were told; `errors`: requests without any answer; `healthyBefore`, `healthyAfter`: requests
 *   per second of the scenario `json`, before the storm and right after it
 */

/**
 * An upstream that fails three times in four: every client gets an answer, and what comes after is as fast as before.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @param {import('../subjects/subject.mjs').Subject} target
 * @returns {Promise<ErrorStorm>}
 */
export async function measureErrorStorm(stage, scenario, target) {
  const { seconds } = stage.settings;
  const healthy = scenarioOf('json');
  await stage.load(healthy, target, { seconds: 1 });
  const before = await stage.load(healthy, target, { seconds });
  const callsBefore = await stage.upstreamCalls();
  const { result: storm, seen } = await stage.observed(target, () =>
    stage.load(scenario, target, { seconds: 2 * seconds, anyStatus: true }),
  );
  const upstreamCalls = (await stage.upstreamCalls()) - callsBefore;
  const after = await stage.load(healthy, target, { seconds });
  stage.say(`${scenario.name} ${target.name}: ${storm.perSecond.toFixed(0)}/s, ${JSON.stringify(storm.statuses)}`);
  return {
    subject: target.name,
    perSecond: storm.perSecond,
    statuses: storm.statuses ?? {},
    errors: storm.errors,
    latencyMs: storm.latencyMs,
    upstreamCalls,
    healthyBefore: before.perSecond,
    healthyAfter: after.perSecond,
    seen,
  };
}
