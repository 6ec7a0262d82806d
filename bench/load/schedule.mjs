/**
 * When the requests of an open loop are due: evenly, from a start that never moves. A late answer, or a generator that was
 * late itself, shifts nothing of what comes after it.
 */
export class Schedule {
  /** @param {{ rate: number, seconds: number, warmUpSeconds: number }} plan `rate`: requests per second */
  constructor({ rate, seconds, warmUpSeconds }) {
    this.rate = rate;
    this.warmUpMs = warmUpSeconds * 1000;
    this.total = Math.floor(rate * (warmUpSeconds + seconds));
  }

  /** Milliseconds after the start at which a request is due. @param {number} index from 0 */
  dueAfter(index) {
    return (index * 1000) / this.rate;
  }

  /** Whether a request is measured: the generator's own first ones run code that is not compiled yet. @param {number} index */
  counts(index) {
    return this.dueAfter(index) >= this.warmUpMs;
  }
}

/**
 * What an open loop notes of its requests. All times count from the moment a request was **due**: a server that stands
 * still for a second gets no gift of requests not sent meanwhile ("coordinated omission").
 */
export class OpenLoopTimes {
  constructor() {
    /** @type {number[]} */
    this.latencies = [];
    /** @type {number[]} */
    this.firstBytes = [];
    /** How late the generator itself was. @type {number[]} */
    this.lags = [];
  }

  /** @param {{ due: number, sent: number }} moments in milliseconds of one clock */
  sent({ due, sent }) {
    this.lags.push(sent - due);
  }

  /** @param {{ due: number, first: number, end: number }} moments in milliseconds of one clock */
  answered({ due, first, end }) {
    this.firstBytes.push(first - due);
    this.latencies.push(end - due);
  }
}
