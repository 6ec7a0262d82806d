import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settle } from '../processes/family.mjs';
import { startNestgate } from '../subjects/nestgate.mjs';
import { inTurn } from './side-by-side.mjs';

const WORKERS = 2;

/**
 * What several worker processes do to one. Nothing is pinned: workers, mock, load and databases share all cores, so with
 * two cores the CPU time of a request says more than the requests per second.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @returns {Promise<import('./side-by-side.mjs').SideBySide[]>}
 */
export async function measureWorkers(stage, scenario) {
  if (!existsSync(join(dirname(stage.settings.main), 'server', 'workers'))) return [];
  /** @param {number} workers */
  const start = async (workers) => {
    const surroundings = { ...stage.ownSurroundings(), core: undefined };
    const subject = await startNestgate(surroundings, { name: `workers-${workers}`, isOn: true, workers });
    await settle(subject.child.pid);
    return subject;
  };
  const [one, more] = [await start(1), await start(WORKERS)];
  const costs = await inTurn(stage, scenario, one, more, { isPinned: false });
  for (const { child } of [one, more]) await child.end(30_000);
  return [{ what: 'workers', from: 1, to: WORKERS, ...costs }];
}
