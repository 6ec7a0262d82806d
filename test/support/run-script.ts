import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { basename, join } from 'node:path';
import { build } from 'vite';
import { inject } from 'vitest';

const built = new Map<string, Promise<string>>();

/**
 * Builds a TypeScript file to one that plain Node runs, for tests that need a process of their own: once for all of them.
 * @param entry the file's absolute path
 * @returns where it is, until the run of the tests is over.
 */
export function builtScript(entry: string): Promise<string> {
  let script = built.get(entry);
  script ??= buildScript(entry);
  built.set(entry, script);
  return script;
}

async function buildScript(entry: string): Promise<string> {
  // Another worker may be building the same.
  const outDir = join(inject('builtScripts'), `${basename(entry, '.ts')}-${process.pid}`);
  await build({
    configFile: false,
    logLevel: 'silent',
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'script.mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  });
  return join(outDir, 'script.mjs');
}

export interface RunningScript {
  readonly child: ChildProcess;
  /** The first line on its standard output. Rejects, with what it wrote to standard error, where it ends without one. */
  readonly firstLine: Promise<string>;
  /** What it has written to standard error. */
  errors(): string;
  /** Settles with its exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/**
 * What the clock of a process says: so many hours more than it is, or that it is set back by a second whenever anybody
 * looks. What is measured with `performance` is as ever.
 */
export type Clock = { readonly aheadHours: number } | 'set back all the time';

function clockArguments(clock: Clock | undefined): string[] {
  if (clock === undefined) return [];
  const ahead = clock === 'set back all the time' ? '-1_000 * looks++' : String(clock.aheadHours * 3_600_000);
  const script = `
    const Real = Date;
    let looks = 0;
    globalThis.Date = class Date extends Real {
      constructor(...given) { given.length === 0 ? super(Date.now()) : super(...given); }
      static now() { return Real.now() + (${ahead}); }
    };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

/** The machine as a process sees it. */
export interface Surroundings {
  /** How many files it may have open. */
  readonly openFiles?: number;
  readonly clock?: Clock;
  /** The file that says which name servers are asked, in place of the system's: see `NameServer`. */
  readonly nameServers?: string;
  /** Variables beside `PATH`. */
  readonly env?: NodeJS.ProcessEnv;
}

function commandsBefore({ openFiles, nameServers }: Surroundings): string[] {
  return [
    ...(openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`]),
    ...(nameServers === undefined
      ? []
      : ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', nameServers]),
  ];
}

/** Runs a built script. Its standard input stays open until it ends. */
export function runScript(path: string, args: string[], options: Surroundings & { uid?: number } = {}): RunningScript {
  const { uid, env, clock } = options;
  const [command = '', ...rest] = [
    ...commandsBefore(options),
    process.execPath,
    ...clockArguments(clock),
    path,
    ...args,
  ];
  const child = spawn(command, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    ...(uid === undefined ? {} : { uid, gid: uid }),
    env: { PATH: process.env['PATH'], ...env },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    void ended.then(() => reject(new Error(errors)));
  });
  // Whoever cares awaits it; the others must not be ended by it.
  firstLine.catch(() => undefined);
  return { child, firstLine, ended, errors: () => errors };
}
