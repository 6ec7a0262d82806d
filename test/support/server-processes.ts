import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, expect } from 'vitest';
import { freePort } from './free-port.js';
import { builtScript, type RunningScript, runScript } from './run-script.js';

/** The standalone server in a process of its own. */
export interface ServerProcess extends RunningScript {
  readonly port: number;
  readonly adminUrl: string;
  readonly pid: number;
}

export interface ServerProcessOptions {
  /** For its configuration and its data. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** YAML, or JSON, which is YAML too. */
  readonly configuration: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ServerProcesses {
  start(options: ServerProcessOptions): Promise<ServerProcess>;
  /** The same, without waiting until it serves. */
  run(environment: Readonly<Record<string, string>>): RunningScript;
}

/**
 * The way to start servers in processes of their own, which end with their test. To be called in a file of tests, below its
 * own `afterEach`: hooks run last to first, and what the servers need must outlive them.
 */
export function serverProcesses(): ServerProcesses {
  let script: string;
  let running: RunningScript[] = [];

  beforeAll(async () => {
    script = await builtScript(join(import.meta.dirname, '../../src/main.ts'));
  });

  afterEach(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    running = [];
  });

  const run = (environment: Readonly<Record<string, string>>): RunningScript => {
    const started = runScript(script, [], {
      env: { HOST: '127.0.0.1', PORT: '0', NESTGATE_MASTER_KEY: 'ab'.repeat(32), LOG_LEVEL: 'error', ...environment },
    });
    running.push(started);
    return started;
  };

  const start = async ({ folder, databaseUrl, configuration, environment }: ServerProcessOptions) => {
    const file = join(folder, 'nestgate.yaml');
    await writeFile(file, configuration);
    const started = run({
      // A new leader of workers opens the same.
      ADMIN_PORT: String(await freePort()),
      DATABASE_URL: databaseUrl,
      NESTGATE_DATA_DIR: join(folder, 'data'),
      NESTGATE_CONFIG: file,
      NESTGATE_ADMIN_TOKEN: 'an-admin-token-of-the-test-4f1b2c',
      ...environment,
    });
    let output = '';
    started.child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
    const { pid } = started.child;
    if (pid === undefined) throw new Error('There is no process.');
    // Comes when all of its processes are there.
    await expect.poll(() => output, { timeout: 50_000 }).toMatch(/administration http:\S+\n[^]*Try it/);
    const port = Number(/listens on http:\/\/localhost:(\d+)/.exec(output)?.[1]);
    const adminUrl = /administration (\S+)/.exec(output)?.[1]?.replace('localhost', '127.0.0.1') ?? '';
    return { ...started, port, adminUrl, pid };
  };
  return { start, run };
}
