import { settle } from '../processes/family.mjs';
import { startNestgate } from '../subjects/nestgate.mjs';
import { inTurn } from './side-by-side.mjs';
import { StoredKeys, storeUsageRows } from './stored-data.mjs';

/** So many keys ask in turn. */
const ACTIVE_KEYS = 1_000;
/** Keys that ask all the time have leases of their budgets; after the pause between rounds they have none. */
const LEAD_IN_SECONDS = 6;

/** @typedef {import('./side-by-side.mjs').Costs & { what: string, from: number, to: number }} Growth */

/**
 * Whether a request costs more where there is more of everything. Beside a Nestgate that has little of it stands one that
 * has much, both with everything switched on and with a database of their own.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @param {number} deadline
 * @returns {AsyncGenerator<Growth>} each when it is known
 */
export async function* measureGrowth(stage, scenario, deadline) {
  const { keys, models, rows } = stage.settings;
  /** @type {readonly { what: string, from: number, to: number, more: { stored?: number, active?: number, models?: number, rows?: number }, leadIn?: number }[]} */
  const cases = [
    { what: 'stored keys', from: 1, to: keys, more: { stored: keys } },
    { what: 'keys that ask', from: 1, to: ACTIVE_KEYS, more: { active: ACTIVE_KEYS }, leadIn: LEAD_IN_SECONDS },
    { what: 'models', from: 1, to: models, more: { models } },
    { what: 'usage rows', from: 0, to: rows, more: { rows } },
  ];
  for (const { what, from, to, more, leadIn = 0 } of cases) {
    if (performance.now() > deadline) break;
    stage.say(`growth: a Nestgate with ${to} ${what}`);
    // Both are new: one that has answered more is faster, since more of it is compiled.
    const small = await startGrown(stage, 'growth-small', {});
    const large = await startGrown(stage, 'growth-large', more);
    yield { what, from, to, ...(await inTurn(stage, scenario, [small], [large], { leadIn })) };
    for (const { child } of [small, large]) await child.end(30_000);
  }
}

/**
 * @param {import('../stage.mjs').Stage} stage @param {string} name
 * @param {{ stored?: number, active?: number, models?: number, rows?: number }} more
 */
async function startGrown(stage, name, { stored = 0, active = 1, models = 0, rows = 0 }) {
  const subject = await startNestgate(stage.ownSurroundings(), { name, isOn: true, moreModels: models });
  const store = await StoredKeys.open(subject, stage.settings.main);
  const keys = await store.add(active, stored);
  if (rows > 0) await storeUsageRows(store.client, rows);
  await store.close();
  await settle(subject.child.pid);
  return { ...subject, keys };
}
