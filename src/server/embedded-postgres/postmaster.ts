import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CLEAN_ENVIRONMENT, type RunIdentity } from './run-identity.js';
import { PORT } from './socket-directory.js';

/*
 * The shell holds a pipe from us. When this process is gone, whatever ended it, the pipe closes and Postgres is told
 * to stop at once (INT: "fast shutdown"). Signals meant for us, such as those of Ctrl-C or of a service manager, pass
 * the shell by: Postgres has to outlive our own orderly end.
 * @see https://www.postgresql.org/docs/18/server-shutdown.html
 */
const WATCHDOG = `trap '' HUP INT TERM
exec 3<&0
"$@" </dev/null 3<&- & server=$!
(read -r _ <&3; kill -INT $server) & watcher=$!
wait $server; status=$?
kill -KILL $watcher 2>/dev/null
exit $status`;

const KEPT_LINES = 20;

/** One run of the Postgres server. */
export class Postmaster {
  /** Settles when the server has ended. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  #hasExited = false;

  constructor(
    postgres: string,
    private readonly clusterDir: string,
    socketDir: string,
    identity: RunIdentity,
    log: (line: string) => void,
  ) {
    const settings = {
      listen_addresses: '',
      unix_socket_directories: socketDir,
      port: String(PORT),
      timezone: 'UTC',
      log_timezone: 'UTC',
      log_checkpoints: 'off',
      // Failed statements come back to us as errors; in a log their text could show what it should not.
      log_min_error_statement: 'panic',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#child = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', postgres, '-D', clusterDir, ...flags], {
      ...identity,
      cwd: '/',
      env: CLEAN_ENVIRONMENT,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.exited = new Promise((resolve) => {
      const end = (): void => {
        this.#hasExited = true;
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', (error) => {
        this.#lastLines.push(error.message);
        end();
      });
    });
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.stderr !== null) {
      createInterface(this.#child.stderr).on('line', (line) => {
        this.#lastLines.push(line);
        if (this.#lastLines.length > KEPT_LINES) {
          this.#lastLines.shift();
        }
        log(line);
      });
    }
    this.#holdProcess(false);
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** The end of what the server wrote. */
  get lastWords(): string {
    return this.#lastLines.join('\n');
  }

  /** Ends the server and waits for that. Its clients are cut off, what was committed is on the disk. */
  async stop(patienceMs: number): Promise<void> {
    this.#holdProcess(true);
    this.#child.stdin?.destroy();
    const timer = setTimeout(() => void this.#quit(), patienceMs);
    await this.exited;
    clearTimeout(timer);
  }

  // "Immediate shutdown": the next start recovers from the log.
  async #quit(): Promise<void> {
    const pid = await lockHolder(this.clusterDir);
    if (pid !== undefined && !this.#hasExited) {
      process.kill(pid, 'SIGQUIT');
    }
  }

  /** A server nobody stops must not keep a process alive that is done; one that is being stopped must. */
  #holdProcess(held: boolean): void {
    const method = held ? 'ref' : 'unref';
    this.#child[method]();
    for (const stream of [this.#child.stdin, this.#child.stderr]) {
      if (stream instanceof Socket) {
        stream[method]();
      }
    }
  }
}

/** The process id in the cluster's lock file, whether or not it still runs. */
export async function lockHolder(clusterDir: string): Promise<number | undefined> {
  const text = await readFile(lockFile(clusterDir), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * After a crash the lock file names a process id that may by now be anyone's; in a container, where ids are few, it
 * often is. Postgres would then refuse to start for ever. An id that belongs to something else than Postgres is
 * replaced by one that nobody can have. The file itself stays: by it Postgres finds out whether parts of the crashed
 * server still use its shared memory.
 */
export async function disownStaleLock(clusterDir: string): Promise<void> {
  const pid = await lockHolder(clusterDir);
  if (pid === undefined || !isAlive(pid)) {
    return;
  }
  const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  if (command === undefined || command.trim() === 'postgres') {
    return;
  }
  const lines = (await readFile(lockFile(clusterDir), 'utf8')).split('\n');
  lines[0] = '2147483647';
  await writeFile(lockFile(clusterDir), lines.join('\n'));
}

function lockFile(clusterDir: string): string {
  return join(clusterDir, 'postmaster.pid');
}
