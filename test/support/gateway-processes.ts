import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { buildScript, type Clock, type RunningScript, runScript } from './run-script.js';

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly port: number;
  readonly pid: number;
  /** As `kill -9` does. */
  kill(): Promise<void>;
}

/** The options of a provider at a fake upstream, for a gateway in another process. */
export function providerAt({ baseUrl }: { readonly baseUrl: string }, changes: object = {}): object {
  return { name: 'first', kind: 'openai-compatible', baseUrl, apiKey: 'k', models: [{ name: 'model' }], ...changes };
}

/**
 * The way to start gateways in processes of their own, all with one master key, which end with their test. To be called
 * in a file of tests, below its own `afterEach`: hooks run last to first, and what the gateways need must outlive them.
 *
 * @param name of the built script, one for each file of tests.
 */
export function gatewayProcesses(
  name: string,
): (options: object, limits?: { openFiles?: number; clock?: Clock }) => Promise<GatewayProcess> {
  const masterKey = randomBytes(32).toString('hex');
  let script: { path: string; remove(): Promise<void> };
  let running: RunningScript[] = [];

  beforeAll(async () => {
    script = await buildScript(join(import.meta.dirname, '../faults/gateway.script.ts'), name);
  });

  afterAll(() => script.remove());

  afterEach(async () => {
    for (const started of running) await end(started);
    running = [];
  });

  return async (options, { openFiles, clock } = {}) => {
    const started = runScript(script.path, [JSON.stringify({ masterKey, ...options })], { openFiles, clock });
    running.push(started);
    const port = Number(await started.firstLine);
    return { port, pid: started.child.pid ?? 0, kill: () => end(started) };
  };
}

async function end({ child, ended }: RunningScript): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}
