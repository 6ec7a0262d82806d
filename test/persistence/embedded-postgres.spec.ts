import { spawn } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedConnection, EmbeddedPostgres } from '../../src/server/embedded-postgres.js';
import { fallbackDirectory } from '../../src/server/embedded-postgres/data-directory.js';
import { findNativePackage, prepareNative } from '../../src/server/embedded-postgres/native-package.js';
import { isAlive, lockHolder } from '../../src/server/embedded-postgres/postmaster.js';
import { chooseIdentity } from '../../src/server/embedded-postgres/run-identity.js';
import { runSql, urlOf } from '../support/postgres-url.js';
import { builtScript, runScript, type RunningScript } from '../support/run-script.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const NAMELESS = 54_321;

let folder: string;
let dataDir: string;
let cluster: string;
const started: EmbeddedPostgres[] = [];
const running: RunningScript[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestgate-embedded-'));
  await chmod(folder, 0o711);
  dataDir = join(folder, 'data');
  cluster = join(dataDir, 'pgdata');
});

afterEach(async () => {
  // The last to come goes first: otherwise each of them would take over the server of the one before.
  for (const postgres of started.splice(0).reverse()) {
    await postgres.stop();
  }
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  const pid = await lockHolder(cluster);
  await expect.poll(() => pid !== undefined && isAlive(pid)).toBe(false);
  // Servers that were killed have left it behind.
  const socketDir = await readFile(join(dataDir, 'socket-directory'), 'utf8').catch(() => join(folder, 'none'));
  await rm(socketDir, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

async function start(dir = dataDir): Promise<EmbeddedPostgres> {
  const postgres = await EmbeddedPostgres.start(dir);
  started.push(postgres);
  return postgres;
}

function sql(postgres: { connection: EmbeddedConnection }, ...statements: string[]): Promise<unknown[]> {
  return runSql(urlOf(postgres.connection), ...statements);
}

describe('EmbeddedPostgres', () => {
  it('keeps the data from one start to the next, and the place of its socket', async () => {
    const first = await start();
    await sql(first, 'CREATE TABLE kept (n int)', 'INSERT INTO kept VALUES (42)');
    await first.stop();
    const second = await start();
    expect(await sql(second, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    expect(second.connection).toEqual(first.connection);
  });

  it('listens on a private socket only', async () => {
    const postgres = await start();
    expect(await sql(postgres, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect((await stat(postgres.connection.host)).mode & 0o777).toBe(0o700);
    expect((await stat(cluster)).mode & 0o777).toBe(0o700);
  });

  it('takes no PG* setting from our environment', async () => {
    const settings = { PGPORT: '1', PGSSLMODE: 'require', PGDATA: '/nowhere', PGHOST: '127.0.0.1' };
    Object.assign(process.env, settings);
    try {
      expect(await lockHolder(cluster)).toBeUndefined();
      await start();
      expect(await lockHolder(cluster)).toBeGreaterThan(0);
    } finally {
      for (const name of Object.keys(settings)) {
        delete process.env[name];
      }
    }
  });

  it.runIf(process.platform === 'linux')('does not show its server our environment', async () => {
    process.env['NESTGATE_TEST_SECRET'] = 'hidden';
    try {
      await start();
      // Postgres itself writes its title over its own; the shell that started it has the same.
      const status = await readFile(`/proc/${await lockHolder(cluster)}/status`, 'utf8');
      const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1];
      const environment = await readFile(`/proc/${parent}/environ`, 'utf8');
      expect(environment).toContain('PATH=');
      expect(environment).not.toContain('hidden');
    } finally {
      delete process.env['NESTGATE_TEST_SECRET'];
    }
  });

  it('is shared by a second start on the same folder, which takes over when the first one stops', async () => {
    const first = await start();
    await sql(first, 'CREATE TABLE kept (n int)');
    const holder = await lockHolder(cluster);
    const second = await start();
    expect(second.connection).toEqual(first.connection);
    expect(await lockHolder(cluster)).toBe(holder);
    await first.stop();
    await expect.poll(() => sql(second, 'SELECT count(*)::int AS n FROM kept').catch(String)).toEqual([{ n: 0 }]);
    expect(await lockHolder(cluster)).not.toBe(holder);
  });

  it('survives the end of one that only shares it', async () => {
    const first = await start();
    const second = await start();
    await second.stop();
    expect(await sql(first, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts once where two begin on an empty folder together', async () => {
    const both = await Promise.all([start(), start()]);
    expect(both[0]?.connection).toEqual(both[1]?.connection);
    for (const postgres of both) {
      expect(await sql(postgres, 'SHOW data_directory')).toEqual([{ data_directory: cluster }]);
    }
    expect((await readdir(dataDir)).sort()).toEqual(['pgdata', 'socket-directory']);
  });

  it('is started again when the server crashes', async () => {
    const postgres = await start();
    await sql(postgres, 'CREATE TABLE kept (n int)', 'INSERT INTO kept VALUES (1)');
    const pid = await lockHolder(cluster);
    process.kill(pid ?? Number.NaN, 'SIGKILL');
    await expect.poll(() => sql(postgres, 'SELECT n FROM kept').catch(String)).toEqual([{ n: 1 }]);
    expect(await lockHolder(cluster)).not.toBe(pid);
  });

  it('can be stopped twice', async () => {
    const postgres = await start();
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(await lockHolder(cluster)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')(
    'starts where the id in the lock file of a crashed server belongs to another process by now',
    async () => {
      const postgres = await start();
      const lock = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
      await postgres.stop();
      const { uid } = await stat(cluster);
      const other = spawn('/bin/sh', ['-c', 'read _'], { uid, cwd: '/' });
      try {
        await writeFile(join(cluster, 'postmaster.pid'), lock.replace(/^\d+/, String(other.pid)));
        expect(await sql(await start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      } finally {
        other.kill('SIGKILL');
      }
    },
  );

  it('is not misled by the leavings of a start that was broken off', async () => {
    await mkdir(join(dataDir, 'pgdata.init-abcdef', 'base'), { recursive: true });
    await mkdir(cluster);
    expect(await sql(await start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('keeps a copy of the folder apart from its original', async () => {
    const original = await start();
    await original.stop();
    const copyDir = join(folder, 'copy');
    await cp(dataDir, copyDir, { recursive: true });
    await chownTree(join(copyDir, 'pgdata'), (await stat(cluster)).uid);
    const again = await start();
    const copy = await start(copyDir);
    expect(copy.connection.host).not.toBe(again.connection.host);
    expect(await sql(copy, 'SHOW data_directory')).toEqual([{ data_directory: join(copyDir, 'pgdata') }]);
  });

  it('refuses the data of another major version', async () => {
    await mkdir(cluster, { recursive: true });
    await writeFile(join(cluster, 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow('are of Postgres 15, the embedded Postgres is version 18');
  });

  it('refuses a folder with something else in it', async () => {
    await mkdir(join(cluster, 'photos'), { recursive: true });
    await expect(start()).rejects.toThrow('something else than a Postgres cluster');
  });
});

describe('EmbeddedPostgres in a process of its own', () => {
  let script: string;

  beforeAll(async () => {
    script = await builtScript(join(import.meta.dirname, 'embedded-postgres.script.ts'));
  });

  function launch(dir: string, uid?: number): RunningScript {
    const process = runScript(script, [dir], uid === undefined ? {} : { uid });
    running.push(process);
    return process;
  }

  async function connectionOf(process: RunningScript): Promise<{ connection: EmbeddedConnection }> {
    return { connection: JSON.parse(await process.firstLine) };
  }

  it('stops when its process is killed, and loses nothing that was committed', async () => {
    const owner = launch(dataDir);
    await sql(await connectionOf(owner), 'CREATE TABLE kept (n int)', 'INSERT INTO kept VALUES (7)');
    const pid = (await lockHolder(cluster)) ?? Number.NaN;
    expect(isAlive(pid)).toBe(true);
    owner.child.kill('SIGKILL');
    await owner.ended;
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(await sql(await start(), 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('starts at once after its process and the server were killed together', async () => {
    const owner = launch(dataDir);
    await sql(await connectionOf(owner), 'CREATE TABLE kept (n int)', 'INSERT INTO kept VALUES (7)');
    const pid = await lockHolder(cluster);
    owner.child.kill('SIGKILL');
    process.kill(pid ?? Number.NaN, 'SIGKILL');
    expect(await sql(await start(), 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('is taken over by a process that shared it when the first one is killed', async () => {
    const owner = launch(dataDir);
    await owner.firstLine;
    const sharing = await start();
    owner.child.kill('SIGKILL');
    await owner.ended;
    await expect.poll(() => sql(sharing, 'SELECT 1 AS one').catch(String)).toEqual([{ one: 1 }]);
  });

  it('stops in good order, and lets its process end', async () => {
    const owner = launch(dataDir);
    await owner.firstLine;
    owner.child.stdin?.end();
    expect(await owner.ended).toBe(0);
    expect(await lockHolder(cluster)).toBeUndefined();
  });

  it.runIf(isRoot)('runs as the user it is started by, where that is not root', async () => {
    await chown(folder, NOBODY, NOBODY);
    const postgres = await connectionOf(launch(dataDir, NOBODY));
    expect((await stat(cluster)).uid).toBe(NOBODY);
    expect(await sql(postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    // Root goes on with the data as their owner.
    expect((await start()).connection).toEqual(postgres.connection);
  });

  it.runIf(isRoot)('says what to do where the user has no name', async () => {
    await chown(folder, NAMELESS, NAMELESS);
    await expect(launch(dataDir, NAMELESS).firstLine).rejects.toThrow(/no entry in the user database.*DATABASE_URL/);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it.runIf(isRoot)('says what to do with data of another user', async () => {
    await (await start()).stop();
    await chown(dataDir, NAMELESS, NAMELESS);
    await expect(launch(dataDir, NAMELESS).firstLine).rejects.toThrow('another user has created it');
  });
});

describe('where the folder is closed to other users', () => {
  it.runIf(isRoot)('root keeps the data in a folder that Postgres can reach, and says so', async () => {
    await mkdir(join(folder, 'closed'), { mode: 0o700 });
    const wanted = join(folder, 'closed', 'data');
    const fallback = fallbackDirectory(wanted);
    const lines: string[] = [];
    const postgres = await EmbeddedPostgres.start(wanted, (line) => lines.push(line));
    try {
      expect(await sql(postgres, 'SHOW data_directory')).toEqual([{ data_directory: join(fallback, 'pgdata') }]);
      expect(lines[0]).toContain(`the data are in ${fallback}`);
    } finally {
      await postgres.stop();
      await rm(fallback, { recursive: true, force: true });
    }
  });

  it.runIf(isRoot)('root has the binaries copied to where Postgres can reach them', async () => {
    const found = await findNativePackage();
    const closed = join(folder, 'closed', 'package');
    await cp(found.dir, closed, { recursive: true, verbatimSymlinks: true });
    await chmod(join(folder, 'closed'), 0o700);
    await mkdir(dataDir);
    const native = await prepareNative({ ...found, dir: closed }, dataDir, await chooseIdentity([]));
    expect(native.postgres).toBe(join(dataDir, `postgres-${found.version}`, 'bin', 'postgres'));
    // The copy is made once.
    const first = await stat(native.postgres);
    await prepareNative({ ...found, dir: closed }, dataDir, await chooseIdentity([]));
    expect((await stat(native.postgres)).ino).toBe(first.ino);
  });
});

describe('where there are no binaries', () => {
  it('names the package and the remedy', async () => {
    await expect(findNativePackage('linux', 'mips')).rejects.toThrow(/@embedded-postgres\/linux-mips.*DATABASE_URL/);
    await expect(findNativePackage('win32', 'x64')).rejects.toThrow(/Windows.*DATABASE_URL/);
  });

  it('knows a system without the GNU C library', async () => {
    const dir = join(folder, 'package');
    await mkdir(join(dir, 'native', 'bin'), { recursive: true });
    await writeFile(join(dir, 'native', 'pg-symlinks.json'), '[]');
    // What the kernel says of a binary whose loader is missing, it also says of a script without its interpreter.
    await writeFile(join(dir, 'native', 'bin', 'initdb'), '#!/lib/no-such-loader\n', { mode: 0o755 });
    await expect(prepareNative({ dir, version: '18.0.0' }, folder, undefined)).rejects.toThrow(/GNU C library.*musl/);
  });
});

async function chownTree(dir: string, uid: number): Promise<void> {
  for (const path of ['', ...(await readdir(dir, { recursive: true }))]) {
    await chown(join(dir, path), uid, uid);
  }
}
