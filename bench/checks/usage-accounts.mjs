import { scenarioOf } from '../scenarios.mjs';
import { UsageRecords } from './usage-check.mjs';

/**
 * @typedef {{ exact: boolean, says: string, records?: number, upstream?: number, answers?: number }} UsageVerdict
 * @typedef {{ upstream: number, answers: number, hangUps: number }} Account
 */

/**
 * One usage record for each request. Where the generator waits for every answer, exactly: records, requests seen by the
 * upstream and answers are one number. `wrk` hangs up at the end of each run on at most one request for each connection,
 * which may leave a record without an answer, or without ever reaching the upstream.
 */
export class UsageAccounts {
  /** @param {import('../stage.mjs').Stage} stage @param {UsageRecords | undefined} records @param {number} before */
  constructor(stage, records, before) {
    this.stage = stage;
    this.records = records;
    this.before = before;
    /** @type {Account} */
    this.account = { upstream: 0, answers: 0, hangUps: 0 };
  }

  /** @param {import('../stage.mjs').Stage} stage @param {import('../subjects/subject.mjs').Subject} nestgate */
  static async open(stage, nestgate) {
    const records = await UsageRecords.open(stage.settings.databaseUrl, nestgate.dataDirectory);
    return new UsageAccounts(stage, records, (await records?.count()) ?? 0);
  }

  async close() {
    await this.records?.close();
  }

  /** @param {Account} more */
  note({ upstream, answers, hangUps }) {
    this.account.upstream += upstream;
    this.account.answers += answers;
    this.account.hangUps += hangUps;
  }

  /** Records of this work count for nothing. @param {() => Promise<void>} work */
  async setAside(work) {
    const before = (await this.records?.settledCount(0)) ?? 0;
    await work();
    this.before += ((await this.records?.settledCount(0)) ?? 0) - before;
  }

  /** @param {import('../subjects/subject.mjs').Subject} nestgate @returns {Promise<UsageVerdict>} */
  async check(nestgate) {
    const { records, before, account } = this;
    if (records === undefined) {
      return {
        exact: true,
        says: 'not counted: no database was given (BENCH_DATABASE_URL), and none was found in the data directory.',
      };
    }
    const { upstream, answers, hangUps } = account;
    const loaded = (await records.settledCount(before + upstream)) - before;
    const drained = await this.drain(nestgate, records, before + loaded);
    const isDrainedExact = [drained.records, drained.upstream, drained.answers].every((sum) => sum === drained.total);
    const isLoadExact =
      hangUps === 0 ? loaded === upstream && loaded === answers : loaded >= answers && loaded <= answers + hangUps;
    const exact = isDrainedExact && isLoadExact;
    const slack = hangUps === 0 ? '' : ` (at most ${hangUps} hung up by the generator)`;
    return {
      exact,
      records: loaded + drained.records,
      upstream: upstream + drained.upstream,
      answers: answers + drained.answers,
      says: `${exact ? 'exact' : 'NOT EXACT'}. Under load ${loaded} records, ${upstream} requests upstream, ${answers} answers${slack}; then, all waited for, ${drained.records} records, ${drained.upstream} upstream, ${drained.answers} answers of ${drained.total}.`,
    };
  }

  /** @param {import('../subjects/subject.mjs').Subject} nestgate @param {UsageRecords} records @param {number} from */
  async drain(nestgate, records, from) {
    const { connections, pauseMs } = this.stage.settings;
    const loads = { json: 2_000, stream: pauseMs === 0 ? 500 : 4 * connections };
    const before = await this.stage.upstreamCalls();
    let answers = 0;
    for (const [name, requests] of Object.entries(loads)) {
      answers += (await this.stage.load(scenarioOf(name), nestgate, { seconds: 60, requests })).answered;
    }
    const upstream = (await this.stage.upstreamCalls()) - before;
    const stored = (await records.settledCount(from + upstream)) - from;
    return { total: loads.json + loads.stream, records: stored, upstream, answers };
  }
}
