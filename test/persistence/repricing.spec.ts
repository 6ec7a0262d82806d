import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RepricingService } from '../../src/extensions/usage/repricing.service.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { TypeOrmRepricingRepository } from '../../src/persistence/repositories/typeorm-repricing.repository.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';
import { priceBook } from '../support/prices.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';
import { removeUsage, rollupDifference } from '../support/usage-rollups.js';

const TOKENS = { ...NO_TOKENS, inputUncached: 1_000_000 };
const USD = 1_000_000_000_000n;

let database: TestDatabase;
let dataSource: DataSource;
let service: RepricingService;

beforeAll(async () => {
  database = await testDatabase();
  dataSource = await database.open({ poolSize: 4 });
  const prices = priceBook({
    providers: [{ name: 'own', kind: 'vllm' }],
    prices: [
      { provider: 'own', model: 'a', input: 1 },
      { provider: 'own', model: 'a', input: '2.5', validFrom: '2026-06-01' },
      { provider: 'own', model: 'b', input: 7 },
    ],
  });
  service = new RepricingService(prices, new TypeOrmRepricingRepository(dataSource));
});

afterAll(() => database.drop());

beforeEach(async () => {
  await removeUsage(database);
  await database.sql('TRUNCATE nestgate.repricing');
});

/** A record as it would have been made at that time. */
function recordAt(time: string, changes: Partial<UsageRecord> = {}): UsageRecord {
  const startedAt = new Date(time);
  const shared = { provider: 'own', model: 'a', upstreamModel: 'a', tokens: TOKENS, cost: null, priceVersion: null };
  return usageRecord({ startedAt, ...shared, ...changes });
}

async function insert(...records: UsageRecord[]): Promise<void> {
  await new TypeOrmUsageRecordRepository(dataSource).insertAll(records.map(encodeUsageRecord));
}

const costs = async (): Promise<unknown[]> =>
  (await database.sql('SELECT cost::text FROM nestgate.usage_record ORDER BY started_at')).map(({ cost }) => cost);

const rollups = (): Promise<unknown[]> =>
  database.sql(
    'SELECT day::text, cost::text, unpriced::int FROM nestgate.usage_rollup ORDER BY day, model, coalesce(provider, $$$$)',
  );

const audit = (): Promise<Record<string, unknown>[]> =>
  database.sql('SELECT run, by, provider, model, changed, old_cost::text, new_cost::text FROM nestgate.repricing');

const YEAR = { from: new Date('2026-01-01'), to: new Date('2027-01-01'), by: 'admin:anna' };

describe('RepricingService on Postgres', () => {
  it('rates each call by the price that held when it started, and brings it to the rollups', async () => {
    await insert(
      recordAt('2026-05-31T23:59:59.999Z'),
      recordAt('2026-06-01T00:00:00.000Z', { cost: 5n, priceVersion: 'old' }),
      recordAt('2026-06-01T12:00:00.000Z', { provider: 'gone', cost: 9n }),
      recordAt('2026-06-02T12:00:00.000Z', { grade: 'none', cost: 0n }),
      recordAt('2027-01-01T00:00:00.000Z'),
    );
    const result = await service.rerate(YEAR);
    expect(result).toMatchObject({ records: 4, unpriced: 1, changed: 2, oldCost: 5n, newCost: (7n * USD) / 2n });
    expect(await costs()).toEqual([String(USD), String((5n * USD) / 2n), '9', '0', null]);
    expect(await rollupDifference(database)).toEqual([]);
    expect(await audit()).toEqual([
      {
        run: result.id,
        by: 'admin:anna',
        provider: null,
        model: null,
        changed: 2,
        old_cost: '5',
        new_cost: String((7n * USD) / 2n),
      },
    ]);
  });

  it('changes nothing the second time, and leaves no row that says it did', async () => {
    await insert(recordAt('2026-05-01T00:00:00.000Z'));
    await service.rerate(YEAR);
    const before = await rollups();
    expect(await service.rerate(YEAR)).toMatchObject({ records: 1, changed: 0, oldCost: 0n, newCost: 0n });
    expect(await rollups()).toEqual(before);
    expect(await audit()).toHaveLength(1);
  });

  it('only says what would change where that is asked', async () => {
    await insert(recordAt('2026-05-01T00:00:00.000Z'));
    expect(await service.rerate({ ...YEAR, dryRun: true })).toMatchObject({ changed: 1, oldCost: 0n, newCost: USD });
    expect(await costs()).toEqual([null]);
    expect(await audit()).toEqual([]);
  });

  it('keeps to the provider and the model that are asked for', async () => {
    await insert(
      recordAt('2026-05-01T00:00:00.000Z'),
      recordAt('2026-05-02T00:00:00.000Z', { model: 'alias', upstreamModel: 'b' }),
    );
    expect(await service.rerate({ ...YEAR, provider: 'other' })).toMatchObject({ records: 0 });
    expect(await service.rerate({ ...YEAR, provider: 'own', model: 'b' })).toMatchObject({ changed: 1 });
    expect(await costs()).toEqual([null, String(7n * USD)]);
  });

  it('goes on over batches, and two runs at once come to the same', async () => {
    const start = Date.parse('2026-05-01T00:00:00.000Z');
    await insert(...Array.from({ length: 2_345 }, (_, at) => recordAt(new Date(start + at * 60_000).toISOString())));
    const [one, other] = await Promise.all([service.rerate(YEAR), service.rerate(YEAR)]);
    expect(one.changed + other.changed).toBe(2_345);
    expect(one.newCost + other.newCost).toBe(2_345n * USD);
    expect(await rollupDifference(database)).toEqual([]);
    expect((await audit()).reduce((sum, { changed }) => sum + Number(changed), 0)).toBe(2_345);
  });

  it('keeps its audit whoever asks', async () => {
    await insert(recordAt('2026-05-01T00:00:00.000Z'));
    await service.rerate(YEAR);
    await expect(database.sql(`UPDATE nestgate.repricing SET by = 'nobody'`)).rejects.toThrow('append only');
    await expect(database.sql('DELETE FROM nestgate.repricing')).rejects.toThrow('append only');
  });
});
