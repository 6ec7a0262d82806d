import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { embeddedConnection } from '../checks/usage-check.mjs';

const DAYS = 30;

/** Keys in the database of a Nestgate under test. */
export class StoredKeys {
  /** @param {import('pg').Client} client @param {(key: string) => Buffer} digest @param {() => { id: string, key: string }} generate */
  constructor(client, digest, generate) {
    this.client = client;
    this.digest = digest;
    this.generate = generate;
  }

  /**
   * @param {{ dataDirectory: string, masterKey: Buffer }} nestgate
   * @param {string} main whose own functions make the keys
   */
  static async open({ dataDirectory, masterKey }, main) {
    const connection = embeddedConnection(dataDirectory);
    if (connection === undefined) throw new Error('The embedded Postgres was not found.');
    const client = new pg.Client(connection);
    client.on('error', () => undefined);
    await client.connect();
    const module = pathToFileURL(join(dirname(main), 'auth', 'api-key.js')).href;
    const { generateApiKey, keyDigests } = await import(module);
    const digests = keyDigests(masterKey);
    return new StoredKeys(client, (key) => digests.of(key), generateApiKey);
  }

  async close() {
    await this.client.end();
  }

  /**
   * @param {number} active keys that can be used, which are returned
   * @param {number} others that are only there
   */
  async add(active, others) {
    const keys = Array.from({ length: active }, () => this.generate());
    await this.client.query(
      `INSERT INTO nestgate.api_key (id, name, digest, masked, created_at)
       SELECT id, 'bench ' || id, decode(digest, 'hex'), 'sk-…', now()
       FROM unnest($1::text[], $2::text[]) AS given (id, digest)`,
      [keys.map(({ id }) => id), keys.map(({ key }) => this.digest(key).toString('hex'))],
    );
    await this.client.query(
      `INSERT INTO nestgate.api_key (id, name, digest, masked, created_at)
       SELECT lpad(i::text, 12, '0'), 'other ' || i, sha256(i::text::bytea), 'sk-…', now()
       FROM generate_series(1, $1::int) AS i`,
      [others],
    );
    await this.client.query('ANALYZE nestgate.api_key');
    return keys.map(({ key }) => key);
  }
}

/**
 * Usage records of the last days, of a thousand keys.
 * @param {import('pg').Client} client @param {number} rows
 */
export async function storeUsageRows(client, rows) {
  // Triggers would gather them all before they add them up, and nobody asks here what they add up to.
  await client.query('ALTER TABLE nestgate.usage_record DISABLE TRIGGER USER');
  await client.query(
    `INSERT INTO nestgate.usage_record (
       request_id, started_at, duration_ms, operation, streaming, key_id, key_name, request_model, model, provider,
       upstream_model, status, http_status, grade, input_uncached, cache_read, cache_write_5m, cache_write_1h,
       input_audio, output, reasoning, output_audio, cost, attempts)
     SELECT uuidv7(age), now() + age, 100, 'chat', false, 'key-' || i % 1000, 'bench', 'gpt-4o-mini', 'gpt-4o-mini',
       'mock', 'gpt-4o-mini', 'completed', 200, 'exact', 312, 0, 0, 0, 0, 20, 0, 0, 58800000, '[]'
     FROM generate_series(1, $1::int) AS i, LATERAL (SELECT make_interval(secs => (i - $1::int) * $2::float / $1::int)) AS s (age)`,
    [rows, DAYS * 86_400],
  );
  await client.query('ALTER TABLE nestgate.usage_record ENABLE TRIGGER USER');
  await client.query('VACUUM ANALYZE nestgate.usage_record');
}
