import { settle } from '../processes/family.mjs';
import { median } from '../report/statistics.mjs';

/**
 * @typedef {{ perSecond: number, cpuMicros: number | undefined }} Cost
 * @typedef {{ what: string, from: number, to: number, small: Cost[], large: Cost[] }} SideBySide
 *   of each round; `small` and `large` of one round were measured one after the other
 */

/**
 * Two subjects measured in turn, another one first each round.
 * @param {import('../stage.mjs').Stage} stage @param {import('../scenarios.mjs').Scenario} scenario
 * @param {import('../subjects/subject.mjs').Subject} small @param {import('../subjects/subject.mjs').Subject} large
 * @param {Partial<import('../stage.mjs').Effort>} [effort]
 * @returns {Promise<{ small: Cost[], large: Cost[] }>}
 */
export async function inTurn(stage, scenario, small, large, effort = {}) {
  const { warmup, rounds, seconds } = stage.settings;
  for (const target of [small, large, small, large]) await stage.load(scenario, target, { ...effort, seconds: warmup });
  /** @type {{ small: Cost[], large: Cost[] }} */
  const costs = { small: [], large: [] };
  for (let round = 1; round <= rounds; round++) {
    const pair = /** @type {const} */ ([
      [small, costs.small],
      [large, costs.large],
    ]);
    for (const [target, noted] of round % 2 === 0 ? [...pair].reverse() : pair) {
      await settle(target.child.pid);
      const { result, seen } = await stage.observed(target, () => stage.load(scenario, target, { ...effort, seconds }));
      if (Object.keys(result.errors).length > 0) throw new Error(`${target.name}: ${JSON.stringify(result.errors)}`);
      const { cpu } = seen;
      noted.push({
        perSecond: result.perSecond,
        cpuMicros: cpu === undefined ? undefined : ((cpu.own + cpu.children) / result.requests) * 1e6,
      });
    }
  }
  return costs;
}

/**
 * What a request costs the large one to what it costs the small one: in time, and in CPU.
 * @param {Pick<SideBySide, 'small' | 'large'>} costs
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
