import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeUpstream } from './fake-upstream.js';
import { type GatewayProcess } from './gateway-processes.js';
import { type HoldOptions, Invariants } from './invariants.js';
import { Oracle } from './oracle.js';
import { testDatabase, type TestDatabase } from './postgres.js';

/** What a test needs whose gateways are processes of their own, and whose records an oracle checks. */
export interface OracleBed {
  readonly database: TestDatabase;
  readonly upstream: FakeUpstream;
  readonly oracle: Oracle;
  /** Empty. */
  readonly folder: string;
  /** Has an eye on a gateway from now on: how it is now is how it should be when all is over. */
  watch(gateway: GatewayProcess): Promise<void>;
  /** Waits until it is so, and sees that every invariant of a fault holds: see {@link Invariants}. */
  holds(options?: HoldOptions): Promise<void>;
  close(): Promise<void>;
}

/** @param name of the folder. */
export async function oracleBed(name: string): Promise<OracleBed> {
  const database = await testDatabase();
  const upstream = await FakeUpstream.start();
  const folder = await mkdtemp(join(tmpdir(), `nestgate-${name}-`));
  const oracle = new Oracle(upstream, database.url);
  const invariants = new Invariants(oracle, database);
  return {
    database,
    upstream,
    oracle,
    folder,
    watch: (gateway) => invariants.watch(gateway),
    holds: (options) => invariants.hold(options),
    close: async () => {
      await upstream.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
