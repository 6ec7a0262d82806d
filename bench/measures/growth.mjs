import { settle } from '../processes/family.mjs';
import { median } from '../report/statistics.mjs';
import { startNestgate } from '../subjects/nestgate.mjs';
import { StoredKeys, storeUsageRows } from './stored-data.mjs';

/** So many keys ask in turn. */
const ACTIVE_KEYS = 1_000;

/**
 * @typedef {{ perSecond: number, cpuMicros: number | undefined }} Cost
 * @typedef {{ what: string, from: number, to: number, small: Cost[], large: Cost[] }} Growth
 *   of each round; `small` and `large` of one round were measured one after the other
 */

/**
 * Whether a request costs more where there is more of everything. Beside a Nestgate that has little of it stands one that
 * has much, both with everything switched on and with a database of their own.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @param {number} deadline
 * @returns {Promise<Growth[]>}
 */
export async function measureGrowth(stage, scenario, deadline) {
  const { keys, models, rows } = stage.settings;
  /** @type {readonly { what: string, from: number, to: number, more?: { stored?: number, active?: number, models?: number, rows?: number } }[]} */
  const cases = [
    { what: 'stored keys', from: 1, to: keys, more: { stored: keys } },
    { what: 'keys that ask', from: 1, to: ACTIVE_KEYS, more: { active: ACTIVE_KEYS } },
    { what: 'models', from: 1, to: models, more: { models } },
    { what: 'usage rows', from: 0, to: rows, more: { rows } },
  ];
  /** @type {Growth[]} */
  const growths = [];
  const small = await startGrown(stage, 'growth-small', {});
  for (const { what, from, to, more } of cases) {
    if (performance.now() > deadline) break;
    stage.say(`growth: a Nestgate with ${to} ${what}`);
    const large = await startGrown(stage, 'growth-large', more ?? {});
    growths.push({ what, from, to, ...(await inTurn(stage, scenario, small, large)) });
    await large.child.end(30_000);
  }
  await small.child.end(30_000);
  return growths;
}

/**
 * @param {import('../stage.mjs').Stage} stage @param {string} name
 * @param {{ stored?: number, active?: number, models?: number, rows?: number }} more
 */
async function startGrown(stage, name, { stored = 0, active = 1, models = 0, rows = 0 }) {
  const surroundings = { ...stage.surroundings(), databaseUrl: undefined };
  const subject = await startNestgate(surroundings, { name, isOn: true, moreModels: models });
  const store = await StoredKeys.open(subject, stage.settings.main);
  const keys = await store.add(active, stored);
  if (rows > 0) await storeUsageRows(store.client, rows);
  await store.close();
  await settle(subject.child.pid);
  return { ...subject, keys };
}

/**
 * @param {import('../stage.mjs').Stage} stage @param {import('../scenarios.mjs').Scenario} scenario
 * @param {import('../subjects/subject.mjs').Subject} small @param {import('../subjects/subject.mjs').Subject} large
 */
async function inTurn(stage, scenario, small, large) {
  const { warmup, rounds, seconds } = stage.settings;
  for (const target of [small, large]) await stage.load(scenario, target, { seconds: warmup });
  /** @type {{ small: Cost[], large: Cost[] }} */
  const costs = { small: [], large: [] };
  for (let round = 1; round <= rounds; round++) {
    const pair = /** @type {const} */ ([
      [small, costs.small],
      [large, costs.large],
    ]);
    for (const [target, noted] of round % 2 === 0 ? [...pair].reverse() : pair) {
      await settle(target.child.pid);
      const { result, seen } = await stage.observed(target, () => stage.load(scenario, target, { seconds }));
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
 * What a request costs with much to what it costs with little: in time, and in CPU.
 * @param {Growth} growth
 */
export function growthRatio({ small, large }) {
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
