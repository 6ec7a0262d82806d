import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';
import { removeUsage, rollupDifference } from '../support/usage-rollups.js';

/** Many batches, on a machine that may have other things to do. */
const PATIENCE_MS = 120_000;

let database: TestDatabase;
/** Each as another process would have it. */
let replicas: DataSource[];

beforeAll(async () => {
  database = await testDatabase();
  replicas = [await database.open(), await database.open(), await database.open()];
});

afterAll(() => database.drop());

beforeEach(() => removeUsage(database));

const texts = fc.constantFrom('a', 'b', 'c');
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 2 });
const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const records: fc.Arbitrary<UsageRecord> = fc
  .record({
    // Round midnight UTC at the end of a month, wherever the database thinks it is.
    startedAt: fc.date({ min: new Date('2026-02-28T23:00:00Z'), max: new Date('2026-03-01T01:00:00Z') }),
    keyId: maybe(texts),
    keyName: fc.constantFrom('a', 'b', 'odd\u0000'),
    team: maybe(texts),
    organization: maybe(texts),
    model: texts,
    provider: maybe(texts),
    operation: fc.constantFrom('chat', 'embeddings'),
    status: fc.constantFrom('completed', 'failed', 'aborted'),
    cost: maybe(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
    inputUncached: counts,
    output: counts,
  })
  .map(({ inputUncached, output, ...changes }) =>
    usageRecord({ ...changes, tokens: { ...NO_TOKENS, inputUncached, output } }),
  );

describe('the rollups', () => {
  it(
    'are the sums of the records, whatever replicas store at the same time',
    async () => {
      const batches = fc.array(fc.array(records, { minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(batches, async (given) => {
          await Promise.all(given.map((batch, index) => insert(replicas[index % replicas.length], batch)));
          expect(await rollupDifference(database)).toEqual([]);
        }),
        { numRuns: 25 },
      );
      expect(await database.sql('SELECT sum(calls) > 100 AS many FROM nestgate.usage_rollup')).toEqual([
        { many: true },
      ]);
    },
    PATIENCE_MS,
  );

  it('count each record once, however often it is sent and by whom', async () => {
    const batch = Array.from({ length: 50 }, () => usageRecord());
    await Promise.all(replicas.map((replica) => insert(replica, [...batch, ...batch])));
    await insert(replicas[0], batch);
    expect(await database.sql('SELECT calls::int, cost::text FROM nestgate.usage_rollup')).toEqual([
      { calls: 50, cost: String(50n * 21_000_000_000n) },
    ]);
  });

  it('do not stop replicas that meet on the same rows in other orders', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    const batchOf = (keys: string[]): UsageRecord[] => keys.map((keyName) => usageRecord({ keyId: null, keyName }));
    const rounds = Array.from({ length: 30 }, (_, round) =>
      replicas.map((replica, index) =>
        insert(replica, batchOf((round + index) % 2 === 0 ? names : names.toReversed())),
      ),
    );
    await Promise.all(rounds.flat());
    expect(await database.sql('SELECT DISTINCT calls::int FROM nestgate.usage_rollup')).toEqual([{ calls: 90 }]);
  });

  it('take sums that are larger than any column of a record', async () => {
    const tokens = { ...NO_TOKENS, output: Number.MAX_SAFE_INTEGER };
    const large = (): UsageRecord => usageRecord({ tokens, cost: 2n ** 63n - 1n });
    for (let batch = 0; batch < 2; batch++) await insert(replicas[0], Array.from({ length: 1_000 }, large));
    expect(await rollupDifference(database)).toEqual([]);
  });

  it('stay when records are deleted', async () => {
    await insert(replicas[0], [usageRecord()]);
    await database.sql('DELETE FROM nestgate.usage_record');
    for (const table of ['usage_rollup', 'usage_by_month', 'usage_by_day']) {
      expect(await database.sql(`SELECT calls::int FROM nestgate.${table}`)).toEqual([{ calls: 1 }]);
    }
  });

  it('of months and days count what anybody stores, whatever else he may do', async () => {
    const role = `plain_${randomUUID().replaceAll('-', '')}`;
    await insert(replicas[0], [usageRecord()]);
    await database.sql(
      `CREATE ROLE ${role}`,
      `GRANT USAGE ON SCHEMA nestgate TO ${role}`,
      `GRANT SELECT, INSERT ON nestgate.usage_record TO ${role}`,
    );
    try {
      await database.sql(
        `SET ROLE ${role}`,
        `INSERT INTO nestgate.usage_record
         SELECT (json_populate_record(record, '{"request_id": "0198c000-0000-7000-8000-000000000000"}')).*
           FROM nestgate.usage_record AS record`,
      );
      for (const table of ['usage_by_month', 'usage_by_day']) {
        expect(await database.sql(`SELECT calls::int FROM nestgate.${table}`)).toEqual([{ calls: 2 }]);
      }
    } finally {
      await database.sql(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    }
  });
});

async function insert(replica: DataSource | undefined, batch: readonly UsageRecord[]): Promise<void> {
  if (replica === undefined) throw new TypeError('There is no such replica');
  await new TypeOrmUsageRecordRepository(replica).insertAll(batch.map(encodeUsageRecord));
}
