import { execFile } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

/** As whom Postgres runs; `undefined` for the user of this process. */
export type RunIdentity = { readonly uid: number; readonly gid: number } | undefined;

/** All that Postgres gets to see of an environment: ours holds secrets, and PG* settings meant for others. */
export const CLEAN_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Postgres refuses to run as root; then it runs as the owner of the cluster, else as `postgres`, else as `nobody`.
 * @param clusterDirs where the cluster is, if there is one yet
 * @throws EmbeddedPostgresError where there is neither
 */
export async function chooseIdentity(clusterDirs: readonly string[]): Promise<RunIdentity> {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  for (const clusterDir of clusterDirs) {
    const owner = await stat(clusterDir).catch(() => undefined);
    if (owner !== undefined && owner.uid !== 0) {
      return { uid: owner.uid, gid: owner.gid };
    }
  }
  for (const name of ['postgres', 'nobody']) {
    const uid = await run('id', ['-u', name], undefined);
    const gid = await run('id', ['-g', name], undefined);
    const identity = { uid: Number.parseInt(uid.output, 10), gid: Number.parseInt(gid.output, 10) };
    if (uid.ok && gid.ok && identity.uid > 0) {
      return identity;
    }
  }
  throw new EmbeddedPostgresError(
    'Postgres refuses to run as root, and this machine has neither a user "postgres" nor "nobody".',
  );
}

/** The numeric id of the user that owns Postgres's files. */
export function ownerId(identity: RunIdentity): number | undefined {
  return identity?.uid ?? process.getuid?.();
}

export async function give(path: string, identity: RunIdentity): Promise<void> {
  if (identity !== undefined) {
    await chown(path, identity.uid, identity.gid);
  }
}

/** @throws EmbeddedPostgresError for a user that has no name, as containers may have it: initdb gives up on these. */
export function requireNamedUser(identity: RunIdentity): void {
  if (identity !== undefined) {
    return;
  }
  try {
    userInfo();
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The user id ${process.getuid?.() ?? '?'} has no entry in the user database, which the embedded Postgres needs to create its files.`,
      { cause },
    );
  }
}

export interface RunResult {
  readonly ok: boolean;
  /** What it wrote, to both outputs. */
  readonly output: string;
  /** `ENOENT`, `EACCES`, … where it could not even be started. */
  readonly spawnCode: string | undefined;
}

/** Runs a short-lived command to its end, as another user where asked to. Never throws. */
export function run(command: string, args: readonly string[], identity: RunIdentity): Promise<RunResult> {
  return new Promise((resolve) => {
    // From the root: the working directory may be closed to the other user.
    const options = { ...identity, cwd: '/', env: CLEAN_ENVIRONMENT };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      const spawnCode = typeof error?.code === 'string' ? error.code : undefined;
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim(), spawnCode });
    });
  });
}
