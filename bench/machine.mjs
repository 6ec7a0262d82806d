import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { canPrioritise, isOnPath } from './processes/children.mjs';
import { wrkVersion } from './load/wrk.mjs';

/** @typedef {ReturnType<typeof describeMachine>} Machine */

/** Where a result comes from: without it a figure means nothing. @param {string} root of the project */
export function describeMachine(root) {
  const processors = cpus();
  const pinning = platform() === 'linux' && isOnPath('taskset') && processors.length > 1;
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    wrk: wrkVersion() ?? null,
    pinning,
    priority: pinning && canPrioritise(),
    loadAverageBefore: loadavg()[0] ?? 0,
    commit: commit(root),
  };
}

/** @param {string} root */
function commit(root) {
  try {
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return null;
  }
}

/**
 * Seconds a core has worked for programs since the machine started; `undefined` where /proc is missing.
 * @param {number} core
 */
export function coreSeconds(core) {
  try {
    const [, user, nice, system] =
      new RegExp(`^cpu${core} (\\d+) (\\d+) (\\d+)`, 'm').exec(readFileSync('/proc/stat', 'utf8')) ?? [];
    return system === undefined ? undefined : (Number(user) + Number(nice) + Number(system)) / 100;
  } catch {
    return undefined;
  }
}
