import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settle } from '../processes/family.mjs';
import { startNestgate } from '../subjects/nestgate.mjs';
import { inTurn } from './side-by-side.mjs';

const WORKERS = 2;
/** A worker gets half of what its core can do, and needs as many requests as others until all of it is compiled. */
const WARM_UPS = 5;

/** @typedef {import('./side-by-side.mjs').Costs & { count: number }} Workers `small`: so many servers; `large`: workers of one */

/**
 * What it costs workers that they are one server: beside as many servers that know nothing of each other, all of them on
 * the one core that a subject has. Servers that share nothing do twice as much on two cores as one does on one.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @returns {Promise<Workers[]>}
 */
export async function measureWorkers(stage, scenario) {
  if (!existsSync(join(dirname(stage.settings.main), 'server', 'workers'))) return [];
  /** @param {string} name @param {number} workers */
  const start = async (name, workers) => {
    const subject = await startNestgate(stage.ownSurroundings(), { name, isOn: true, workers });
    await settle(subject.child.pid);
    return subject;
  };
  /** @type {import('../subjects/subject.mjs').Subject[]} */
  const servers = [];
  for (let at = 1; at <= WORKERS; at++) servers.push(await start(`server-${at}`, 1));
  const workers = await start('workers', WORKERS);
  const costs = await inTurn(stage, scenario, servers, Array(WORKERS).fill(workers), { warmUps: WARM_UPS });
  for (const { child } of [...servers, workers]) await child.end(30_000);
  return [{ count: WORKERS, ...costs }];
}
