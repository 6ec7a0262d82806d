import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageAccounts } from './checks/usage-accounts.mjs';
import { answerBytes, verifyAnswer, verifyKeysAreChecked } from './checks/verify.mjs';
import { measureErrorStorm } from './measures/error-storm.mjs';
import { measureGrowth } from './measures/growth.mjs';
import { measureMemory } from './measures/memory.mjs';
import { measureWorkers } from './measures/workers.mjs';
import { measureSlowStreams } from './measures/slow-streams.mjs';
import { callgrind } from './processes/callgrind.mjs';
import { memoryMib, settle } from './processes/family.mjs';
import { shown } from './report/table.mjs';
import { chatBody } from './requests.mjs';
import { scenarioOf } from './scenarios.mjs';
import { Stage } from './stage.mjs';
import { SubjectMissing } from './subjects/subject.mjs';
import { startSubject } from './subjects/subjects.mjs';

/**
 * @typedef {import('./report/runs.mjs').Run} Run
 * @typedef {import('./scenarios.mjs').Scenario} Scenario
 * @typedef {import('./subjects/subject.mjs').Subject} Subject
 * @typedef {{ subject: string, version: string, idleMib: number | undefined }} SubjectInfo
 * @typedef {{
 *   runs: Run[],
 *   subjects: SubjectInfo[],
 *   skipped: string[],
 *   mockMaximum: Record<string, number>,
 *   usage: import('./checks/usage-accounts.mjs').UsageVerdict | undefined,
 *   slowStreams: import('./measures/slow-streams.mjs').SlowStreams[],
 *   errorStorms: import('./measures/error-storm.mjs').ErrorStorm[],
 *   memory: import('./measures/memory.mjs').MemoryOverTime[],
 *   growth: import('./measures/growth.mjs').Growth[],
 *   workers: import('./measures/workers.mjs').Workers[],
 *   profiles: string[],
 *   failure: string | undefined,
 * }} Outcome
 *   `failure`: what went wrong first, so that no more was measured
 */

/**
 * Node compiles what runs often while it runs: the last of a gateway's functions after some tens of thousands of requests.
 * What is fast enough has had as many before it is measured; what is slow has had so many times the warm-up's time.
 */
const WARM_REQUESTS = 40_000;
const MOST_WARMUPS = 5;

/** Of the files of profiles. */
const ENDINGS = { cpu: 'cpuprofile', allocations: 'heapprofile', instructions: 'instructions.json' };

/** Ways to measure that start subjects of their own. @type {ReadonlySet<import('./scenarios.mjs').How>} */
const BRINGS_ITS_OWN = new Set(['memory', 'growth', 'workers']);

/** One whole run: starts everything, measures in turn, checks the accounts. Children are left to `endAll`. */
export class Benchmark {
  /**
   * @param {import('./settings.mjs').Settings} settings
   * @param {import('./machine.mjs').Machine} machine
   * @param {string} folder of the results
   * @param {(line: string) => void} say progress
   */
  constructor(settings, machine, folder, say) {
    this.settings = settings;
    this.folder = folder;
    this.say = say;
    this.stage = new Stage(settings, machine, say);
    /** @type {Outcome} */
    this.outcome = {
      runs: [],
      subjects: [],
      skipped: [],
      mockMaximum: {},
      usage: undefined,
      slowStreams: [],
      errorStorms: [],
      memory: [],
      growth: [],
      workers: [],
      profiles: [],
      failure: undefined,
    };
    /** @type {UsageAccounts | undefined} */
    this.accounts = undefined;
    /** Requests of warm-ups, by subject and scenario. @type {Map<string, number>} */
    this.warmedBy = new Map();
  }

