import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, cpuSeconds, memoryMib, runToEnd, settle, waitUntilReady } from './children.mjs';
import { requestBytes } from './load.mjs';
import { coreSeconds } from './machine.mjs';
import { CHAT_PATH, chatBody } from './scenarios.mjs';
import { SubjectMissing, startSubject } from './subjects.mjs';
import { UsageRecords } from './usage-check.mjs';
import { answerBytes, verifyAnswer, verifyKeysAreChecked } from './verify.mjs';

const BENCH = dirname(fileURLToPath(import.meta.url));
const SUBJECT_CORE = 0;
const LOAD_CORE = 1;

/** @typedef {import('./report.mjs').Run} Run */
/** @typedef {import('./scenarios.mjs').Scenario} Scenario */
/** @typedef {import('./subjects.mjs').Subject} Subject */
/** @typedef {{ name: string, origin: string, headers: Record<string, string>, child: Child }} Target */
/** @typedef {{ exact: boolean, says: string, records?: number, upstream?: number, answers?: number }} UsageVerdict */
/**
 * @typedef {{
 *   runs: Run[],
 *   subjects: import('./report.mjs').SubjectInfo[],
 *   skipped: string[],
 *   mockMaximum: Record<string, number>,
 *   usage: UsageVerdict | undefined,
 * }} Outcome
 */

/** One whole run: starts everything, measures in turn, checks the accounts. Children are left to `endAll`. */
export class Benchmark {
  /**
   * @param {import('./run.mjs').Settings} settings
   * @param {boolean} pinning
   * @param {{ folder: string, name: string } | undefined} profile
   * @param {(line: string) => void} say progress
   */
  constructor(settings, pinning, profile, say) {
    this.settings = settings;
    this.pinning = pinning;
    this.profile = profile;
    this.say = say;
    const base = settings.portBase;
    this.ports = { mock: base, bare: base + 1, nestgate: base + 2, portkey: base + 3, nestgateOff: base + 4 };
    /** @type {Outcome} */
    this.outcome = { runs: [], subjects: [], skipped: [], mockMaximum: {}, usage: undefined };
    /** What the upstream got, and the clients, by subject. @type {Map<string, { upstream: number, answers: number, hangUps: number }>} */
    this.accounts = new Map();
    /** Bytes of one whole answer, by `<subject> <scenario>`. @type {Map<string, number>} */
    this.sizes = new Map();
  }

  async run() {
    await this.assertPortsFree();
    const mock = await this.startMock();
    await this.measureMock(mock);
    const subjects = await this.startSubjects();
    const nestgate = subjects.find(({ name }) => name === 'nestgate');
    const records =
      nestgate === undefined ? undefined : await UsageRecords.open(this.settings.databaseUrl, nestgate.dataDirectory);
    const recordsBefore = (await records?.count()) ?? 0;
    for (const subject of subjects) await this.verify(subject);
    for (const scenario of this.settings.scenarios) await this.measure(scenario, subjects, mock);
    if (nestgate !== undefined) this.outcome.usage = await this.checkUsage(nestgate, records, recordsBefore);
    await records?.close();
    for (const { child } of subjects) await child.end(30_000);
    await mock.child.end();
    return this.outcome;
  }

