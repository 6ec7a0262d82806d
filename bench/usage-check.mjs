import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const FLUSH_MS = 60_000;

/** Counts the usage records in the database that the benchmark was given. */
export class UsageRecords {
  /** @param {string} databaseUrl */
  constructor(databaseUrl) {
    this.client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
    // A database that goes away shows itself at the next query.
    this.client.on('error', () => undefined);
  }

  async open() {
    await this.client.connect();
  }

  async close() {
    await this.client.end();
  }

  /** @returns {Promise<number>} */
  async count() {
    const result = await this.client.query('SELECT count(*)::int AS count FROM usage_records');
    return Number(result.rows[0]?.count);
  }

  /**
   * Records are written behind the answers: waits until there are `expected`, or until their number stands still.
   * @param {number} expected
   */
  async settledCount(expected) {
    const end = Date.now() + FLUSH_MS;
    let last = -1;
    let lastChange = Date.now();
    while (Date.now() < end) {
      const count = await this.count();
      if (count !== last) lastChange = Date.now();
      last = count;
      // One look more once there are enough: too many is wrong as well.
      if (Date.now() - lastChange > (count >= expected ? 1_500 : 10_000)) break;
      await sleep(250);
    }
    return last;
  }
}
