import { createServer } from 'node:net';
import { join } from 'node:path';
import { callgrind } from './processes/callgrind.mjs';
import { Child, runToEnd, waitUntilReady } from './processes/children.mjs';
import { cpuSeconds, memoryMib, onOwnCore } from './processes/family.mjs';
import { coreSeconds } from './machine.mjs';
import { chatBody } from './requests.mjs';
import { BENCH } from './subjects/subject.mjs';

const SUBJECT_CORE = 0;
const LOAD_CORE = 1;
/** Subjects that run at the same time have ports of their own. */
const PORTS = 24;

/**
 * @typedef {import('./scenarios.mjs').Scenario} Scenario
 * @typedef {import('./subjects/subject.mjs').Subject} Subject
 * @typedef {import('./load/load.mjs').LoadResult} LoadResult
 * @typedef {{ seconds: number, requests?: number, rate?: number, streams?: number, anyStatus?: boolean,
 *   connections?: number, onPhase?: (phase: import('./load/slow-streams.mjs').Phase) => void }} Effort
 *   `requests`: so many, each waited for; `rate`: an open loop; `streams`: so many slow ones at once
 * @typedef {{ cpu?: { own: number, children: number, elsewhere: number }, othersShare?: number,
 *   memory?: { rss: number, peak: number }, eventLoop?: import('./processes/questions.mjs').EventLoop }} Observation
 *   `cpu`: seconds of CPU, as `cpuSeconds` has them; `othersShare`: what other programs took of the subject's core;
 *   `memory`: MiB, afterwards
 */

/** Where everything happens: the mock upstream, the ports, the cores, and the load. */
export class Stage {
  /**
   * @param {import('./settings.mjs').Settings} settings
   * @param {{ pinning: boolean, priority: boolean }} machine
   * @param {(line: string) => void} say progress
   */
  constructor(settings, { pinning, priority }, say) {
    this.settings = settings;
    this.pinning = pinning;
    this.priority = priority;
    this.say = say;
    this.mockPort = settings.portBase;
    this.nextPort = settings.portBase;
    /** Bytes of one whole answer, by `<subject> <scenario>`. @type {Map<string, number>} */
    this.sizes = new Map();
  }

