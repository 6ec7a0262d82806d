import { onTestFinished } from 'vitest';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { type GatewayModuleExtras } from '../../src/gateway.module-definition.js';
import { testDatabase, type TestDatabase } from './postgres.js';

/** Where a gateway under test keeps things: what it says is said of either. */
export const STORAGES = [
  ['in memory', () => Promise.resolve({})],
  ['in Postgres', async () => ({ storage: storageOn(await freshDatabase()) })],
] as const satisfies readonly (readonly [string, () => Promise<GatewayModuleExtras>])[];

/** A database that goes with its test: to be asked for before anything that uses it. */
export async function freshDatabase(): Promise<TestDatabase> {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  return database;
}

export function storageOn({ url }: TestDatabase): NonNullable<GatewayModuleExtras['storage']> {
  return PersistenceModule.forRoot({ url, poolSize: 4 });
}
