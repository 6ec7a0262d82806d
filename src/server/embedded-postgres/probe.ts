import pg from 'pg';
import { PORT } from './socket-directory.js';

export const SUPERUSER = 'postgres';

/** Runs one task on a connection of its own. */
export async function withClient<T>(
  socketDir: string,
  database: string,
  task: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: socketDir,
    port: PORT,
    user: SUPERUSER,
    database,
    // Given, so that PGSSLMODE and the like, meant for another server, have no say.
    ssl: false,
    connectionTimeoutMillis: 5_000,
  });
  // A server that ends reports on its connections too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await task(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What answers on a socket. */
export interface Probe {
  /** The folder of the cluster that is served; `undefined` where no server is ready. */
  readonly cluster: string | undefined;
  /** Whether a server is there and at work on its start, or on its end. */
  readonly isBusy: boolean;
  /** Why there was no answer. */
  readonly problem: string;
}

const CANNOT_CONNECT_NOW = '57P03';

/** Never throws. */
export async function probe(socketDir: string): Promise<Probe> {
  try {
    return await withClient(socketDir, SUPERUSER, async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      return { cluster: rows[0]?.data_directory, isBusy: false, problem: '' };
    });
  } catch (error) {
    const isBusy = error instanceof Error && 'code' in error && error.code === CANNOT_CONNECT_NOW;
    return { cluster: undefined, isBusy, problem: String(error) };
  }
}

/** Creates a database unless it is there. */
export async function ensureDatabase(socketDir: string, name: string): Promise<void> {
  await withClient(socketDir, SUPERUSER, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`).catch((error: unknown) => {
        if (!isDuplicate(error)) {
          throw error;
        }
      });
    }
  });
}

// Another process created it in the same moment: which of the two codes comes is a matter of timing.
function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '42P04' || error.code === '23505');
}
