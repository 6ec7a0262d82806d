import { setTimeout as sleep } from 'node:timers/promises';
import { memoryMib } from '../processes/family.mjs';
import { startNestgate } from '../subjects/nestgate.mjs';

/** However slow the machine, it ends. */
const MAX_MS = 180_000;

/** Within it V8 gives back by itself what the start has left behind, where little happens. */
const REST_MS = 120_000;

/**
 * @typedef {{ requests: number, rss: number, heapUsed: number, external: number }} Sample bytes, with all garbage collected
 * @typedef {{ subject: string, restMib: number | undefined, peakMib: number | undefined, samples: Sample[] }} MemoryOverTime
 */

/**
 * Memory of a Nestgate that has just been started, at rest, as it is without anybody's collecting garbage, and over many
 * requests: a leak shows as a line that climbs.
 * @param {import('../stage.mjs').Stage} stage
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @returns {Promise<MemoryOverTime>}
 */
export async function measureMemory(stage, scenario) {
  const { requests: most, seconds } = stage.settings;
  const target = await startNestgate(stage.ownSurroundings(), { name: 'nestgate', isOn: true });
  const { child, name } = target;
  stage.say(`${scenario.name} ${name}: at rest for ${REST_MS / 1000} s`);
  await sleep(REST_MS);
  const restMib = memoryMib(child.pid)?.rss;
  /** @type {Sample[]} */
  const samples = [];
  const end = performance.now() + MAX_MS;
  let requests = 0;
  for (;;) {
    const memory = await child.ask('memory');
    if (memory !== undefined) samples.push({ requests, ...memory });
    stage.say(`${scenario.name} ${name}: ${requests} requests`);
    if (requests >= most || performance.now() > end || memory === undefined) break;
    requests += (await stage.load(scenario, target, { seconds })).requests;
  }
  const peakMib = memoryMib(child.pid)?.peak;
  await child.end(30_000);
  return { subject: name, restMib, peakMib, samples };
}
