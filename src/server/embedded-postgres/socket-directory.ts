import { chmod, link, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { isAlreadyThere } from './native-package.js';
import { give, ownerId, type RunIdentity } from './run-identity.js';

export const PORT = 5432;

// The shortest limit of the systems that Postgres runs on (macOS; Linux has 107).
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * A private folder with a path short enough for a Unix socket. The data directory remembers it, so that every process
 * on the same data, and every later start, looks in the same place.
 */
export async function socketDirectory(dataDir: string, identity: RunIdentity): Promise<string> {
  const noteFile = join(dataDir, 'socket-directory');
  for (let attempt = 1; attempt <= 5; attempt++) {
    const noted = await readFile(noteFile, 'utf8').catch(() => undefined);
    if (noted !== undefined) {
      if (await claimSocketDirectory(noted, identity)) {
        return noted;
      }
      await rm(noteFile, { force: true });
    }
    const created = await createSocketDirectory(dataDir, identity);
    if (await writeNote(noteFile, created)) {
      return created;
    }
    await rm(created, { recursive: true, force: true });
  }
  throw new EmbeddedPostgresError(`${noteFile} cannot be written.`);
}

/** Forgets the noted folder: a copied data directory has brought along that of its original. */
export async function forgetSocketDirectory(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'socket-directory'), { force: true });
}

/**
 * Makes sure that the folder is there and is Postgres's own.
 * @returns false where it is not: in a folder for everyone's temporary files anyone could have made it meanwhile
 */
export async function claimSocketDirectory(path: string, identity: RunIdentity): Promise<boolean> {
  if (!fitsSocket(path)) {
    return false;
  }
  try {
    await mkdir(path, { mode: 0o700 });
    await give(path, identity);
    return true;
  } catch (error) {
    if (!isAlreadyThere(error)) {
      return false;
    }
  }
  const found = await lstat(path);
  return found.isDirectory() && found.uid === ownerId(identity) && (found.mode & 0o077) === 0;
}

async function createSocketDirectory(dataDir: string, identity: RunIdentity): Promise<string> {
  // Root's own temporary folder may be closed to Postgres's user.
  const parents = identity === undefined ? [tmpdir(), '/tmp', dataDir] : ['/tmp', dataDir];
  for (const parent of parents) {
    const prefix = join(parent, 'nestgate-');
    if (!fitsSocket(`${prefix}XXXXXX`)) {
      continue;
    }
    const created = await mkdtemp(prefix).catch(() => undefined);
    if (created !== undefined) {
      await chmod(created, 0o700);
      await give(created, identity);
      return created;
    }
  }
  throw new EmbeddedPostgresError(`There is no place for Postgres's socket: tried ${parents.join(', ')}.`);
}

function fitsSocket(dir: string): boolean {
  return Buffer.byteLength(join(dir, `.s.PGSQL.${PORT}`)) <= MAX_SOCKET_PATH_BYTES;
}

async function writeNote(noteFile: string, content: string): Promise<boolean> {
  const temporary = `${noteFile}.${randomUUID()}`;
  await writeFile(temporary, content);
  try {
    // Whole and only if there is none yet, both at once.
    await link(temporary, noteFile);
    return true;
  } catch (error) {
    if (isAlreadyThere(error)) {
      return false;
    }
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