  /** A server left from elsewhere would be measured instead of ours. */
  async assertPortsFree() {
    for (let port = this.mockPort; port < this.mockPort + PORTS; port++) {
      await new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', () => reject(new Error(`Port ${port} is taken: use another --port-base.`)));
        server.listen(port, '127.0.0.1', () => server.close(resolve));
      });
    }
  }

  /** @returns {Promise<Subject>} */
  async startMock() {
    const { chunks, pauseMs, eventsPerWrite } = this.settings;
    const numbers = { port: this.mockPort, chunks, 'pause-ms': pauseMs, 'events-per-write': eventsPerWrite };
    const flags = [
      ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
      '--with-parent',
    ];
    const main = join(BENCH, 'mock', 'mock-upstream.mjs');
    const child = new Child('mock', { args: [main, ...flags], core: this.core(LOAD_CORE), priority: this.priority });
    const origin = `http://127.0.0.1:${this.mockPort}`;
    await waitUntilReady(child, `${origin}/v1/models`, {}, 15_000);
    return { name: 'mock', version: '', origin, headers: {}, child };
  }

  /** @param {number} core */
  core(core) {
    return this.pinning ? core : undefined;
  }

  /** What a subject needs to know of the stage; each call gives it another port. @returns {import('./subjects/subject.mjs').Surroundings} */
  surroundings() {
    const { main, databaseUrl, profile } = this.settings;
    this.nextPort++;
    const counter = profile === 'instructions' ? callgrind : undefined;
    return { mockPort: this.mockPort, port: this.nextPort, core: this.core(SUBJECT_CORE), main, databaseUrl, counter };
  }

  /** The same for a Nestgate that brings a database of its own, whichever the others have. */
  ownSurroundings() {
    return { ...this.surroundings(), databaseUrl: undefined };
  }

  /** @param {Scenario} scenario @param {Subject} target */
  request(scenario, { name, origin, headers, keys, modelPrefix = '' }) {
    const isNative = name === 'mock' || name === 'bare';
    const { path, body, expectDone, check } = scenario.ask(this.settings, isNative);
    return {
      url: origin + path,
      headers: { 'content-type': 'application/json', accept: '*/*', ...headers },
      body: body.replace('"model":"', `"model":"${modelPrefix}`),
      expectDone,
      check,
      ...(keys === undefined ? {} : { keys }),
    };
  }

  /**
   * Load of a scenario on a target, made by a process of its own.
   * @param {Scenario} scenario @param {Subject} target @param {Effort} effort
   * @returns {Promise<LoadResult>}
   */
  async load(scenario, target, effort) {
    const { seconds: asked, requests, rate, streams, anyStatus, connections: own, onPhase } = effort;
    const { connections, generator } = this.settings;
    const seconds = Math.max(asked, scenario.leastSeconds ?? 0);
    const { check: _, ...request } = this.request(scenario, target);
    const answerBytes = this.sizes.get(`${target.name} ${scenario.name}`);
    const closed = {
      connections: own ?? scenario.connections ?? connections,
      seconds,
      ...(answerBytes === undefined ? {} : { answerBytes }),
      ...(requests === undefined ? {} : { requests }),
      ...(anyStatus === undefined ? {} : { anyStatus }),
    };
    /** @type {import('./load/load.mjs').Job} */
    const job = {
      request,
      // wrk can neither count to a number nor tell statuses apart.
      generator: requests !== undefined || anyStatus === true ? 'own' : generator,
      ...(rate === undefined ? {} : { open: { rate, seconds } }),
      ...(streams === undefined ? {} : { streams: { count: streams, idleBody: chatBody({ stream: false }) } }),
      ...(rate === undefined && streams === undefined ? { closed } : {}),
    };
    const output = await runToEnd('load', {
      args: [join(BENCH, 'load', 'load.mjs')],
      input: JSON.stringify(job),
      timeoutMs: (seconds + 120) * 1000,
      core: this.core(LOAD_CORE),
      priority: this.priority,
      onLine: (line) => {
        const { phase } = JSON.parse(line);
        if (phase !== undefined) onPhase?.(phase);
      },
    });
    return JSON.parse(output);
  }

  /**
   * Does something to a subject and sees what it cost it.
   * @template T
   * @param {Subject} target @param {() => Promise<T>} work
   * @returns {Promise<{ result: T, seen: Observation }>}
   */
  async observed({ name, child }, work) {
    const { pid } = child;
    await child.ask('watch');
    const started = performance.now();
    const cpuBefore = cpuSeconds(pid);
    const coreBefore = coreSeconds(SUBJECT_CORE);
    const result = await work();
    const cpuAfter = cpuSeconds(pid);
    const coreAfter = coreSeconds(SUBJECT_CORE);
    const seconds = (performance.now() - started) / 1000;
    const eventLoop = await child.ask('delay');
    const memory = memoryMib(pid);
    /** @type {Observation} */
    const seen = {
      ...(memory === undefined ? {} : { memory }),
      ...(eventLoop === undefined ? {} : { eventLoop }),
    };
    if (cpuBefore !== undefined && cpuAfter !== undefined && name !== 'mock') {
      seen.cpu = {
        own: cpuAfter.own - cpuBefore.own,
        children: cpuAfter.children - cpuBefore.children,
        // Who is pinned nowhere is here now and there then.
        elsewhere: this.pinning ? cpuAfter.elsewhere - cpuBefore.elsewhere : 0,
      };
      if (this.pinning && coreBefore !== undefined && coreAfter !== undefined) {
        const others = coreAfter - coreBefore - onOwnCore(seen.cpu);
        seen.othersShare = Math.max(0, others / seconds);
      }
    }
    if (!child.running) throw new Error(`${name} ended during the run:\n${child.output}`);
    return { result, seen };
  }

  /** Requests that the mock upstream has seen so far. @returns {Promise<number>} */
  async upstreamCalls() {
    const response = await fetch(`http://127.0.0.1:${this.mockPort}/stats`);
    const counters = /** @type {{ calls: number }} */ (await response.json());
    return counters.calls;
  }
}
