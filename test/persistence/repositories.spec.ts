import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type StoredApiKey } from '../../src/auth/api-key.repository.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { UsageRecordEntity } from '../../src/persistence/entities/usage-record.entity.js';
import { TypeOrmApiKeyRepository } from '../../src/persistence/repositories/typeorm-api-key.repository.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { USAGE_RECORD_COLUMNS } from '../../src/persistence/repositories/usage-record.columns.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await testDatabase();
  dataSource = await database.open({ poolSize: 4 });
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  await database.sql('TRUNCATE nestgate.api_key, nestgate.usage_record');
});

describe('TypeOrmUsageRecordRepository', () => {
  it('stores a record as it is', async () => {
    const records = [
      usageRecord(),
      usageRecord({ cost: null, priceVersion: null, units: { seconds: 2.5 }, failedAttemptsCost: 7n }),
      usageRecord({
        firstChunkMs: null,
        streaming: false,
        keyId: null,
        endUser: null,
        tag: null,
        provider: null,
        upstreamModel: null,
        status: 'failed',
        httpStatus: 503,
        errorCode: 'upstream_unreachable',
        grade: 'none',
        attempts: [],
      }),
      usageRecord({
        attempts: [
          { deployment: 'a/m', status: null, error: 'lacks_tools', durationMs: 0 },
          { deployment: 'b/m', status: 200, error: null, durationMs: 3.5, warnings: ['seed', 'logit_bias'] },
        ],
      }),
    ];
    await insert(...records);
    for (const record of records) {
      expect(await stored(record.requestId)).toEqual(record);
    }
  });

  it('writes every column that the entity has, and no other', () => {
    const { columns } = dataSource.getMetadata(UsageRecordEntity);
    const described = columns.map(({ databaseName, type }) => `${databaseName} ${String(type)}`);
    expect(USAGE_RECORD_COLUMNS.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(described.sort());
  });

  it('passes over records that are there, and over doubles within a batch', async () => {
    const first = usageRecord({ model: 'first' });
    await insert(first);
    const fresh = usageRecord();
    await insert({ ...first, model: 'second' }, fresh, { ...fresh, model: 'double' });
    expect(await stored(first.requestId)).toEqual(first);
    expect(await stored(fresh.requestId)).toEqual(fresh);
    expect(await recordCount()).toBe(2);
  });

  it('takes an empty batch', async () => {
    await insert();
    expect(await recordCount()).toBe(0);
  });

  it('takes 2,000 records at once', async () => {
    await insert(...Array.from({ length: 2_000 }, () => usageRecord()));
    expect(await recordCount()).toBe(2_000);
  });

  it('counts tokens exactly up to 2^53-1', async () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const tokens = Object.fromEntries(Object.keys(NO_TOKENS).map((bucket, index) => [bucket, largest - index]));
    const record = usageRecord({ tokens: { ...NO_TOKENS, ...tokens } });
    await insert(record);
    expect((await stored(record.requestId))?.tokens).toEqual(record.tokens);
  });

  it.each([
    ['NUL', 'a\u0000b', 'a\uFFFDb'],
    ['a lone high surrogate', 'a\uD83Db', 'a\uFFFDb'],
    ['a lone low surrogate', '\uDE00', '\uFFFD'],
    ['quotes, braces and backslashes', '{"a",\\b\',NULL}', '{"a",\\b\',NULL}'],
    ['an escape that is none', '\\u0000', '\\u0000'],
    ['an emoji', '😀', '😀'],
    ['the word NULL', 'NULL', 'NULL'],
    ['nothing', '', ''],
    ['512 characters', 'x'.repeat(512), 'x'.repeat(512)],
    ['more than 512 characters', 'x'.repeat(100_000), 'x'.repeat(512)],
    ['a pair at the cut', `${'x'.repeat(511)}😀`, 'x'.repeat(511)],
  ])('stores text with %s', async (_what, given, kept) => {
    const attempt = { status: null, durationMs: 1 };
    const record = usageRecord({
      endUser: given,
      requestModel: given,
      model: given,
      keyName: given,
      attempts: [{ ...attempt, deployment: given, error: given }],
    });
    await insert(record, usageRecord());
    expect(await stored(record.requestId)).toEqual({
      ...record,
      endUser: kept,
      requestModel: kept,
      model: kept,
      keyName: kept,
      attempts: [{ ...attempt, deployment: kept, error: kept }],
    });
  });

  it('loses no batch over a number or a time that makes no sense', async () => {
    const tokens = { inputUncached: -5, cacheRead: Number.NaN, output: Infinity, reasoning: 1e300, inputAudio: 2.7 };
    const odd = usageRecord({
      startedAt: new Date(Number.NaN),
      durationMs: Number.NaN,
      firstChunkMs: Infinity,
      httpStatus: 99_999,
      tokens: { ...NO_TOKENS, ...tokens },
    });
    await insert(usageRecord(), odd, usageRecord({ startedAt: new Date(-8.64e15) }));
    expect(await recordCount()).toBe(3);
    const found = await stored(odd.requestId);
    expect(found).toMatchObject({ durationMs: 0, firstChunkMs: null, httpStatus: 32_767 });
    expect(found?.tokens).toEqual({
      ...NO_TOKENS,
      reasoning: Number.MAX_SAFE_INTEGER,
      inputAudio: 2,
    });
  });

  it('keeps a request whose id is no UUID, once', async () => {
    await insert(usageRecord({ requestId: 'not a uuid' }));
    await insert(usageRecord({ requestId: 'not a uuid' }), usageRecord({ requestId: 'nor this' }));
    expect(await recordCount()).toBe(2);
  });

  it('goes on after the server has cut every idle connection', async () => {
    // Fills the pool, so that there are several dead connections to trip over.
    const runners = [1, 2, 3, 4].map(() => dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    await Promise.all(runners.map((runner) => runner.release()));
    const keys = new TypeOrmApiKeyRepository(dataSource);
    expect(await database.cutConnections('nestgate')).toBe(4);
    await insert(usageRecord());
    await database.cutConnections('nestgate');
    expect(await keys.count()).toBe(0);
    expect(await recordCount()).toBe(1);
  });

  it('tries again when its connection is cut in the middle of an insert', async () => {
    const blocker = await database.open({ applicationName: 'blocker', poolSize: 1 });
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE nestgate.usage_record');
    const inserting = insert(usageRecord());
    await expect.poll(() => database.waiting()).toEqual([{ program: 'nestgate', lock: 'relation' }]);
    await database.cutConnections('nestgate');
    await blocker.query('COMMIT');
    await inserting;
    expect(await recordCount()).toBe(1);
  });

  it('gives up on a server that does not answer, with an error', async () => {
    const impatient = await database.open({ statementTimeoutMs: 100 });
    await expect(impatient.query('SELECT pg_sleep(30)')).rejects.toThrow('statement timeout');
  });
});

describe('TypeOrmApiKeyRepository', () => {
  it('finds what it stored', async () => {
    const keys = new TypeOrmApiKeyRepository(dataSource);
    const key = apiKey();
    expect(await keys.insert(key)).toBe(true);
    expect(await keys.findById(key.id)).toEqual({ ...key, previousDigest: null, previousUntil: null, owners: [] });
    expect(await keys.count()).toBe(1);
  });

  it('finds nothing under other ids, whatever they hold', async () => {
    const keys = new TypeOrmApiKeyRepository(dataSource);
    await keys.insert(apiKey());
    for (const id of ['unknown', '', "' OR ''='", '\u0000', '\uD800']) {
      expect(await keys.findById(id)).toBeUndefined();
    }
  });

  it('changes nothing where the id is taken', async () => {
    const keys = new TypeOrmApiKeyRepository(dataSource);
    const key = apiKey();
    await keys.insert(key);
    expect(await keys.insert({ ...key, name: 'other', digest: Buffer.alloc(32) })).toBe(false);
    expect(await keys.findById(key.id)).toEqual({ ...key, previousDigest: null, previousUntil: null, owners: [] });
  });

  it('keeps the difference between all models and none', async () => {
    const keys = new TypeOrmApiKeyRepository(dataSource);
    await keys.insert(apiKey({ id: 'all', allowedModels: null }));
    await keys.insert(apiKey({ id: 'none', allowedModels: [] }));
    await keys.insert(apiKey({ id: 'odd', allowedModels: ['a,b', '"', 'NULL', 'x\u0000'] }));
    expect((await keys.findById('all'))?.allowedModels).toBeNull();
    expect((await keys.findById('none'))?.allowedModels).toEqual([]);
    expect((await keys.findById('odd'))?.allowedModels).toEqual(['a,b', '"', 'NULL', 'x\uFFFD']);
  });
});

function apiKey(changes: Partial<StoredApiKey> = {}): StoredApiKey {
  return {
    id: 'abcdefghijkl',
    name: 'tests',
    digest: Buffer.from([0, 255, 39, 92, ...Array.from({ length: 28 }, (_, index) => index)]),
    masked: 'sk-…wxyz',
    allowedModels: ['gpt-4o-mini', 'fast'],
    settings: { team: 'search' },
    createdAt: new Date('2026-03-01T12:00:00.123Z'),
    expiresAt: new Date('2027-03-01T00:00:00Z'),
    disabledAt: null,
    ...changes,
  };
}

async function insert(...records: UsageRecord[]): Promise<void> {
  await new TypeOrmUsageRecordRepository(dataSource).insertAll(records.map(encodeUsageRecord));
}

async function stored(requestId: string): Promise<UsageRecord | null> {
  return await dataSource.getRepository(UsageRecordEntity).findOneBy({ requestId });
}

async function recordCount(): Promise<unknown> {
  const [row] = await database.sql('SELECT count(*)::int FROM nestgate.usage_record');
  return row?.['count'];
}
