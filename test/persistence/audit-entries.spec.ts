import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditEntry } from '../../src/extensions/audit/audit-entry.js';
import { RequestAuditEntity } from '../../src/persistence/entities/request-audit.entity.js';
import { TypeOrmAuditEntryRepository } from '../../src/persistence/repositories/typeorm-audit-entry.repository.js';
import { auditEntry } from '../support/audit-entries.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let dataSource: DataSource;
let repository: TypeOrmAuditEntryRepository;

beforeAll(async () => {
  database = await testDatabase();
  dataSource = await database.open();
  repository = new TypeOrmAuditEntryRepository(dataSource);
});
afterAll(() => database.drop());
beforeEach(() => database.sql('TRUNCATE nestgate.request_audit'));

const stored = async (): Promise<AuditEntry[]> =>
  (await dataSource.getRepository(RequestAuditEntity).find({ order: { requestId: 'ASC' } })).map((row) => ({ ...row }));

describe('TypeOrmAuditEntryRepository', () => {
  it('stores entries as they are', async () => {
    const entries = [
      auditEntry({ requestBody: '{"a":"ü\\n"}', responseBody: 'x'.repeat(20_000) }),
      auditEntry({
        keyId: null,
        team: null,
        organization: null,
        endUser: null,
        clientAddress: null,
        deployment: null,
        answeredBy: 'cache',
        status: 'refused',
        httpStatus: 429,
        errorCode: 'rate_limit_exceeded',
      }),
    ];
    await repository.insertAll(entries);
    expect(await stored()).toEqual(entries);
  });

  it('passes over one that is there already', async () => {
    const entry = auditEntry();
    await repository.insertAll([entry]);
    await repository.insertAll([{ ...entry, keyName: 'another' }, auditEntry()]);
    const [first, ...others] = await stored();
    expect(first).toEqual(entry);
    expect(others).toHaveLength(1);
  });

  it('alters what Postgres refuses, and loses no entry over it', async () => {
    await repository.insertAll([
      auditEntry({
        endUser: 'a\0b',
        requestBody: 'nul \0 and half \ud800 a pair',
        responseBody: '\u0000',
        durationMs: Number.NaN,
        httpStatus: 1e9,
        at: new Date(Number.NaN),
        model: 'm'.repeat(10_000),
      }),
    ]);
    const [entry] = await stored();
    expect(entry).toMatchObject({
      endUser: 'a\ufffdb',
      requestBody: 'nul \ufffd and half \ufffd a pair',
      responseBody: '\ufffd',
      durationMs: 0,
      httpStatus: 32_767,
    });
    expect(entry?.model).toHaveLength(512);
  });
});
