import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a command is on the PATH. @param {string} command */
export function isOnPath(command) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

const canPin = process.platform === 'linux' && isOnPath('taskset');

/** A process of ours: pinned to a core, ended by its own pid. */
export class Child {
  /**
   * @param {string} name as it appears in messages
   * @param {{ args: string[], core?: number, env?: Record<string, string>, cwd?: string, cleanUp?: () => void }} start
   *   `args` for Node; `cleanUp` runs once nothing of it is left
   */
  constructor(name, { args, core, env, cwd, cleanUp }) {
    this.name = name;
    this.cleanUp = cleanUp;
    this.output = '';
    const pin = core !== undefined && canPin ? ['taskset', '-c', String(core)] : [];
    // taskset becomes Node (exec), so the pid is Node's own.
    const [command = process.execPath, ...rest] = [...pin, process.execPath, ...args];
    this.process = spawn(command, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...env },
      cwd,
    });
    this.exited = new Promise((resolve) => {
      this.process.once('exit', resolve);
      this.process.once('error', (error) => {
        this.output += String(error);
        resolve(null);
      });
    });
    /** @param {Buffer} bytes */
    const keep = (bytes) => {
      this.output = (this.output + bytes.toString()).slice(-20_000);
    };
    this.process.stdout.on('data', keep);
    this.process.stderr.on('data', keep);
    this.process.stdin.on('error', () => undefined);
    living.add(this);
  }

  get pid() {
    return this.process.pid ?? 0;
  }

  get running() {
    return this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Asks it to end, insists after a while, and leaves nothing that it had started itself. @param {number} patience ms */
  async end(patience = 15_000) {
    if (this.running) {
      const family = descendants(this.pid);
      this.process.kill('SIGTERM');
      const half = setTimeout(() => this.process.kill('SIGTERM'), patience / 2);
      const whole = setTimeout(() => this.process.kill('SIGKILL'), patience);
      await this.exited;
      clearTimeout(half);
      clearTimeout(whole);
      await endThese(family);
    }
    living.delete(this);
    try {
      this.cleanUp?.();
      this.cleanUp = undefined;
    } catch (error) {
      this.output += String(error);
    }
    return this.output;
  }
}

/** @type {Set<Child>} */
const living = new Set();

/** Ends every child that is left. */
export async function endAll() {
  await Promise.all([...living].map((child) => child.end(10_000)));
}

/**
 * Processes that a child of ours has left behind. A pid may belong to somebody else by now; the moment it started tells.
 * @param {readonly { pid: number, started: number }[]} family
 */
async function endThese(family) {
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

/** What a program needs to run and no more: a key of a real provider in this shell must not reach a subject. */
function cleanEnvironment() {
  /** @type {Record<string, string>} */
  const env = { NODE_ENV: 'production' };
  for (const name of ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TZ', 'SystemRoot']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/**
 * Runs a Node script to its end, gives it `input`, and returns what it wrote.
 * @param {string} name
 * @param {{ args: string[], core?: number, input: string, timeoutMs: number }} job
 */
export async function runToEnd(name, { args, core, input, timeoutMs }) {
  const child = new Child(name, { args, ...(core === undefined ? {} : { core }) });
  child.process.stdin.end(input);
  const timer = setTimeout(() => void child.end(2_000), timeoutMs);
  let output = '';
  child.process.stdout.on('data', (bytes) => (output += bytes));
  const closed = new Promise((resolve) => child.process.stdout.once('close', resolve));
  const code = await child.exited;
  clearTimeout(timer);
  await child.end();
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${child.output.slice(-1_000)}`);
  await closed;
  return output;
}

/**
 * Waits until the server answers.
 * @param {Child} child @param {string} url @param {Record<string, string>} headers @param {number} timeoutMs
 */
export async function waitUntilReady(child, url, headers, timeoutMs) {
  const end = Date.now() + timeoutMs;
  let last = 'no answer';
  while (Date.now() < end) {
    if (!child.running) throw new Error(`${child.name} ended while starting:\n${child.output.slice(-2_000)}`);
    try {
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      if (response.ok) return;
      last = `status ${response.status}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(50);
  }
  throw new Error(`${child.name} was not ready in ${timeoutMs / 1000} s (${last}):\n${child.output.slice(-2_000)}`);
}

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
    };
  } catch {
    return undefined;
  }
}

/** The processes a process has started, and theirs. @param {number} root */
function descendants(root) {
  /** @type {Map<number, { pid: number, parent: number, started: number, cpuTicks: number }>} */
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

/** Linux counts the time of processes in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of CPU used so far by the process itself (`own`) and by those it started (`children`); `undefined` where /proc
 * is missing.
 * @param {number} pid
 */
export function cpuSeconds(pid) {
  const own = readStat(pid);
  if (own === undefined) return undefined;
  const children = descendants(pid).reduce((ticks, { cpuTicks }) => ticks + cpuTicks, 0);
  return { own: own.cpuTicks / TICKS_PER_SECOND, children: children / TICKS_PER_SECOND };
}

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
