import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants, endThese } from './family.mjs';

/** What a Node subject is given before its own code: see the file. */
export const PRELOAD = ['--import', join(dirname(fileURLToPath(import.meta.url)), 'subject-preload.mjs')];

/** Whether a command is on the PATH. @param {string} command */
export function isOnPath(command) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** What a command is put behind so that it need not wait for anybody's turn, and those that it starts need not either. */
const AHEAD = /** @type {const} */ (['chrt', '--rr', '1']);

/** Whether a process may be put before all others of its core, which mostly takes root. */
export function canPrioritise() {
  try {
    execFileSync(AHEAD[0], [...AHEAD.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const ANSWER_MS = 20_000;

/** A process of ours: pinned to a core, ended by its own pid. */
export class Child {
  /**
   * @param {string} name as it appears in messages
   * @param {{
   *   command?: string,
   *   args: string[],
   *   core?: number | undefined,
   *   priority?: boolean,
   *   env?: Record<string, string>,
   *   cwd?: string,
   *   cleanUp?: () => void,
   *   answers?: boolean,
   *   counter?: import('./callgrind.mjs').Counter | undefined,
   * }} start
   *   `command`: Node where it is left out; `core`: left out where none can be had; `priority`: before all on its core
   *   that have none; `cleanUp` runs once nothing of it is left; `answers`: it was given `PRELOAD`, and can be asked;
   *   `counter`: of its instructions
   */
  constructor(
    name,
    { command = process.execPath, args, core, priority = false, env, cwd, cleanUp, answers = false, counter },
  ) {
    this.name = name;
    this.cleanUp = cleanUp;
    this.counter = counter;
    this.env = { ...cleanEnvironment(), ...counter?.env, ...env };
    this.answers = answers;
    this.output = '';
    const pin = core === undefined ? [] : ['taskset', '-c', String(core)];
    // Each becomes the command behind it (exec), so the pid is its own.
    const [first = command, ...rest] = [
      ...(priority ? AHEAD : []),
      ...pin,
      ...(counter?.command ?? []),
      command,
      ...args,
    ];
    this.process = spawn(first, rest, {
      stdio: answers ? ['pipe', 'pipe', 'pipe', 'ipc'] : ['pipe', 'pipe', 'pipe'],
      env: this.env,
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
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.process.stdin?.on('error', () => undefined);
    living.add(this);
  }

  get pid() {
    return this.process.pid ?? 0;
  }

  get running() {
    return this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /**
   * Asks the process about itself; `undefined` where it cannot say.
   * @template {keyof import('./questions.mjs').Answers} Question
   * @param {Question} question
   * @param {unknown} [about]
   * @returns {Promise<import('./questions.mjs').Answers[Question] | undefined>}
   */
  async ask(question, about) {
    if (!this.answers || !this.running) return undefined;
    const given = new Promise((resolve, reject) => {
      this.process.once('message', (/** @type {{ error?: string, answer: unknown }} */ { error, answer }) =>
        error === undefined ? resolve(answer) : reject(new Error(`${this.name}: ${error}`)),
      );
      this.process.send({ question, about });
    });
    const timeout = new AbortController();
    const late = sleep(ANSWER_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    const answer = await Promise.race([given, late]);
    timeout.abort();
    return /** @type {import('./questions.mjs').Answers[Question] | undefined} */ (answer);
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
      this.counter?.cleanUp(this.pid);
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
 * Runs a Node script to its end, gives it `input`, and returns the last line it wrote.
 * @param {string} name
 * @param {{
 *   args: string[],
 *   core?: number | undefined,
 *   priority?: boolean,
 *   input: string,
 *   timeoutMs: number,
 *   onLine?: (line: string) => void,
 * }} job
 */
export async function runToEnd(name, { input, timeoutMs, onLine, ...start }) {
  const child = new Child(name, start);
  const { stdin, stdout } = child.process;
  stdin?.end(input);
  const timer = setTimeout(() => void child.end(2_000), timeoutMs);
  let rest = '';
  let last = '';
  stdout?.on('data', (bytes) => {
    rest += bytes;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      last = line;
      onLine?.(line);
    }
  });
  const closed = new Promise((resolve) => stdout?.once('close', resolve));
  const code = await child.exited;
  clearTimeout(timer);
  await child.end();
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${child.output.slice(-1_000)}`);
  await closed;
  return last;
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
