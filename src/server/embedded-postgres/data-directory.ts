import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { isAlreadyThere, type NativePostgres } from './native-package.js';
import { give, requireNamedUser, run, type RunIdentity } from './run-identity.js';

const CLUSTER = 'pgdata';
const UNFINISHED = `${CLUSTER}.init-`;
const ABANDONED_AFTER_MS = 600_000;

// Root's own folders are closed to the user that Postgres runs as.
const FALLBACK_ROOT = '/var/lib/nestgate';

export function clusterDirectory(dataDir: string): string {
  return join(dataDir, CLUSTER);
}

/** Where the data go when the wanted folder is out of Postgres's reach. */
export function fallbackDirectory(wanted: string): string {
  const path = resolve(wanted);
  const distinct = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return join(FALLBACK_ROOT, `${basename(path)}-${distinct}`);
}

/**
 * Makes the folder for the data, or the one in its place, and returns its real path.
 * @throws EmbeddedPostgresError where neither can be reached by the user that Postgres runs as
 */
export async function prepareDataDirectory(
  wanted: string,
  identity: RunIdentity,
  log: (line: string) => void,
): Promise<string> {
  if (identity === undefined) {
    await mkdir(wanted, { recursive: true });
    return await realpath(wanted);
  }
  const fallback = fallbackDirectory(wanted);
  // Data once kept in the fallback stay in use, even after the wanted folder was opened.
  const isWantedUsed = await exists(clusterDirectory(wanted));
  const isFallbackUsed = await exists(clusterDirectory(fallback));
  const candidates = isFallbackUsed && !isWantedUsed ? [fallback] : [wanted, fallback];
  for (const dir of candidates) {
    await makeReachable(dir);
    if ((await run('/bin/sh', ['-c', 'cd "$0"', await realpath(dir)], identity)).ok) {
      if (dir === fallback) {
        log(`Postgres cannot run as root, and its user cannot reach ${resolve(wanted)}: the data are in ${fallback}.`);
      }
      return await realpath(dir);
    }
  }
  throw new EmbeddedPostgresError(`Neither ${resolve(wanted)} nor ${fallback} can be reached by Postgres's user.`, {
    remedy: 'Set NESTGATE_DATA_DIR to a folder that every user may pass through, or DATABASE_URL.',
  });
}

/**
 * Creates the cluster unless it is there. It is made beside its place and then moved, so that a start broken off half
 * way leaves nothing in the way of the next one.
 * @throws EmbeddedPostgresError for data of another major version, or of another user
 */
export async function ensureCluster(dataDir: string, native: NativePostgres, identity: RunIdentity): Promise<string> {
  const cluster = clusterDirectory(dataDir);
  const version = await clusterVersion(cluster);
  if (version === undefined) {
    await createCluster(dataDir, cluster, native, identity);
  } else if (version !== native.majorVersion) {
    throw new EmbeddedPostgresError(
      `The data in ${cluster} are of Postgres ${version}, the embedded Postgres is version ${native.majorVersion}.`,
      { remedy: `Move them with pg_dump of version ${version}, or start with another NESTGATE_DATA_DIR.` },
    );
  }
  return cluster;
}

async function clusterVersion(cluster: string): Promise<string | undefined> {
  try {
    const entries = await readdir(cluster);
    if (entries.length === 0) {
      return undefined;
    }
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' && !(await exists(cluster))) {
      return undefined;
    }
    throw new EmbeddedPostgresError(
      code === 'ENOENT'
        ? `${cluster} holds something else than a Postgres cluster.`
        : `${cluster} cannot be read by this user: another user has created it.`,
      { remedy: 'Use another NESTGATE_DATA_DIR, or run as the user that owns this one.', cause },
    );
  }
}

async function createCluster(
  dataDir: string,
  cluster: string,
  native: NativePostgres,
  identity: RunIdentity,
): Promise<void> {
  requireNamedUser(identity);
  await removeAbandoned(dataDir);
  const temporary = await mkdtemp(join(dataDir, UNFINISHED));
  try {
    await give(temporary, identity);
    await initialise(temporary, native, identity);
    await rename(temporary, cluster);
    await syncDirectory(dataDir);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process that started at the same time was first: its cluster is as good.
    if (!isAlreadyThere(error)) {
      throw error;
    }
  }
}

async function initialise(dir: string, native: NativePostgres, identity: RunIdentity): Promise<void> {
  // prettier-ignore
  const result = await run(native.initdb, [
    '-D', dir, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8', '--no-instructions',
  ], identity);
  if (!result.ok) {
    throw new EmbeddedPostgresError(`initdb failed: ${result.spawnCode ?? result.output}.`);
  }
}

async function removeAbandoned(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const path = join(dataDir, name);
    // A young one may be the work of a process that is still at it.
    if (name.startsWith(UNFINISHED) && Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function makeReachable(dir: string): Promise<void> {
  const path = resolve(dir);
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) {
    return;
  }
  // The umask may have closed what was created here.
  for (let current = path; current.length >= first.length; current = dirname(current)) {
    await chmod(current, 0o711);
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