  async run() {
    const { stage, settings } = this;
    const scenarios = settings.scenarios.map(scenarioOf);
    await stage.assertPortsFree();
    const mock = await stage.startMock();
    await this.measureMock(scenarios, mock);
    let subjects = await this.startSubjects(scenarios);
    const nestgate = subjects.find(({ name }) => name === 'nestgate');
    if (nestgate !== undefined) this.accounts = await UsageAccounts.open(stage, nestgate);
    subjects = await this.verified(subjects, scenarios);
    const deadline = performance.now() + (settings.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
    for (const scenario of scenarios) {
      if (performance.now() > deadline) {
        this.outcome.skipped.push(`${scenario.name}: ${settings.minutes} minutes were over`);
        continue;
      }
      const targets = subjects.filter(({ name }) => scenario.takes.some((taken) => taken === name));
      const isDone = await this.attempt(scenario.name, () => this.measure(scenario, targets, deadline));
      if (!isDone) break;
    }
    await this.attempt('usage records', async () => {
      if (nestgate !== undefined) this.outcome.usage = await this.accounts?.check(nestgate);
    });
    await this.accounts?.close();
    for (const { child } of subjects) await child.end(30_000);
    await mock.child.end();
    return this.outcome;
  }

  /** Load straight against the mock: what no subject could exceed. @param {readonly Scenario[]} scenarios @param {Subject} mock */
  async measureMock(scenarios, mock) {
    for (const scenario of scenarios.filter(({ how }) => how === 'closed')) {
      await this.stage.load(scenario, mock, { seconds: 1 });
      const { perSecond, errors } = await this.stage.load(scenario, mock, {
        seconds: Math.min(this.settings.all ? 2 : 3, this.settings.seconds),
      });
      if (Object.keys(errors).length > 0) throw new Error(`The mock upstream failed: ${JSON.stringify(errors)}`);
      this.outcome.mockMaximum[scenario.name] = perSecond;
      this.say(`mock alone, ${scenario.name}: ${perSecond.toFixed(0)}/s`);
    }
  }

  /** @param {readonly Scenario[]} scenarios */
  async startSubjects(scenarios) {
    /** @type {Subject[]} */
    const subjects = [];
    for (const name of this.settings.subjects) {
      if (!scenarios.some(({ takes, how }) => takes.includes(name) && !BRINGS_ITS_OWN.has(how))) continue;
      try {
        this.say(`starting ${name}`);
        const subject = await startSubject(name, this.stage.surroundings());
        await settle(subject.child.pid);
        subjects.push(subject);
        const idleMib = memoryMib(subject.child.pid)?.rss;
        this.outcome.subjects.push({ subject: name, version: subject.version, idleMib });
      } catch (error) {
        if (!(error instanceof SubjectMissing)) throw error;
        this.skip(name, error.message);
      }
    }
    return subjects;
  }

  /**
   * What was measured before is worth a report, whatever comes.
   * @param {string} name @param {() => Promise<void>} work @returns {Promise<boolean>} whether it could be done
   */
  async attempt(name, work) {
    try {
      await work();
      return true;
    } catch (error) {
      const failure = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      this.outcome.failure ??= failure;
      this.say(`FAILED: ${failure}`);
      return false;
    }
  }

  /** @param {string} name @param {string} reason */
  skip(name, reason) {
    this.say(`${name} is skipped: ${reason}`);
    this.outcome.skipped.push(`${name}: ${reason}`);
  }

  /** The answers are right before they are counted. A peer that answers wrongly is left out. @param {readonly Subject[]} subjects @param {readonly Scenario[]} scenarios */
  async verified(subjects, scenarios) {
    /** @type {Subject[]} */
    const good = [];
    for (const subject of subjects) {
      try {
        await this.verify(subject, scenarios);
        good.push(subject);
      } catch (error) {
        if (subject.name === 'bare' || subject.name.startsWith('nestgate')) throw error;
        this.skip(subject.name, error instanceof Error ? error.message : String(error));
        this.outcome.subjects = this.outcome.subjects.filter((one) => one.subject !== subject.name);
        await subject.child.end();
      }
    }
    return good;
  }

  /** @param {Subject} subject @param {readonly Scenario[]} scenarios */
  async verify(subject, scenarios) {
    const { name, origin } = subject;
    if (name.startsWith('nestgate')) await verifyKeysAreChecked(name, origin, chatBody({ stream: false }));
    await this.counted(subject, async () => {
      let answers = 0;
      for (const scenario of scenarios) {
        if (scenario.how !== 'closed' || !scenario.takes.some((taken) => taken === name)) continue;
        const { check, ...request } = this.stage.request(scenario, subject);
        await verifyAnswer(name, request, check);
        this.stage.sizes.set(`${name} ${scenario.name}`, await answerBytes(request));
        answers += 2;
      }
      return { answers, hangUps: 0 };
    });
  }

  /** @param {Scenario} scenario @param {readonly Subject[]} targets @param {number} deadline */
  async measure(scenario, targets, deadline) {
    const { stage, outcome } = this;
    switch (scenario.how) {
      case 'closed':
        return this.measureRounds(scenario, targets, undefined);
      case 'open':
        for (const rate of this.settings.rates) await this.measureRounds(scenario, targets, rate);
        return;
      case 'slow-streams':
        for (const target of targets) {
          await this.counted(target, async () => {
            const measured = await measureSlowStreams(stage, scenario, target);
            outcome.slowStreams.push(measured);
            return { answers: measured.answers, hangUps: measured.hangUps };
          });
        }
        return;
      case 'error-storm':
        for (const target of targets) {
          await this.uncounted(target, async () => {
            outcome.errorStorms.push(await measureErrorStorm(stage, scenario, target));
          });
        }
        return;
      case 'memory':
        outcome.memory.push(await measureMemory(stage, scenario));
        return;
      case 'growth':
        for await (const growth of measureGrowth(stage, scenario, deadline)) outcome.growth.push(growth);
        return;
      case 'workers':
        outcome.workers.push(...(await measureWorkers(stage, scenario)));
        if (outcome.workers.length === 0) this.skip('workers', 'this Nestgate has none');
    }
  }

  /** @param {Scenario} scenario @param {readonly Subject[]} subjects @param {number | undefined} rate of an open loop */
  async measureRounds(scenario, subjects, rate) {
    const { rounds, seconds, profile } = this.settings;
    const targets = [...subjects];
    const effort = (/** @type {number} */ time) => ({ seconds: time, ...(rate === undefined ? {} : { rate }) });
    if (profile !== 'instructions') for (const target of targets) await this.warmUp(scenario, target);
    for (let round = 1; round <= rounds; round++) {
      for (const target of targets) {
        if (profile !== undefined) await this.profiled(scenario, target, profile, round, effort(seconds));
        else await this.measureOnce(scenario, target, round, effort(seconds));
      }
      // Another one is first next time, so that none always follows the same neighbour.
      const [first] = targets.splice(0, 1);
      if (first !== undefined) targets.push(first);
    }
  }

  /**
   * As fast as it goes also before an open loop: a process that is still compiling runs into a queue that it never forgets.
   * @param {Scenario} scenario @param {Subject} target
   */
  async warmUp(scenario, target) {
    const what = `${scenario.name} ${target.name}`;
    for (let turn = 0; turn < MOST_WARMUPS; turn++) {
      await this.counted(target, async () => {
        const load = await this.stage.load(scenario, target, { seconds: this.settings.warmup });
        this.warmedBy.set(what, (this.warmedBy.get(what) ?? 0) + load.requests);
        return accountOf(load, this);
      });
      if ((this.warmedBy.get(what) ?? 0) >= WARM_REQUESTS) return;
    }
  }

  /** @param {Scenario} scenario @param {Subject} target @param {number} round @param {import('./stage.mjs').Effort} effort */
  async measureOnce(scenario, target, round, effort) {
    await this.counted(target, async () => {
      const { result: load, seen } = await this.stage.observed(target, () => this.stage.load(scenario, target, effort));
      const isVoid = Object.keys(load.errors).length > 0;
      const { rate } = effort;
      const at = rate === undefined ? {} : { rate };
      this.outcome.runs.push({ scenario: scenario.name, subject: target.name, round, ...at, load, isVoid, ...seen });
      const { p50, p99 } = load.latencyMs;
      const errors = isVoid ? ` VOID ${JSON.stringify(load.errors)}` : '';
      const pace = rate === undefined ? `${load.perSecond.toFixed(0)}/s` : `at ${rate}/s`;
      this.say(
        `${scenario.name} ${round}/${this.settings.rounds} ${target.name}: ${pace}, p50 ${shown(p50, 2)} ms, p99 ${shown(p99, 2)} ms${errors}`,
      );
      return accountOf(load, this);
    });
  }

  /**
   * @param {Scenario} scenario @param {Subject} target @param {'cpu' | 'allocations' | 'instructions'} kind
   * @param {number} round @param {import('./stage.mjs').Effort} effort
   */
  async profiled(scenario, target, kind, round, effort) {
    const ending = ENDINGS[kind];
    const file = join(this.folder, `${scenario.name}-${target.name}-${round}.${ending}`);
    if (kind === 'instructions') {
      // V8 lets go of code that has not run for a minute: warm is what was warmed up just before.
      const warmUp = () => this.warmUp(scenario, target);
      await warmUp();
      const measure = () => this.measureOnce(scenario, target, round, effort);
      const counted = await callgrind.count(target.child, warmUp, measure);
      const requests = this.outcome.runs.at(-1)?.load.answered;
      writeFileSync(file, JSON.stringify({ requests, ...counted }));
      this.outcome.profiles.push(file);
      return;
    }
    await target.child.ask('profile-start', { kind, file });
    await this.measureOnce(scenario, target, round, effort);
    if (await target.child.ask('profile-stop', { kind, file })) this.outcome.profiles.push(file);
  }

  /**
   * Does something to a subject and notes what it made of it: requests seen upstream, and answers its clients got.
   * @param {Subject} target
   * @param {() => Promise<{ answers: number, hangUps: number }>} work
   */
  async counted(target, work) {
    const before = await this.stage.upstreamCalls();
    const { answers, hangUps } = await work();
    await settle(target.child.pid);
    if (target.name !== 'nestgate') return;
    this.accounts?.note({ upstream: (await this.stage.upstreamCalls()) - before, answers, hangUps });
  }

  /** Work after which answers and requests upstream are not one to one. @param {Subject} target @param {() => Promise<void>} work */
  async uncounted(target, work) {
    if (target.name === 'nestgate' && this.accounts !== undefined) await this.accounts.setAside(work);
    else await work();
    await settle(target.child.pid);
  }
}

/** @param {import('./load/load.mjs').LoadResult} load @param {Benchmark} benchmark */
function accountOf({ answered, drained, generator, errors }, { settings }) {
  if (generator === 'wrk') return { answers: answered, hangUps: settings.connections };
  return { answers: answered, hangUps: drained ? 0 : Object.values(errors).reduce((sum, count) => sum + count, 0) };
}
