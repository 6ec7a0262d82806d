import { cpuSeconds, settle } from '../processes/family.mjs';
import { median } from '../report/statistics.mjs';

/**
 * @typedef {import('../stage.mjs').Stage} Stage
 * @typedef {import('../scenarios.mjs').Scenario} Scenario
 * @typedef {import('../subjects/subject.mjs').Subject} Subject
 * @typedef {{ perSecond: number, cpuMicros: number | undefined }} Cost
 * @typedef {{ small: Cost[], large: Cost[] }} Costs
 *   of each round; `small` and `large` of one round were measured one after the other
 */

/**
 * Two measured in turn, another one first each round. Each is one subject or more, which have a load each at the same
 * time; what is there twice has two. `leadIn`: seconds of load before each round that are not measured.
 * @param {Stage} stage @param {Scenario} scenario @param {readonly Subject[]} small @param {readonly Subject[]} large
 * @param {{ warmUps?: number, leadIn?: number }} [effort]
 * @returns {Promise<Costs>}
 */
export async function inTurn(stage, scenario, small, large, { warmUps = 2, leadIn = 0 } = {}) {
  const { warmup, rounds, seconds } = stage.settings;
  for (let turn = 0; turn < warmUps; turn++) {
    for (const group of [small, large]) await measured(stage, scenario, group, warmup);
  }
  /** @type {Costs} */
  const costs = { small: [], large: [] };
  for (let round = 1; round <= rounds; round++) {
    const pair = /** @type {const} */ ([
      [small, costs.small],
      [large, costs.large],
    ]);
    for (const [group, noted] of round % 2 === 0 ? [...pair].reverse() : pair) {
      for (const { child } of group) await settle(child.pid);
      if (leadIn > 0) await measured(stage, scenario, group, leadIn);
      noted.push(await measured(stage, scenario, group, seconds));
    }
  }
  return costs;
}

/** @param {Stage} stage @param {Scenario} scenario @param {readonly Subject[]} group @param {number} seconds @returns {Promise<Cost>} */
async function measured(stage, scenario, group, seconds) {
  const before = cpuOf(group);
  const results = await Promise.all(group.map((target) => stage.load(scenario, target, { seconds })));
  const after = cpuOf(group);
  for (const [at, { errors }] of results.entries()) {
    if (Object.keys(errors).length > 0) throw new Error(`${group[at]?.name}: ${JSON.stringify(errors)}`);
  }
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  return {
    perSecond: results.reduce((sum, { perSecond }) => sum + perSecond, 0),
    cpuMicros: before === undefined || after === undefined ? undefined : ((after - before) / requests) * 1e6,
  };
}

/** Seconds of CPU that a group and all that belongs to it have used so far. @param {readonly Subject[]} group */
function cpuOf(group) {
  let sum = 0;
  for (const pid of new Set(group.map(({ child }) => child.pid))) {
    const cpu = cpuSeconds(pid);
    if (cpu === undefined) return undefined;
    sum += cpu.own + cpu.children;
  }
  return sum;
}

/**
 * What a request costs the large one to what it costs the small one: in time, and in CPU.
 * @param {Costs} costs
 */
export function costRatio({ small, large }) {
  /** @param {(cost: Cost) => number | undefined} costOf */
  const ratio = (costOf) => {
    const ratios = small.flatMap((one, round) => {
      const before = costOf(one);
      const after = costOf(large[round] ?? one);
      return before === undefined || after === undefined ? [] : [after / before];
    });
    return ratios.length === 0 ? undefined : median(ratios);
  };
  return { time: ratio(({ perSecond }) => 1 / perSecond), cpu: ratio(({ cpuMicros }) => cpuMicros) };
}
