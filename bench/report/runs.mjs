import { onOwnCore } from '../processes/family.mjs';
import { median, pairedMedian } from './statistics.mjs';

/**
 * One run of the load against one subject.
 * @typedef {{
 *   scenario: string,
 *   subject: string,
 *   round: number,
 *   rate?: number,
 *   load: import('../load/load.mjs').LoadResult,
 *   isVoid: boolean,
 * } & import('../stage.mjs').Observation} Run
 *   `rate`: of an open loop; `isVoid`: an answer was wrong or missing, so the figure counts for nothing
 */

/** The runs of one scenario that count; of one rate, where it is a ladder. */
export class Runs {
  /** @param {readonly Run[]} all @param {string} scenario @param {number} [rate] */
  constructor(all, scenario, rate) {
    this.all = all.filter((run) => run.scenario === scenario && run.rate === rate);
    this.good = this.all.filter((run) => !run.isVoid);
  }

  /** @param {string} subject */
  of(subject) {
    return this.good.filter((run) => run.subject === subject);
  }

  /** @param {string} subject */
  voided(subject) {
    return this.all.filter((run) => run.subject === subject && run.isVoid).length;
  }

  /** @param {string} subject @param {(run: Run) => number | undefined} pick */
  median(subject, pick) {
    const values = this.of(subject)
      .map(pick)
      .filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  }

  /** Median requests per second. @param {string} subject */
  perSecond(subject) {
    return this.median(subject, (run) => run.load.perSecond);
  }

  /**
   * Two subjects compared round by round.
   * @param {string} subject @param {string} other
   * @param {(run: Run) => number | undefined} pick @param {(value: number, other: number) => number} combine
   */
  compared(subject, other, pick, combine) {
    return subject === other
      ? undefined
      : pairedMedian(this.byRound(subject, pick), this.byRound(other, pick), combine);
  }

  /** How many requests a subject answers for each of another's. @param {string} subject @param {string} other */
  ratio(subject, other) {
    return this.compared(
      subject,
      other,
      (run) => run.load.perSecond,
      (own, base) => own / base,
    );
  }

  /** @param {string} subject @param {(run: Run) => number | undefined} pick @returns {Map<number, number>} */
  byRound(subject, pick) {
    /** @type {Map<number, number>} */
    const values = new Map();
    for (const run of this.of(subject)) {
      const value = pick(run);
      if (value !== undefined) values.set(run.round, value);
    }
    return values;
  }
}

/** How busy the subject kept its core: near 1, it was the subject that set the pace. @param {Run} run */
export const busy = ({ cpu, load }) => (cpu === undefined ? undefined : onOwnCore(cpu) / load.seconds);

/** @param {Run} run */
export const cpuMicros = ({ cpu, load }) =>
  cpu === undefined ? undefined : ((cpu.own + cpu.children) / load.requests) * 1e6;

/** @param {Run} run */
export const ownCpuMicros = ({ cpu, load }) => (cpu === undefined ? undefined : (cpu.own / load.requests) * 1e6);
