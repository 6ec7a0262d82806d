import { Logger } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { MetricsRead } from '../../src/events/metrics-read.js';
import { RetentionService } from '../../src/extensions/retention/retention.service.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { TypeOrmAdminAuditRepository } from '../../src/persistence/repositories/typeorm-admin-audit.repository.js';
import { TypeOrmAuditEntryRepository } from '../../src/persistence/repositories/typeorm-audit-entry.repository.js';
import { TypeOrmRetentionRepository } from '../../src/persistence/repositories/typeorm-retention.repository.js';
import { TypeOrmUsageQueries } from '../../src/persistence/repositories/typeorm-usage-queries.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { makeUsagePartition, usagePartitions } from '../../src/persistence/usage-partitions.js';
import { type RetentionOptions } from '../../src/retention.options.js';
import { auditEntry } from '../support/audit-entries.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';

let database: TestDatabase;
let dataSource: DataSource;
let bus: GatewayEventBus;
const services: RetentionService[] = [];

beforeEach(async () => {
  database = await testDatabase();
  dataSource = await database.open();
  bus = new GatewayEventBus();
});

afterEach(async () => {
  for (const service of services.splice(0)) service.onApplicationShutdown();
  await database.drop();
});

const DAY_MS = 86_400_000;
const now = new Date();
const monthsAgo = (months: number): number => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months);
const nameOf = (month: number): string => `usage_record_${new Date(month).toISOString().slice(0, 7).replace('-', '_')}`;
/** In the midst of a month. */
const recordOf = (month: number): UsageRecord => usageRecord({ startedAt: new Date(month + 15 * DAY_MS) });

async function insert(...records: UsageRecord[]): Promise<void> {
  await new TypeOrmUsageRecordRepository(dataSource).insertAll(records.map(encodeUsageRecord));
}

async function makeMonths(...months: number[]): Promise<void> {
  for (const month of months) await dataSource.transaction((on) => makeUsagePartition(on, 'nestgate', month));
}

function start(retention: RetentionOptions): void {
  const service = new RetentionService(bus, { retention }, new TypeOrmRetentionRepository(dataSource));
  services.push(service);
  service.onApplicationBootstrap();
}

const names = async (): Promise<string[]> => (await usagePartitions(dataSource, 'nestgate')).map(({ name }) => name);

const recordCount = async (): Promise<unknown> =>
  (await database.sql('SELECT count(*)::int FROM nestgate.usage_record'))[0]?.['count'];

/** By all that run. */
const removedOf = (table: string): number => {
  const read = new MetricsRead();
  bus.emit(read);
  return read.readings
    .filter(({ name, labels }) => name === 'retention_removed_total' && labels['table'] === table)
    .reduce((sum, { value }) => sum + value, 0);
};

describe('retention in Postgres', () => {
  it('drops the months that are over, once for all replicas, keeps what they add up to, and says so', async () => {
    const [old, young] = [monthsAgo(14), monthsAgo(3)];
    await makeMonths(old, young);
    await insert(recordOf(old), recordOf(old), recordOf(young), recordOf(monthsAgo(20)));
    for (let replica = 0; replica < 3; replica++) start({ usageDays: 300 });
    await expect.poll(recordCount).toBe(1);
    expect(await names()).toEqual([nameOf(young)]);
    const totals = await new TypeOrmUsageQueries(dataSource).totals([], {});
    expect(totals).toMatchObject([{ calls: 4 }]);
    const audit = await new TypeOrmAdminAuditRepository(dataSource).list({ action: 'usage.remove' }, 10);
    expect(audit).toMatchObject([
      { target: 'usage_record_rest', details: { records: 1, olderThanDays: 300 } },
      { target: nameOf(old), administrator: { tokenId: null, name: 'retention' }, details: { records: 2 } },
    ]);
    await expect.poll(() => removedOf('usage_record')).toBe(3);
  });

  it('keeps a month as long as anything in it is young enough', async () => {
    const month = monthsAgo(2);
    await makeMonths(month);
    await insert(recordOf(month), recordOf(monthsAgo(30)));
    const lastDay = monthsAgo(1) - DAY_MS;
    const days = Math.ceil((now.getTime() - lastDay) / DAY_MS);
    start({ usageDays: Math.max(days, 35) });
    // The rest is looked at after the months.
    await expect.poll(recordCount).toBe(1);
    expect(await names()).toEqual([nameOf(month)]);
  });

  it('drops no month with a record that the rollups do not count', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const old = monthsAgo(14);
    await makeMonths(old);
    await insert(recordOf(old));
    await database.sql('DELETE FROM nestgate.usage_rollup');
    start({ usageDays: 300 });
    await expect
      .poll(() => warn.mock.calls.map(([message]) => String(message)))
      .toContainEqual(expect.stringContaining(`${nameOf(old)} has more records of`));
    warn.mockRestore();
    expect(await recordCount()).toBe(1);
  });

  it('keeps everything unless it is told', async () => {
    await makeMonths(monthsAgo(40));
    await insert(recordOf(monthsAgo(40)));
    const repository = new TypeOrmRetentionRepository(dataSource);
    const query = vi.spyOn(dataSource, 'query');
    const service = new RetentionService(bus, { retention: {} }, repository);
    service.onApplicationBootstrap();
    service.onApplicationShutdown();
    expect(query).not.toHaveBeenCalled();
    expect(await recordCount()).toBe(1);
  });

  it('removes entries of the audit of requests, and no younger ones', async () => {
    const audit = new TypeOrmAuditEntryRepository(dataSource);
    const at = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
    await audit.insertAll([auditEntry({ at: at(40) }), auditEntry({ at: at(40) }), auditEntry({ at: at(10) })]);
    start({ auditDays: 30 });
    await expect.poll(() => removedOf('request_audit')).toBe(2);
    expect(await database.sql('SELECT count(*)::int FROM nestgate.request_audit')).toEqual([{ count: 1 }]);
  });
});
