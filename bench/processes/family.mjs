import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What Linux says of processes. Elsewhere nothing is known. */

/** @typedef {{ pid: number, parent: number, started: number, cpuTicks: number, core: number }} Relative */

/** Linux counts the time of processes in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** @param {number} pid */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      parent: Number(fields[1]),
      cpuTicks: Number(fields[11]) + Number(fields[12]),
      started: Number(fields[19]),
      core: Number(fields[36]),
    };
  } catch {
    return undefined;
  }
}

/** The processes a process has started, and theirs. @param {number} root @returns {Relative[]} */
export function descendants(root) {
  /** @type {Map<number, Relative>} */
  const all = new Map();
  try {
    for (const name of readdirSync('/proc')) {
      const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
      if (stat !== undefined) all.set(Number(name), { pid: Number(name), ...stat });
    }
  } catch {
    return [];
  }
  const family = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all.values()) {
      if (family.has(parent) && !family.has(pid)) grown = Boolean(family.add(pid));
    }
  }
  return [...all.values()].filter(({ pid }) => pid !== root && family.has(pid));
}

/**
 * Ends what a child of ours has left behind. A pid may belong to somebody else by now; the moment it started tells.
 * @param {readonly Relative[]} family
 */
export async function endThese(family) {
  const left = () => family.filter(({ pid, started }) => readStat(pid)?.started === started);
  for (let tries = 0; tries < 40 && left().length > 0; tries++) {
    for (const { pid } of tries % 10 === 5 ? left() : []) {
      try {
        process.kill(pid, 'SIGTERM');
      } catch {
        // It has ended meanwhile.
      }
    }
    await sleep(100);
  }
}

/**
 * Seconds of CPU used so far by the process itself (`own`) and by those it started (`children`), of which `elsewhere` on
 * another core than its own; `undefined` where /proc is missing.
 * @param {number} pid
 */
export function cpuSeconds(pid) {
  const own = readStat(pid);
  if (own === undefined) return undefined;
  const children = descendants(pid);
  return {
    own: own.cpuTicks / TICKS_PER_SECOND,
    children: secondsOf(children),
    elsewhere: secondsOf(children.filter(({ core }) => core !== own.core)),
  };
}

/** @param {readonly Relative[]} family */
function secondsOf(family) {
  return family.reduce((ticks, { cpuTicks }) => ticks + cpuTicks, 0) / TICKS_PER_SECOND;
}

/**
 * Of what `cpuSeconds` gives, what was on the core of the process itself.
 * @param {{ own: number, children: number, elsewhere: number }} cpu
 */
export const onOwnCore = ({ own, children, elsewhere }) => own + children - elsewhere;

/** Memory of the process itself in MiB: now, and the most it ever had. @param {number} pid */
export function memoryMib(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (/** @type {string} */ name) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { rss: field('VmRSS'), peak: field('VmHWM') };
  } catch {
    return undefined;
  }
}

/** Waits until a process has stopped working (journals flushed, garbage collected), five seconds at most. @param {number} pid */
export async function settle(pid) {
  for (let tries = 0; tries < 20; tries++) {
    const before = cpuSeconds(pid);
    await sleep(250);
    const after = cpuSeconds(pid);
    if (before === undefined || after === undefined) return;
    if (after.own + after.children - before.own - before.children <= 0.02) return;
  }
}
