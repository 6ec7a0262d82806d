import fc from 'fast-check';
import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryUsageQueries } from '../../src/admin/usage/memory-usage-queries.js';
import { USAGE_DIMENSIONS, type UsageFilter, type UsageQueries } from '../../src/admin/usage/usage-queries.js';
import { MemoryUsageRecordRepository } from '../../src/extensions/usage/memory-usage-record.repository.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { TypeOrmUsageQueries } from '../../src/persistence/repositories/typeorm-usage-queries.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { makeUsagePartition } from '../../src/persistence/usage-partitions.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';
import { removeUsage } from '../support/usage-rollups.js';

/** Many questions, on a machine that may have other things to do. */
const PATIENCE_MS = 120_000;

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await testDatabase();
  // Days are those of UTC, whatever the database thinks of.
  await database.sql(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Asia/Kolkata'); END $$`,
  );
  dataSource = await database.open();
  // Records of this month are in their partition, those of February in the rest.
  await dataSource.transaction((on) => makeUsagePartition(on, 'nestgate', Date.UTC(2026, 2)));
});

afterAll(() => database.drop());

beforeEach(() => removeUsage(database));

/** The same records in memory and in Postgres: two ways to answer the same questions. */
async function both(records: readonly UsageRecord[]): Promise<{ memory: UsageQueries; postgres: UsageQueries }> {
  const lines = records.map(encodeUsageRecord);
  const repository = new MemoryUsageRecordRepository();
  await repository.insertAll(lines);
  await new TypeOrmUsageRecordRepository(dataSource).insertAll(lines);
  return { memory: new MemoryUsageQueries(repository), postgres: new TypeOrmUsageQueries(dataSource) };
}

const names = fc.constantFrom('a', 'b');
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 1 });

const records = fc.array(
  fc
    .record({
      // Round the end of a month, or months apart.
      startedAt: fc.oneof(
        fc.date({
          noInvalidDate: true,
          min: new Date('2026-02-28T20:00:00Z'),
          max: new Date('2026-03-01T04:00:00Z'),
        }),
        fc.date({ noInvalidDate: true, min: new Date('2025-12-20'), max: new Date('2026-05-10') }),
      ),
      // Its name tells which it is: of a key whose name has changed, either name may be shown.
      keyId: fc.option(names),
      team: fc.option(names),
      organization: fc.option(names),
      endUser: fc.option(names),
      tag: fc.option(names),
      model: names,
      provider: fc.option(names),
      operation: fc.constantFrom('chat', 'embeddings'),
      status: fc.constantFrom('completed', 'failed', 'aborted'),
      grade: fc.constantFrom('exact', 'estimated', 'none'),
      cost: fc.option(fc.bigInt({ min: 0n, max: 2n ** 62n })),
      output: fc.nat(),
    })
    .map(({ output, ...changes }) =>
      usageRecord({ ...changes, keyName: `key-${changes.keyId}`, tokens: { ...NO_TOKENS, output } }),
    ),
  { maxLength: 40 },
);

const times = fc.oneof(
  fc.constantFrom(...['2026-03-01', '2026-02-28', '2026-03-02'].map((day) => new Date(day))),
  // Whole days, often of whole months.
  fc.constantFrom(
    ...['2026-01-01', '2026-01-17', '2026-04-01', '2026-04-03', '2026-05-01'].map((day) => new Date(day)),
  ),
  fc.date({ noInvalidDate: true, min: new Date('2026-02-28T20:00:00Z'), max: new Date('2026-03-01T04:00:00Z') }),
);

const filters: fc.Arbitrary<UsageFilter> = fc.record(
  {
    from: maybe(times),
    to: maybe(times),
    key: maybe(fc.constantFrom('a', 'key-b', 'key-null', 'odd\u0000')),
    team: maybe(names),
    organization: maybe(names),
    endUser: maybe(names),
    tag: maybe(names),
    model: maybe(names),
    provider: maybe(names),
    operation: maybe(fc.constantFrom('chat', 'none')),
    status: maybe(fc.constantFrom('completed' as const, 'failed' as const)),
    grade: maybe(fc.constantFrom('exact' as const, 'none' as const)),
  },
  { requiredKeys: [] },
);

