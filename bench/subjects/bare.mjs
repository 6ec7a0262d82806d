import { join } from 'node:path';
import { Child, PRELOAD, waitUntilReady } from '../processes/children.mjs';
import { BENCH, packageVersion, ROOT } from './subject.mjs';

/**
 * @param {import('./subject.mjs').Surroundings} surroundings
 * @returns {Promise<import('./subject.mjs').Subject>}
 */
export async function startBare({ port, mockPort, core, counter }) {
  const origin = `http://127.0.0.1:${port}`;
  const target = `http://127.0.0.1:${mockPort}`;
  const main = join(BENCH, 'subjects', 'bare-proxy.mjs');
  const args = [...PRELOAD, main, '--port', String(port), '--target', target];
  const child = new Child('bare', { args, core, answers: true, counter });
  await waitUntilReady(child, `${origin}/v1/models`, {}, 15_000);
  const version = `undici ${packageVersion(join(ROOT, 'node_modules', 'undici'))}`;
  return { name: 'bare', version, child, origin, headers: {} };
}
