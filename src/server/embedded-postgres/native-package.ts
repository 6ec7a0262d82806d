import { cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { run, type RunIdentity } from './run-identity.js';

export interface NativePackage {
  /** The package's folder. */
  readonly dir: string;
  readonly version: string;
}

export interface NativePostgres {
  readonly initdb: string;
  readonly postgres: string;
  /** `18` */
  readonly majorVersion: string;
}

/**
 * The installed package with the binaries for this platform.
 * @throws EmbeddedPostgresError where there is none
 */
export async function findNativePackage(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<NativePackage> {
  if (platform === 'win32') {
    throw new EmbeddedPostgresError('The embedded Postgres does not run on Windows.');
  }
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    const dir = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    return { dir, version: await readVersion(dir) };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The embedded Postgres needs the package ${name}, which is not installed: npm leaves optional packages out on platforms it does not know, and with --omit=optional.`,
      { cause },
    );
  }
}

/**
 * Makes the binaries runnable: as they stand in the package or, where the user that runs them cannot reach them or
 * the package cannot be completed, as a copy.
 * @param copyDir an existing folder for the copy, reachable for that user
 * @throws EmbeddedPostgresError where they do not run here at all
 */
export async function prepareNative(
  found: NativePackage,
  copyDir: string,
  identity: RunIdentity,
): Promise<NativePostgres> {
  const inPlace = join(found.dir, 'native');
  const isLinked = await addSymlinks(found.dir, inPlace);
  const problem = isLinked ? await problemWith(inPlace, identity) : 'EACCES';
  if (problem === undefined) {
    return describe(inPlace, found.version);
  }
  if (problem !== 'EACCES') {
    throw new EmbeddedPostgresError(problem);
  }
  const copied = await copyNative(found, copyDir);
  const problemThere = await problemWith(copied, identity);
  if (problemThere !== undefined) {
    throw new EmbeddedPostgresError(`Postgres cannot be run from ${copied}: ${problemThere}.`);
  }
  return describe(copied, found.version);
}

function describe(native: string, version: string): NativePostgres {
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
  };
}

async function problemWith(native: string, identity: RunIdentity): Promise<string | undefined> {
  const { ok, output, spawnCode } = await run(join(native, 'bin', 'initdb'), ['--version'], identity);
  if (ok) {
    return undefined;
  }
  if (spawnCode === 'ENOENT') {
    return 'The embedded Postgres needs the GNU C library, which this system lacks (Alpine Linux has musl).';
  }
  if (spawnCode === 'EPERM') {
    return `This process may not start Postgres as user ${identity?.uid ?? '?'}.`;
  }
  return spawnCode ?? `The embedded Postgres does not run on this system: ${output}.`;
}

async function copyNative(found: NativePackage, copyDir: string): Promise<string> {
  const target = join(copyDir, `postgres-${found.version}`);
  const temporary = await mkdtemp(`${target}.`);
  try {
    await cp(join(found.dir, 'native'), join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
    await addSymlinks(found.dir, join(temporary, 'native'));
    await rename(join(temporary, 'native'), target);
  } catch (error) {
    if (!isAlreadyThere(error)) {
      throw error;
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return target;
}

/**
 * The libraries' links: packages cannot hold any, and the script that would add them does not run with
 * `--ignore-scripts`.
 * @returns whether all of them are there now
 */
async function addSymlinks(packageDir: string, native: string): Promise<boolean> {
  const list: unknown = JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of symlinkList(list)) {
    const link = join(native, relative('native', target));
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      if (!isAlreadyThere(error)) {
        return false;
      }
    }
  }
  return true;
}

function symlinkList(list: unknown): { source: string; target: string }[] {
  return (Array.isArray(list) ? list : []).flatMap((item: unknown) =>
    typeof item === 'object' &&
    item !== null &&
    'source' in item &&
    'target' in item &&
    typeof item.source === 'string' &&
    typeof item.target === 'string'
      ? [{ source: item.source, target: item.target }]
      : [],
  );
}

async function readVersion(dir: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    return String(manifest.version);
  }
  throw new TypeError(`${dir}/package.json has no version.`);
}

export function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTEMPTY');
}