/** Most filters let nothing through: one member at a time, or none. */
const oneOf = filters.chain((filter) =>
  fc.constantFrom<UsageFilter[]>({}, ...Object.entries(filter).map(([name, value]) => ({ [name]: value }))),
);

const sorted = <T>(values: readonly T[]): T[] => values.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? String(member) : member));

describe('usage in Postgres and in memory', () => {
  it(
    'adds up the same, by anything',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          records,
          fc.subarray([...USAGE_DIMENSIONS]),
          fc.oneof(oneOf, filters),
          async (given, by, filter) => {
            await removeUsage(database);
            const { memory, postgres } = await both(given);
            expect(sorted(await postgres.totals(by, filter))).toEqual(sorted(await memory.totals(by, filter)));
          },
        ),
        { numRuns: 30 },
      );
    },
    PATIENCE_MS,
  );

  it('adds up the same from any day to any other, over months and the days before and after them', async () => {
    const days = ['2026-01-31', '2026-02-01', '2026-02-17', '2026-02-28', '2026-03-01', '2026-04-01', '2026-04-02'].map(
      (day) => new Date(day),
    );
    const given = days.flatMap((startedAt) =>
      ['a', 'b'].map((team) => usageRecord({ startedAt, team, organization: null, model: team })),
    );
    const { memory, postgres } = await both(given);
    const bounds = [undefined, ...days];
    for (const [from, to] of bounds.flatMap((first) => bounds.map((end) => [first, end] as const))) {
      for (const [by, filter] of [
        [['team'], {}],
        [['organization', 'model'], { team: 'b' }],
      ] as const) {
        const asked = { ...filter, from, to };
        const expected = sorted(await memory.totals(by, asked));
        expect([from, to, sorted(await postgres.totals(by, asked))]).toEqual([from, to, expected]);
      }
    }
  });

  it(
    'tells the same records, page by page',
    async () => {
      await fc.assert(
        fc.asyncProperty(records, fc.oneof(oneOf, filters), async (given, filter) => {
          await removeUsage(database);
          const { memory, postgres } = await both(given);
          let before: string | undefined;
          for (;;) {
            const page = await postgres.records(filter, 7, before);
            expect(page).toEqual(await memory.records(filter, 7, before));
            if (page.length < 7) break;
            before = page.at(-1)?.requestId;
          }
        }),
        { numRuns: 20 },
      );
    },
    PATIENCE_MS,
  );

  it('adds up by the rollups when their records are gone', async () => {
    const { postgres } = await both([usageRecord(), usageRecord({ team: 'other' })]);
    await database.sql('TRUNCATE nestgate.usage_record');
    expect(await postgres.totals(['day', 'team'], { from: new Date('2026-03-01') })).toMatchObject([
      { group: { day: '2026-03-01', team: 'other' }, calls: 1 },
      { group: { day: '2026-03-01', team: 'search' }, calls: 1 },
    ]);
    expect(await postgres.totals(['model'], {})).toMatchObject([{ calls: 2 }]);
    expect(await postgres.totals(['team'], {})).toMatchObject([
      { group: { team: 'other' }, calls: 1 },
      { group: { team: 'search' }, calls: 1 },
    ]);
    expect(await postgres.totals(['hour'], {})).toEqual([]);
  });

  it('takes a key for one whatever its name was', async () => {
    const { memory, postgres } = await both([usageRecord({ keyName: 'old' }), usageRecord({ keyName: 'new' })]);
    for (const queries of [memory, postgres]) {
      const [total, ...others] = await queries.totals(['key'], {});
      expect(others).toEqual([]);
      expect(total).toMatchObject({ calls: 2, group: { key: { id: 'abcdefghijkl' } } });
    }
  });
});
