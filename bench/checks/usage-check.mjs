import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const FLUSH_MS = 60_000;

/**
 * The embedded database of a Nestgate, whose socket is noted in the data directory; `undefined` where there is no such note.
 * @param {string | undefined} dataDirectory
 * @returns {import('pg').ClientConfig | undefined}
 */
export function embeddedConnection(dataDirectory) {
  try {
    const host = readFileSync(join(dataDirectory ?? '', 'postgres', 'socket-directory'), 'utf8').trim();
    return { host, port: 5432, user: 'postgres', database: 'nestgate' };
  } catch {
    return undefined;
  }
}

/** Counts the usage records of the Nestgate under test. */
export class UsageRecords {
  /** @param {import('pg').ClientConfig} connection */
  constructor(connection) {
    this.client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
    // A database that goes away shows itself at the next query.
    this.client.on('error', () => undefined);
  }

  /**
   * @param {string | undefined} databaseUrl @param {string | undefined} dataDirectory
   * @returns {Promise<UsageRecords | undefined>}
   */
  static async open(databaseUrl, dataDirectory) {
    const connection =
      databaseUrl === undefined ? embeddedConnection(dataDirectory) : { connectionString: databaseUrl };
    if (connection === undefined) return undefined;
    const records = new UsageRecords(connection);
    await records.client.connect();
    return records;
  }

  async close() {
    await this.client.end();
  }

  /** @returns {Promise<number>} */
  async count() {
    const result = await this.client.query('SELECT count(*)::int AS count FROM nestgate.usage_record');
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