  /** A server left from elsewhere would be measured instead of ours. */
  async assertPortsFree() {
    for (const port of Object.values(this.ports)) {
      await new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', () => reject(new Error(`Port ${port} is taken: use another --port-base.`)));
        server.listen(port, '127.0.0.1', () => server.close(resolve));
      });
    }
  }

  /** @param {number} core */
  pin(core) {
    return this.pinning ? { core } : {};
  }

  /** @returns {Promise<Target>} */
  async startMock() {
    const { chunks, pauseMs } = this.settings;
    const flags = ['--port', this.ports.mock, '--chunks', chunks, '--pause-ms', pauseMs, '--with-parent'].map(String);
    const child = new Child('mock', { args: [join(BENCH, 'mock-upstream.mjs'), ...flags], ...this.pin(LOAD_CORE) });
    const origin = `http://127.0.0.1:${this.ports.mock}`;
    await waitUntilReady(child, `${origin}/v1/models`, {}, 15_000);
    return { name: 'mock', origin, headers: {}, child };
  }

  /** Load straight against the mock: what no subject could exceed. @param {Target} mock */
  async measureMock(mock) {
    for (const scenario of this.settings.scenarios) {
      if (scenario === 'latency') continue;
      await this.load(scenario, mock, 1);
      const { perSecond, errors } = await this.load(scenario, mock, Math.min(3, this.settings.seconds));
      if (Object.keys(errors).length > 0) throw new Error(`The mock upstream failed: ${JSON.stringify(errors)}`);
      this.outcome.mockMaximum[scenario] = Math.round(perSecond);
      this.say(`mock alone, ${scenario}: ${Math.round(perSecond)}/s`);
    }
  }

  async startSubjects() {
    /** @type {Subject[]} */
    const subjects = [];
    const { main, databaseUrl } = this.settings;
    const core = this.pinning ? SUBJECT_CORE : undefined;
    for (const name of this.settings.subjects) {
      try {
        this.say(`starting ${name}`);
        const surroundings = { ports: this.ports, core, main, databaseUrl, profile: this.profile };
        const subject = await startSubject(name, surroundings);
        await settle(subject.child.pid);
        subjects.push(subject);
        const idleMib = memoryMib(subject.child.pid)?.rss;
        this.outcome.subjects.push({ subject: name, version: subject.version, idleMib });
        this.accounts.set(name, { upstream: 0, answers: 0, hangUps: 0 });
      } catch (error) {
        if (!(error instanceof SubjectMissing)) throw error;
        this.say(`${name} is skipped: ${error.message}`);
        this.outcome.skipped.push(`${name}: ${error.message}`);
      }
    }
    if (subjects.length === 0) throw new Error('No subject could be started.');
    return subjects;
  }

  /** The answers are right before they are counted. @param {Subject} subject */
  async verify(subject) {
    const { name, origin } = subject;
    if (name.startsWith('nestgate')) await verifyKeysAreChecked(name, origin, chatBody({ stream: false }));
    await this.counted(subject, async () => {
      let answers = 0;
      for (const scenario of this.settings.scenarios) {
        const { url, headers, body, expectDone } = this.request(scenario, subject);
        const expected = { stream: expectDone, chunks: this.settings.chunks };
        await verifyAnswer(name, url, headers, body, expected);
        const size = await answerBytes(origin, requestBytes({ url, headers, body }), expectDone);
        this.sizes.set(`${name} ${scenario}`, size);
        answers += 2;
      }
      return { answers, hangUps: 0 };
    });
  }

  /** @param {Scenario} scenario @param {Target | Subject} target */
  request(scenario, { origin, headers }) {
    const stream = scenario === 'stream';
    return {
      url: origin + CHAT_PATH,
      headers: { 'content-type': 'application/json', accept: '*/*', ...headers },
      body: chatBody({ stream, includeUsage: this.settings.includeUsage }),
      expectDone: stream,
    };
  }

  /**
   * @param {Scenario} scenario @param {Target | Subject} target @param {number} seconds
   * @param {number} [requests] a fixed number by our own generator, all of them waited for
   * @returns {Promise<import('./load.mjs').LoadResult>}
   */
  async load(scenario, target, seconds, requests) {
    const { connections, rate, generator } = this.settings;
    const size = this.sizes.get(`${target.name} ${scenario}`);
    const closed = {
      connections,
      seconds,
      ...(size === undefined ? {} : { answerBytes: size }),
      ...(requests === undefined ? {} : { requests }),
    };
    /** @type {import('./load.mjs').Job} */
    const job = {
      request: this.request(scenario, target),
      generator: requests === undefined ? generator : 'own',
      ...(scenario === 'latency' && requests === undefined ? { open: { rate, seconds } } : { closed }),
    };
    const output = await runToEnd('load', {
      args: [join(BENCH, 'load.mjs')],
      input: JSON.stringify(job),
      timeoutMs: (seconds + 60) * 1000,
      ...this.pin(LOAD_CORE),
    });
    return JSON.parse(output);
  }

  /** @param {Scenario} scenario @param {readonly Subject[]} subjects @param {Target} mock */
  async measure(scenario, subjects, mock) {
    const { warmup, rounds } = this.settings;
    // Portkey can barely answer what the latency scenario asks.
    const targets =
      scenario === 'latency' ? [mock, ...subjects.filter(({ name }) => name !== 'portkey')] : [...subjects];
    for (const target of targets) {
      await this.counted(target, async () => this.accountOf(await this.load(scenario, target, warmup)));
    }
    for (let round = 1; round <= rounds; round++) {
      for (const target of targets) await this.measureOnce(scenario, target, round);
      // Another one is first next time, so that none always follows the same neighbour.
      const [first] = targets.splice(0, 1);
      if (first !== undefined) targets.push(first);
    }
  }

  /** @param {Scenario} scenario @param {Target | Subject} target @param {number} round */
  async measureOnce(scenario, target, round) {
    const { pid } = target.child;
    await this.counted(target, async () => {
      const cpuBefore = cpuSeconds(pid);
      const coreBefore = coreSeconds(SUBJECT_CORE);
      const load = await this.load(scenario, target, this.settings.seconds);
      const cpuAfter = cpuSeconds(pid);
      const coreAfter = coreSeconds(SUBJECT_CORE);
      /** @type {Run} */
      const run = { scenario, subject: target.name, round, load, isVoid: Object.keys(load.errors).length > 0 };
      if (cpuBefore !== undefined && cpuAfter !== undefined && target.name !== 'mock') {
        run.cpu = { own: cpuAfter.own - cpuBefore.own, children: cpuAfter.children - cpuBefore.children };
        if (this.pinning && scenario !== 'latency' && coreBefore !== undefined && coreAfter !== undefined) {
          const others = coreAfter - coreBefore - run.cpu.own - run.cpu.children;
          run.othersShare = Math.max(0, others / load.seconds);
        }
      }
      const memory = memoryMib(pid);
      if (memory !== undefined) run.memory = memory;
      this.outcome.runs.push(run);
      const { p50, p99 } = load.latencyMs;
      const errors = run.isVoid ? ` VOID ${JSON.stringify(load.errors)}` : '';
      this.say(
        `${scenario} ${round}/${this.settings.rounds} ${target.name}: ${Math.round(load.perSecond)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms${errors}`,
      );
      return this.accountOf(load);
    });
    if (!target.child.running) throw new Error(`${target.name} ended during the run:\n${target.child.output}`);
  }

  /** @param {import('./load.mjs').LoadResult} load */
  accountOf({ answered, drained, generator }) {
    return { answers: answered, hangUps: drained && generator === 'own' ? 0 : this.settings.connections };
  }

  /**
   * Does something to a subject and notes what it made of it: requests seen upstream, and answers its clients got.
   * @param {Target | Subject} target
   * @param {() => Promise<{ answers: number, hangUps: number }>} work
   */
  async counted(target, work) {
    const before = await this.upstreamCount();
    const { answers, hangUps } = await work();
    await settle(target.child.pid);
    const account = this.accounts.get(target.name);
    if (account === undefined) return;
    account.upstream += (await this.upstreamCount()) - before;
    account.answers += answers;
    account.hangUps += hangUps;
  }

  async upstreamCount() {
    const response = await fetch(`http://127.0.0.1:${this.ports.mock}/stats`);
    const counters = /** @type {{ chat: number }} */ (await response.json());
    return counters.chat;
  }

  /**
   * One usage record for each request. Where the generator waits for every answer, exactly: records, requests seen by
   * the upstream and answers are one number. `wrk` hangs up at the end of each run on at most one request for each
   * connection, which may leave a record without an answer, or without ever reaching the upstream.
   * @param {Subject} nestgate @param {UsageRecords | undefined} records @param {number} recordsBefore
   * @returns {Promise<UsageVerdict>}
   */
  async checkUsage(nestgate, records, recordsBefore) {
    const account = this.accounts.get('nestgate');
    if (records === undefined || account === undefined) {
      return {
        exact: true,
        says: 'not counted: no database was given (BENCH_DATABASE_URL), and none was found in the data directory.',
      };
    }
    const loaded = (await records.settledCount(recordsBefore + account.upstream)) - recordsBefore;
    const { upstream, answers, hangUps } = account;
    const { connections, pauseMs } = this.settings;
    /** @type {readonly ['json' | 'stream', number][]} */
    const drainedLoads = [
      ['json', 2_000],
      ['stream', pauseMs === 0 ? 500 : 4 * connections],
    ];
    let drainedAnswers = 0;
    await this.counted(nestgate, async () => {
      for (const [kind, requests] of drainedLoads) {
        drainedAnswers += (await this.load(kind, nestgate, 60, requests)).answered;
      }
      return { answers: drainedAnswers, hangUps: 0 };
    });
    const drainedUpstream = account.upstream - upstream;
    const drained = (await records.settledCount(recordsBefore + loaded + drainedUpstream)) - recordsBefore - loaded;
    const total = drainedLoads.reduce((sum, [, requests]) => sum + requests, 0);
    const isDrainedExact = drained === total && drainedUpstream === total && drainedAnswers === total;
    const isLoadExact =
      hangUps === 0 ? loaded === upstream && loaded === answers : loaded >= answers && loaded <= answers + hangUps;
    const exact = isDrainedExact && isLoadExact;
    const slack = hangUps === 0 ? '' : ` (at most ${hangUps} hung up by the generator)`;
    return {
      exact,
      records: loaded + drained,
      upstream: account.upstream,
      answers: account.answers,
      says: `${exact ? 'exact' : 'NOT EXACT'}. Under load ${loaded} records, ${upstream} requests upstream, ${answers} answers${slack}; then, all waited for, ${drained} records, ${drainedUpstream} upstream, ${drainedAnswers} answers of ${total}.`,
    };
  }
}
