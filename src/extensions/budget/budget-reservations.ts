import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { BudgetLedger, type BudgetRefusal, type BudgetRequest } from './budget-ledger.js';

/** The most requests that are decided in one statement: their accounts are locked that long. */
const MAX_BATCH = 500;
const MAX_FREED_AT_ONCE = 1_000;
const MAX_FREED = 100_000;
/** After a failure nobody is kept waiting for this long: it would most likely be in vain. */
const PAUSE_MS = 250;
const RETRY_AFTER_SECONDS = 1;

interface WaitingRequest {
  readonly request: BudgetRequest;
  resolve(refusal: BudgetRefusal | undefined): void;
  reject(error: GatewayError): void;
}

/**
 * Sets amounts aside for the calls of this process. One statement is under way at a time, and whoever comes meanwhile
 * goes with the next: many calls share one trip, and alone a call does not wait.
 */
@Injectable()
export class BudgetReservations {
  /** By whom reservations are; one for each start of a process. */
  readonly owner = randomUUID();
  private readonly logger = new Logger(BudgetReservations.name);
  private waiting: WaitingRequest[] = [];
  private isBusy = false;
  private isFailing = false;
  /** Monotonic milliseconds. */
  private pausedUntil = 0;
  private freed: string[] = [];
  /** Nobody knows whether they have reached the ledger. */
  private doubtful: string[] = [];
  private freeing: Promise<void> | undefined;

  constructor(private readonly ledger: BudgetLedger) {}

  /**
   * @returns why nothing was set aside; `undefined` where it was.
   * @throws GatewayError `budget_unverifiable` where the ledger does not answer.
   */
  reserve(request: BudgetRequest): Promise<BudgetRefusal | undefined> {
    if (performance.now() < this.pausedUntil) return Promise.reject(unverifiable());
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (!this.isBusy) void this.decideAll();
    });
  }

  /** Frees what was set aside for a request that will have no usage record, or in a lease that has ended. */
  release(requestId: string): void {
    this.remember(this.freed, [requestId]);
    void this.free();
  }

  /** Sees to it that nothing is set aside under an id of which nobody knows whether it has reached the ledger. */
  doubt(id: string): void {
    this.remember(this.doubtful, [id]);
  }

  /** Tells the ledger of what is free; what it does not take is tried again when this is called again. */
  free(): Promise<void> {
    this.freeing ??= this.freeAll().finally(() => (this.freeing = undefined));
    return this.freeing;
  }

  private async decideAll(): Promise<void> {
    this.isBusy = true;
    while (this.waiting.length > 0) {
      // One alone finds out whether the ledger is back, and only one is in doubt if it is not.
      const batch = this.waiting.splice(0, this.isFailing ? 1 : MAX_BATCH);
      const requests = batch.map(({ request }) => request);
      try {
        const answers = await this.ledger.reserve(this.owner, requests);
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index]);
        if (this.isFailing) this.logger.log('Budgets can be checked again');
        this.isFailing = false;
      } catch (error) {
        this.remember(
          this.doubtful,
          requests.map(({ requestId }) => requestId),
        );
        this.fail([...batch, ...this.waiting.splice(0)], error);
      }
    }
    this.isBusy = false;
  }

  private fail(requests: readonly WaitingRequest[], cause: unknown): void {
    if (!this.isFailing) {
      this.logger.warn(`Budgets cannot be checked: calls with a hard budget are refused (${String(cause)})`);
    }
    this.isFailing = true;
    this.pausedUntil = performance.now() + PAUSE_MS;
    for (const { reject } of requests) reject(unverifiable(cause));
  }

  private async freeAll(): Promise<void> {
    try {
      while (this.freed.length > 0) {
        const some = this.freed.slice(0, MAX_FREED_AT_ONCE);
        await this.ledger.release(some);
        this.freed.splice(0, some.length);
      }
      while (this.doubtful.length > 0) {
        const some = this.doubtful.slice(0, MAX_FREED_AT_ONCE);
        await this.ledger.cancel(this.owner, some);
        this.doubtful.splice(0, some.length);
      }
    } catch (error) {
      this.logger.warn(`${this.freed.length + this.doubtful.length} reservations wait to be freed (${String(error)})`);
    }
  }

  private remember(list: string[], requestIds: readonly string[]): void {
    if (list.length + requestIds.length <= MAX_FREED) list.push(...requestIds);
    else this.logger.error('Too many reservations wait to be freed: some stay until this process ends');
  }
}

function unverifiable(cause?: unknown): GatewayError {
  return new GatewayError('budget_unverifiable', { retryAfter: RETRY_AFTER_SECONDS, cause });
}
