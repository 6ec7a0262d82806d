import { type DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { TypeOrmBudgetLedger } from '../../src/persistence/repositories/typeorm-budget-ledger.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { testDatabase, type TestDatabase } from './postgres.js';

export interface PostgresBudgets {
  readonly database: TestDatabase;
  /** With no accounts. */
  open(): Promise<{ ledger: TypeOrmBudgetLedger; records: TypeOrmUsageRecordRepository }>;
  /** Another ledger on the same accounts; closed before the next is opened. */
  ledgerOn(dataSource: DataSource, timeoutMs?: number): TypeOrmBudgetLedger;
}

/** Other tests may keep the machine busy. */
const PATIENT_MS = 20_000;

/** Budgets in a database that the tests of a file have together. To be called at the top of the file. */
export function postgresBudgets(): PostgresBudgets {
  let database: TestDatabase;
  let shared: DataSource;
  const ledgers: TypeOrmBudgetLedger[] = [];
  // Each test has its own, and a server only so many connections.
  const close = async (): Promise<void> => {
    for (const ledger of ledgers.splice(0)) await ledger.onApplicationShutdown();
  };

  beforeAll(async () => {
    database = await testDatabase();
    shared = await database.open({ poolSize: 4 });
  });

  afterAll(async () => {
    await close();
    await database.drop();
  });

  const ledgerOn = (dataSource: DataSource, timeoutMs?: number): TypeOrmBudgetLedger => {
    const ledger = new TypeOrmBudgetLedger(dataSource, undefined, timeoutMs);
    ledgers.push(ledger);
    return ledger;
  };
  return {
    get database() {
      return database;
    },
    open: async () => {
      await close();
      await database.sql(
        `TRUNCATE nestgate.budget_account, nestgate.budget_owner, nestgate.budget_reservation, nestgate.budget_alert`,
      );
      return { ledger: ledgerOn(shared, PATIENT_MS), records: new TypeOrmUsageRecordRepository(shared) };
    },
    ledgerOn,
  };
}
