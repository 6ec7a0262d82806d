import { execFileSync } from 'node:child_process';
import { createReadStream, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isOnPath } from './children.mjs';

/**
 * @typedef {{ main: number, others: number, functions: [name: string, count: number][] }} Instructions
 *   of the main thread and of all others; by function those of the main thread, by themselves, most first
 * @typedef {{
 *   readonly isThere: boolean,
 *   command: readonly string[],
 *   env: Readonly<Record<string, string>>,
 *   count(child: import('./children.mjs').Child, before: () => Promise<void>, work: () => Promise<void>): Promise<Instructions>,
 *   cleanUp(pid: number): void,
 * }} Counter
 *   `command`: what stands before the program; `count`: what it does during some work, throws where nothing was counted
 */

const OUTPUT = 'nestgate-callgrind-';

/** Where V8 writes which function stands at which address. @param {number} pid */
const mapOf = (pid) => `/tmp/perf-${pid}.map`;

/**
 * Valgrind's callgrind, which counts the instructions of a program. It runs it some thirty times slower, and what it
 * counts hangs neither on how busy the machine is nor on how fast.
 *
 * @see https://valgrind.org/docs/manual/cl-manual.html
 * @type {Counter}
 */
export const callgrind = {
  get isThere() {
    return process.platform === 'linux' && isOnPath('valgrind') && isOnPath('callgrind_control');
  },

  command: [
    'valgrind',
    '--tool=callgrind',
    '--instr-atstart=no',
    '--separate-threads=yes',
    '--smc-check=all-non-file',
    '--dump-instr=yes',
    '--compress-pos=no',
    '--compress-strings=no',
    `--callgrind-out-file=${join(tmpdir(), `${OUTPUT}%p`)}`,
  ],
  env: { NODE_OPTIONS: '--perf-basic-prof' },

  /** Before it counts, the same work is done once: Valgrind translates all code anew then. */
  async count({ pid, env }, before, work) {
    const control = (/** @type {string[]} */ ...args) =>
      execFileSync('callgrind_control', [...args, String(pid)], {
        // Valgrind names its pipes by these two, as the program has them.
        env: { ...process.env, USER: env['USER'], HOST: env['HOST'] },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    control('--instr=on');
    await before();
    control('--zero');
    await work();
    control('--dump');
    const counted = await read(pid);
    // `callgrind_control` ends well also where it reaches nobody.
    if (counted.main === 0) throw new Error(`Valgrind has counted nothing of process ${pid}.`);
    return counted;
  },

  /** Of a program that has ended. */
  cleanUp(pid) {
    for (const file of filesOf(pid)) rmSync(file, { force: true });
    rmSync(mapOf(pid), { force: true });
  },
};

/** @param {number} pid */
function filesOf(pid) {
  const folder = tmpdir();
  const isOfIt = new RegExp(`^${OUTPUT}${pid}(?![0-9])`);
  return readdirSync(folder)
    .filter((name) => isOfIt.test(name))
    .map((name) => join(folder, name));
}

/** @param {number} pid @returns {Promise<Instructions>} */
async function read(pid) {
  const names = namesOf(readFileSync(mapOf(pid), 'utf8'));
  /** @type {Map<string, number>} */
  const counts = new Map();
  let main = 0;
  let others = 0;
  for (const file of filesOf(pid)) {
    // `<file>.<dump>-<thread>`; each dump is read, and removed, before the next.
    const thread = /\.\d+-(\d+)$/.exec(file)?.[1];
    if (thread === undefined) continue;
    for await (const { name, address, count } of costsIn(file)) {
      if (Number(thread) !== 1) {
        others += count;
        continue;
      }
      main += count;
      const shown = name.startsWith('0x') ? names(address) : name;
      counts.set(shown, (counts.get(shown) ?? 0) + count);
    }
    rmSync(file);
  }
  return { main, others, functions: [...counts].sort(([, one], [, other]) => other - one) };
}

/**
 * What each instruction cost by itself.
 * @param {string} file
 * @see https://valgrind.org/docs/manual/cl-format.html
 */
async function* costsIn(file) {
  let name = '';
  let isOfCall = false;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line.startsWith('fn=')) name = line.slice(3);
    else if (line.startsWith('calls=')) isOfCall = true;
    else if (line.startsWith('0x')) {
      const [address = '', , count = '0'] = line.split(' ');
      // After `calls=` stands what the called function cost.
      if (!isOfCall) yield { name, address: Number(address), count: Number(count) };
      isOfCall = false;
    }
  }
}

/**
 * Names of what V8 has compiled, of several at an address that of the last.
 * @param {string} map lines of `<address> <size> <name>`, in hexadecimal
 * @returns {(address: number) => string}
 */
export function namesOf(map) {
  const entries = map
    .split('\n')
    .map((line) => /^([0-9a-f]+) ([0-9a-f]+) (.*)$/.exec(line))
    .filter((found) => found !== null)
    .map(([, start = '', size = '', name = ''], order) => ({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(start, 16) + Number.parseInt(size, 16),
      name: name.replace(/^JS:/, '').replace(/(?:file:\/\/)?\/\S*\/(?=(?:node_modules|dist)\/)/, ''),
      order,
    }))
    .sort((one, other) => one.start - other.start);
  const longest = entries.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  /** @type {Map<number, string>} */
  const known = new Map();
  const find = (/** @type {number} */ address) => {
    let low = 0;
    for (let high = entries.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.start ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    /** @type {(typeof entries)[number] | undefined} */
    let last;
    for (let at = low - 1; at >= 0; at--) {
      const entry = entries[at];
      if (entry === undefined || entry.start + longest <= address) break;
      if (entry.end > address && entry.order > (last?.order ?? -1)) last = entry;
    }
    return last?.name ?? '(compiled, unknown)';
  };
  return (address) => {
    let name = known.get(address);
    if (name === undefined) known.set(address, (name = find(address)));
    return name;
  };
}
