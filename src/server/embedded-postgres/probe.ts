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

/** The cluster that the server on this socket serves; `undefined` where none is ready. */
export async function servedCluster(socketDir: string): Promise<string | undefined> {
  try {
    return await withClient(socketDir, SUPERUSER, async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      return rows[0]?.data_directory;
    });
  } catch {
    return undefined;
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
