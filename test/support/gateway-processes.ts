import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll } from 'vitest';
import { builtScript, type RunningScript, runScript, type Surroundings } from './run-script.js';

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly port: number;
  readonly pid: number;
  /** By the test. */
  readonly wasKilled: boolean;
  readonly hasEnded: boolean;
  /** What it has logged, and said before it died. */
  log(): string;
  callsInFlight(): Promise<number>;
  /** In Prometheus's text format, where they are switched on. */
  metrics(): Promise<string>;
  /** Milliseconds so far. */
  times(): Promise<ProcessTimes>;
  /** Whether the names of {@link NAMES} lead anywhere. */
  setNames(state: 'found' | 'failing'): Promise<void>;
  /** As `kill -9` does. */
  kill(): Promise<void>;
}

/** What a process did with its time, but for that in which others had its core. */
export interface ProcessTimes {
  readonly cpu: number;
  /** With nothing to do. */
  readonly idle: number;
}

/** Names that a gateway process finds at the loopback, as long as its name server is well. */
export const NAMES = '.oracle.test';

/** The options of a provider at a fake upstream, for a gateway in another process. */
export function providerAt({ baseUrl }: { readonly baseUrl: string }, changes: object = {}): object {
  return { name: 'first', kind: 'openai-compatible', baseUrl, apiKey: 'k', models: [{ name: 'model' }], ...changes };
}

/**
 * The way to start gateways in processes of their own, all with one master key, which end with their test. To be called
 * in a file of tests, below its own `afterEach`: hooks run last to first, and what the gateways need must outlive them.
 */
export function gatewayProcesses(): (options: object, surroundings?: Surroundings) => Promise<GatewayProcess> {
  const masterKey = randomBytes(32).toString('hex');
  let script: string;
  let running: RunningScript[] = [];

  beforeAll(async () => {
    script = await builtScript(join(import.meta.dirname, '../faults/gateway.script.ts'));
  });

  afterEach(async () => {
    for (const started of running) await end(started);
    running = [];
  });

  return async (options, surroundings) => {
    const started = runScript(script, [JSON.stringify({ masterKey, ...options })], surroundings);
    running.push(started);
    const port = Number(await started.firstLine);
    return new ScriptedGateway(started, port);
  };
}

class ScriptedGateway implements GatewayProcess {
  wasKilled = false;
  hasEnded = false;
  private readonly lines: AsyncIterator<string>;
  private asked: Promise<string> = Promise.resolve('');

  constructor(
    private readonly script: RunningScript,
    readonly port: number,
  ) {
    const { stdout } = script.child;
    if (stdout === null) throw new Error('It has no output.');
    this.lines = createInterface(stdout)[Symbol.asyncIterator]();
    void script.ended.then(() => (this.hasEnded = true));
  }

  get pid(): number {
    return this.script.child.pid ?? 0;
  }

  log(): string {
    return this.script.errors();
  }

  async callsInFlight(): Promise<number> {
    return Number(await this.tell('calls'));
  }

  async metrics(): Promise<string> {
    return JSON.parse(await this.tell('metrics')) as string;
  }

  async times(): Promise<ProcessTimes> {
    return JSON.parse(await this.tell('times')) as ProcessTimes;
  }

  async setNames(state: 'found' | 'failing'): Promise<void> {
    await this.tell(`names ${state}`);
  }

  async kill(): Promise<void> {
    this.wasKilled = true;
    await end(this.script);
  }

  /** One at a time: answers come in the order of the questions. */
  private tell(line: string): Promise<string> {
    this.asked = this.asked.then(async () => {
      this.script.child.stdin?.write(`${line}\n`);
      const { value } = await this.lines.next();
      return String(value);
    });
    return this.asked;
  }
}

async function end({ child, ended }: RunningScript): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}
