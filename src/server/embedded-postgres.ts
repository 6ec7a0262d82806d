import { rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clusterDirectory,
  ensureCluster,
  fallbackDirectory,
  prepareDataDirectory,
} from './embedded-postgres/data-directory.js';
import { EmbeddedPostgresError } from './embedded-postgres/embedded-postgres.error.js';
import { findNativePackage, type NativePostgres, prepareNative } from './embedded-postgres/native-package.js';
import { disownStaleLock, isAlive, lockHolder, Postmaster } from './embedded-postgres/postmaster.js';
import { ensureDatabase, probe, SUPERUSER } from './embedded-postgres/probe.js';
import { chooseIdentity, type RunIdentity } from './embedded-postgres/run-identity.js';
import {
  claimSocketDirectory,
  forgetSocketDirectory,
  PORT,
  socketDirectory,
} from './embedded-postgres/socket-directory.js';

const DATABASE = 'nestgate';

// After kill -9 the crashed server's parts hold its memory for a moment, and a start fails until they are gone.
const START_PATIENCE_MS = 15_000;
// A server that recovers from a crash is at work, however long it takes; killing it only makes the next one start over.
const RECOVERY_PATIENCE_MS = 300_000;
const STOP_PATIENCE_MS = 30_000;

/** What it takes to connect: no password, since only this user can reach the socket. */
export interface EmbeddedConnection {
  /** The folder of the server's Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

interface Cluster {
  readonly dir: string;
  readonly socketDir: string;
  readonly native: NativePostgres;
  readonly identity: RunIdentity;
}

/**
 * A Postgres server that needs no installing, from the optional packages `@embedded-postgres/*`. It keeps its data in
 * a folder, listens on a private Unix socket only, is started again should it crash, and stops with this process,
 * also with one that was killed. A second process on the same folder shares the first one's server, and takes it over
 * when the first one ends.
 */
export class EmbeddedPostgres {
  readonly connection: EmbeddedConnection;
  readonly #stopping = new AbortController();
  /** Undefined while another process runs the server. */
  #postmaster: Postmaster | undefined;
  #supervision: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  private constructor(
    private readonly cluster: Cluster,
    private readonly log: (line: string) => void,
  ) {
    this.connection = { host: cluster.socketDir, port: PORT, user: SUPERUSER, database: DATABASE };
  }

  /**
   * Starts the server, on an empty folder a new one, and returns when it takes connections.
   * @param dataDir the folder for its data; created if need be
   * @param log takes what the server and its keeper have to say, line by line
   * @throws EmbeddedPostgresError where it cannot run: the message says what to do
   */
  static async start(dataDir: string, log: (line: string) => void = () => undefined): Promise<EmbeddedPostgres> {
    const postgres = new EmbeddedPostgres(await prepareCluster(dataDir, log), log);
    await postgres.#launch();
    postgres.#supervision = postgres.#supervise();
    return postgres;
  }

  /** Stops the server, unless it is another process's, and waits until it has. Call it after the last query. */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  async #shutDown(): Promise<void> {
    this.#stopping.abort();
    await this.#supervision;
    if (this.#postmaster !== undefined) {
      await this.#postmaster.stop(STOP_PATIENCE_MS);
      // Fails where another process has taken over already: then it is in use.
      await rmdir(this.cluster.socketDir).catch(() => undefined);
    }
  }

  async #launch(): Promise<void> {
    const deadline = performance.now() + START_PATIENCE_MS;
    for (;;) {
      const problem = await this.#attempt();
      if (problem === undefined || this.#stopping.signal.aborted) {
        return;
      }
      if (performance.now() > deadline) {
        throw new EmbeddedPostgresError(`Postgres does not start on ${this.cluster.dir}: ${problem}`);
      }
      await sleep(200);
    }
  }

  /** Adopts the running server or starts one. Returns what went wrong, if anything did. */
  async #attempt(): Promise<string | undefined> {
    const { dir, socketDir, native, identity } = this.cluster;
    this.#postmaster = undefined;
    if (!(await claimSocketDirectory(socketDir, identity))) {
      return `${socketDir} belongs to another user.`;
    }
    if ((await probe(socketDir)).cluster !== dir) {
      await disownStaleLock(dir);
      const postmaster = new Postmaster(native.postgres, dir, socketDir, identity, this.log);
      const problem = await this.#waitUntilReady(postmaster);
      if (problem !== undefined) {
        await postmaster.stop(STOP_PATIENCE_MS);
        return problem;
      }
      this.#postmaster = postmaster;
    }
    try {
      await ensureDatabase(socketDir, DATABASE);
      return undefined;
    } catch (error) {
      await this.#postmaster?.stop(STOP_PATIENCE_MS);
      return String(error);
    }
  }

  async #waitUntilReady(postmaster: Postmaster): Promise<string | undefined> {
    const { dir, socketDir } = this.cluster;
    const startedAt = performance.now();
    for (;;) {
      if (postmaster.hasExited) {
        return postmaster.lastWords;
      }
      const { cluster, isBusy, problem } = await probe(socketDir);
      if (cluster === dir) {
        return undefined;
      }
      const patienceMs = isBusy ? RECOVERY_PATIENCE_MS : START_PATIENCE_MS;
      if (this.#stopping.signal.aborted || performance.now() - startedAt > patienceMs) {
        return problem;
      }
      await sleep(25);
    }
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#serverEnds();
      while (!signal.aborted) {
        try {
          this.log('Postgres has ended; it is started again.');
          await this.#launch();
          break;
        } catch (error) {
          this.log(String(error));
          await this.#pause(1_000);
        }
      }
    }
  }

  /** Waits until there is no server, or until {@link stop}. */
  async #serverEnds(): Promise<void> {
    const { signal } = this.#stopping;
    if (this.#postmaster !== undefined) {
      const stopping = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([this.#postmaster.exited, stopping]);
      return;
    }
    const pid = await lockHolder(this.cluster.dir);
    while (!signal.aborted && pid !== undefined && isAlive(pid) && (await lockHolder(this.cluster.dir)) === pid) {
      await this.#pause(250);
    }
  }

  /** Waits without keeping a process alive that is done. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => undefined);
  }
}

async function prepareCluster(wantedDir: string, log: (line: string) => void): Promise<Cluster> {
  const found = await findNativePackage();
  const identity = await chooseIdentity([wantedDir, fallbackDirectory(wantedDir)].map(clusterDirectory));
  const dataDir = await prepareDataDirectory(wantedDir, identity, log);
  const native = await prepareNative(found, dataDir, identity);
  const dir = await ensureCluster(dataDir, native, identity);
  return { dir, socketDir: await ownSocketDirectory(dataDir, dir, identity), native, identity };
}

async function ownSocketDirectory(dataDir: string, clusterDir: string, identity: RunIdentity): Promise<string> {
  const socketDir = await socketDirectory(dataDir, identity);
  const served = (await probe(socketDir)).cluster;
  if (served === undefined || served === clusterDir) {
    return socketDir;
  }
  // The data were copied from a server that is running, and with them the note where its socket is.
  await forgetSocketDirectory(dataDir);
  return await socketDirectory(dataDir, identity);
}
