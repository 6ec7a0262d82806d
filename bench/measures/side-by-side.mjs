import { cpuSeconds, settle } from '../processes/family.mjs';
import { median } from '../report/statistics.mjs';

/**
 * @typedef {import('../stage.mjs').Stage} Stage
 * @typedef {import('../scenarios.mjs').Scenario} Scenario
 * @typedef {import('../subjects/subject.mjs').Subject} Subject
 * @typedef {{ perSecond: number, cpuMicros: number | undefined }} Cost
 * @typedef {{ small: Cost[], large: Cost[], voids: string[] }} Costs
 *   `small` and `large`: of each round that counts, measured one after the other; `voids`: what was answered wrongly or
 *   not at all, in a round that therefore counts for nothing or before them
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
  /** @type {Costs} */
  const costs = { small: [], large: [], voids: [] };
  /** @param {string} when @param {readonly Subject[]} group @param {number} time @returns {Promise<Cost | undefined>} */
  const measure = async (when, group, time) => {
    const { cost, complaints } = await measured(stage, scenario, group, time);
    for (const complaint of complaints) {
      costs.voids.push(`${when}, ${complaint}`);
      stage.say(`VOID: ${when}, ${complaint}`);
    }
    return complaints.length === 0 ? cost : undefined;
  };
  for (let turn = 0; turn < warmUps; turn++) {
    for (const group of [small, large]) await measure('warm-up', group, warmup);
  }
  for (let round = 1; round <= rounds; round++) {
    /** @type {Map<readonly Subject[], Cost | undefined>} */
    const found = new Map();
    for (const group of round % 2 === 0 ? [large, small] : [small, large]) {
      for (const { child } of group) await settle(child.pid);
      if (leadIn > 0) await measure(`before round ${round}`, group, leadIn);
      found.set(group, await measure(`round ${round}`, group, seconds));
    }
    const [one, other] = [found.get(small), found.get(large)];
    if (one === undefined || other === undefined) continue;
    costs.small.push(one);
    costs.large.push(other);
  }
  return costs;
}

/**
 * @param {Stage} stage @param {Scenario} scenario @param {readonly Subject[]} group @param {number} seconds
 * @returns {Promise<{ cost: Cost, complaints: string[] }>}
 */
async function measured(stage, scenario, group, seconds) {
  const before = cpuOf(group);
  const results = await Promise.all(group.map((target) => stage.load(scenario, target, { seconds })));
  const after = cpuOf(group);
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const cost = {
    perSecond: results.reduce((sum, { perSecond }) => sum + perSecond, 0),
    cpuMicros: before === undefined || after === undefined ? undefined : ((after - before) / requests) * 1e6,
  };
  const complaints = results.flatMap(({ errors }, at) =>
    Object.keys(errors).length === 0 ? [] : [`${group[at]?.name}: ${JSON.stringify(errors)}`],
  );
  return { cost, complaints };
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
 * @param {Pick<Costs, 'small' | 'large'>} costs
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
