import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type GatewayProcess } from './gateway-processes.js';
import { type Oracle, pause } from './oracle.js';
import { type TestDatabase } from './postgres.js';

const MIB = 1_048_576;
/** What a process that has only just begun grows by, whatever happens to it. */
const YOUTH_BYTES = 128 * MIB;
const LOG_BYTES_PER_REQUEST = 2_000;
/** What is said once, of a fault that comes and goes. */
const LOG_BYTES_ONCE = 32_000;
const FILES = 5;
/** CPU time that a request may take, of that of a process that has only just begun. */
const CPU_PER_REQUEST = 1.5;
/** What a process that has not much to do takes of a core: what ends and begins again is looked for all the time. */
const CPU_BESIDE = 0.25;
const CPU_AT_REST = 0.1;
const WARMING = 48;
const PATIENCE = { timeout: 60_000, interval: 200 };

export interface HoldOptions {
  /** A gateway was killed or stopped on the way, so that answers may have broken off. */
  readonly answersMayBreak?: boolean;
}

interface Watched {
  readonly gateway: GatewayProcess;
  readonly before: Usage | undefined;
  /** Milliseconds of CPU time that a request has taken. */
  readonly cpuPerRequest: number;
  readonly since: Moment;
}

/** What a process has of its machine. */
interface Usage {
  readonly memory: number;
  readonly files: number;
}

interface Moment {
  /** Milliseconds. */
  readonly at: number;
  /** Milliseconds of CPU time that the process has used. */
  readonly cpu: number;
  /** Requests answered. */
  readonly requests: number;
}

/**
 * What must be so after every fault:
 * 1. the process is the same: nothing was thrown that nobody caught;
 * 2. it is no larger than a quarter more than before; a request has taken no more than half as much CPU time again, and at
 *    rest it takes none to speak of: nothing goes round in circles, under the fault or after it;
 * 3. it has logged no more than 2 kB a request;
 * 4. the ledger is what the oracle saw: each request once, at its cost, and budgets have spent the sum of it;
 * 5. every answer was well formed: one JSON in OpenAI's envelope, or a stream with its end or one error;
 * 6. at rest nothing is reserved, nothing under way, and no more files are open than before.
 */
export class Invariants {
  private readonly watched: Watched[] = [];

  constructor(
    private readonly oracle: Oracle,
    private readonly database: TestDatabase,
  ) {}

  async watch(gateway: GatewayProcess): Promise<void> {
    // What it has loaded and connected to by then is not the fault's.
    const began = await this.momentOf(gateway);
    await this.oracle.askMany(WARMING, 8, gateway.port);
    const since = await this.momentOf(gateway);
    const cpuPerRequest = (since.cpu - began.cpu) / WARMING;
    this.watched.push({ gateway, before: usageOf(gateway.pid), cpuPerRequest, since });
  }

  async hold({ answersMayBreak = false }: HoldOptions = {}): Promise<void> {
    const living = this.watched.filter(({ gateway }) => !gateway.wasKilled);
    // First what needs no waiting: it says most.
    for (const { gateway } of living) expect(gateway.hasEnded, `the gateway: ${gateway.log()}`).toBe(false);
    if (!answersMayBreak) {
      expect(this.oracle.outcomes.filter(({ isWellFormed }) => !isWellFormed)).toEqual([]);
    }
    const rows = await this.oracle.expectExactLedger();
    const spent = rows.reduce((sum, { cost }) => sum + (cost ?? 0n), 0n);
    await expect.poll(() => this.accounts(), PATIENCE).toEqual([0, '0', await this.spentOr(spent)]);
    for (const one of living) await this.holdFor(one);
  }

  private async momentOf(gateway: GatewayProcess): Promise<Moment> {
    const { cpu } = await gateway.times();
    return { at: performance.now(), cpu, requests: this.oracle.outcomes.length };
  }

  private async holdCpu({ gateway, cpuPerRequest, since }: Watched): Promise<void> {
    const now = await this.momentOf(gateway);
    const most = CPU_PER_REQUEST * cpuPerRequest * (now.requests - since.requests) + CPU_BESIDE * (now.at - since.at);
    expect(now.cpu - since.cpu, 'milliseconds of CPU time').toBeLessThan(most);
    const shareAtRest = async (): Promise<number> => {
      const before = await this.momentOf(gateway);
      await pause(500);
      const after = await this.momentOf(gateway);
      return (after.cpu - before.cpu) / (after.at - before.at);
    };
    await expect.poll(shareAtRest, PATIENCE).toBeLessThan(CPU_AT_REST);
  }

  private async holdFor(watched: Watched): Promise<void> {
    const { gateway, before } = watched;
    await expect.poll(() => gateway.callsInFlight(), PATIENCE).toBe(0);
    await this.holdCpu(watched);
    const requests = this.oracle.outcomes.length;
    const room = LOG_BYTES_ONCE + LOG_BYTES_PER_REQUEST * requests;
    // What stands beyond that is what it has said too much.
    expect(gateway.log().slice(room)).toBe('');
    if (before === undefined) return;
    const files = (): number => usageOf(gateway.pid)?.files ?? 0;
    await expect.poll(files, PATIENCE).toBeLessThanOrEqual(before.files + FILES);
    const memory = usageOf(gateway.pid)?.memory ?? 0;
    expect(memory).toBeLessThan(Math.max(before.memory * 1.25, before.memory + YOUTH_BYTES));
  }

  /** Open reservations, and what is reserved and spent on all accounts. */
  private async accounts(): Promise<unknown[]> {
    const [row] = await this.database.sql(
      `SELECT (SELECT count(*)::int FROM nestgate.budget_reservation WHERE state = 'open') AS open,
              coalesce(sum(reserved), 0)::text AS reserved, coalesce(sum(spent), 0)::text AS spent
         FROM nestgate.budget_account`,
    );
    return [row?.['open'], row?.['reserved'], row?.['spent']];
  }

  /** What budgets have spent where there are any: then one of everyone, so that it is the sum. */
  private async spentOr(sum: bigint): Promise<string> {
    const [row] = await this.database.sql('SELECT count(*)::int AS accounts FROM nestgate.budget_account');
    return row?.['accounts'] === 0 ? '0' : String(sum);
  }
}

/** `undefined` where the system does not tell. */
function usageOf(pid: number): Usage | undefined {
  if (process.platform !== 'linux') return undefined;
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { memory: pages * 4_096, files: readdirSync(`/proc/${pid}/fd`).length };
}
