import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeUpstream } from './fake-upstream.js';
import { Oracle } from './oracle.js';
import { testDatabase, type TestDatabase } from './postgres.js';

/** What a test needs whose gateways are processes of their own, and whose records an oracle checks. */
export interface OracleBed {
  readonly database: TestDatabase;
  readonly upstream: FakeUpstream;
  readonly oracle: Oracle;
  /** Empty. */
  readonly folder: string;
  close(): Promise<void>;
}

/** @param name of the folder. */
export async function oracleBed(name: string): Promise<OracleBed> {
  const database = await testDatabase();
  const upstream = await FakeUpstream.start();
  const folder = await mkdtemp(join(tmpdir(), `nestgate-${name}-`));
  return {
    database,
    upstream,
    oracle: new Oracle(upstream, database.url),
    folder,
    close: async () => {
      await upstream.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
