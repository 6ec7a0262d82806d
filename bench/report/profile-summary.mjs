import { readFileSync } from 'node:fs';

/**
 * @typedef {{ functionName: string, url: string, lineNumber: number }} CallFrame
 * @typedef {{ callFrame: CallFrame, selfSize: number, children: AllocationNode[] }} AllocationNode
 */

const LINES = 25;

/** Waiting, and what the profiler itself takes when it is started and stopped. */
const NOT_ITS_OWN = new Set(['(idle)', 'dispatch']);

/**
 * The functions that took the most time, or allocated the most, by themselves: lines to read at once. The file itself
 * opens in Chrome's developer tools or https://www.speedscope.app.
 * @param {string} file `.cpuprofile`, `.heapprofile` or `.instructions.json`
 */
export function profileSummary(file) {
  const profile = JSON.parse(readFileSync(file, 'utf8'));
  if (file.endsWith('.instructions.json')) return [file, ...instructions(profile)].join('\n');
  const isCpu = file.endsWith('.cpuprofile');
  const weights = isCpu ? selfTimes(profile) : selfSizes(profile.head);
  let total = 0;
  for (const weight of weights.values()) total += weight;
  const top = [...weights].sort(([, a], [, b]) => b - a).slice(0, LINES);
  const lines = top.map(([name, weight]) => `${((weight / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [file, isCpu ? 'Time by itself, idle excluded:' : 'Bytes allocated by itself:', ...lines].join('\n');
}

/** @param {import('../processes/callgrind.mjs').Instructions & { requests: number }} profile */
function instructions({ requests, main, others, functions }) {
  const ofOne = (/** @type {number} */ count) => Math.round(count / requests).toLocaleString('en-US');
  return [
    `${ofOne(main)} instructions a request on the main thread, ${ofOne(others)} on others (${requests} requests). By itself:`,
    ...functions.slice(0, LINES).map(([name, count]) => `${ofOne(count).padStart(9)}  ${name.slice(0, 120)}`),
  ];
}

/** @param {CallFrame} frame */
function nameOf({ functionName, url, lineNumber }) {
  const place = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '');
  return `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}:${lineNumber + 1}`}`;
}

/** @param {{ nodes: { id: number, callFrame: CallFrame }[], samples: number[], timeDeltas: number[] }} profile */
function selfTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  samples.forEach((id, at) => {
    const name = names.get(id) ?? '?';
    if (!NOT_ITS_OWN.has(name)) times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  });
  return times;
}

/** @param {AllocationNode} head */
function selfSizes(head) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  const waiting = [head];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const name = nameOf(node.callFrame);
    sizes.set(name, (sizes.get(name) ?? 0) + node.selfSize);
    waiting.push(...node.children);
  }
  return sizes;
}
