import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { budgetCharge, budgetRequest } from '../../../test/support/budgets.js';
import { gate } from '../../../test/support/fake-upstream.js';
import { type BudgetRefusal, type BudgetRequest } from './budget-ledger.js';
import { BudgetReservations } from './budget-reservations.js';
import { MemoryBudgetLedger } from './memory-budget-ledger.js';

/** A ledger that can be held up and can be away, and remembers what it was asked. */
class TroubledLedger extends MemoryBudgetLedger {
  readonly batches: string[][] = [];
  readonly cancelled: string[] = [];
  readonly released: string[] = [];
  isDown = false;
  held: Promise<void> = Promise.resolve();

  override async reserve(
    owner: string,
    requests: readonly BudgetRequest[],
  ): Promise<readonly (BudgetRefusal | undefined)[]> {
    this.batches.push(requests.map(({ requestId }) => requestId));
    await this.held;
    if (this.isDown) throw new Error('away');
    return super.reserve(owner, requests);
  }

  override async release(requestIds: readonly string[]): Promise<void> {
    if (this.isDown) throw new Error('away');
    this.released.push(...requestIds);
    await super.release(requestIds);
  }

  override async cancel(owner: string, requestIds: readonly string[]): Promise<void> {
    if (this.isDown) throw new Error('away');
    this.cancelled.push(...requestIds);
    await super.cancel(owner, requestIds);
  }
}

const UNVERIFIABLE = { code: 'budget_unverifiable', status: 503, retryAfter: 1 };

let ledger: TroubledLedger;
let reservations: BudgetReservations;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  ledger = new TroubledLedger();
  reservations = new BudgetReservations(ledger);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('BudgetReservations', () => {
  it('takes those together who come while a statement is under way', async () => {
    const { passed, open } = gate();
    ledger.held = passed;
    const requests = Array.from({ length: 6 }, () => budgetRequest(1n));
    const all = requests.map((request) => reservations.reserve(request));
    open();
    expect(await Promise.all(all)).toEqual(Array(6).fill(undefined));
    expect(ledger.batches.map(({ length }) => length)).toEqual([1, 5]);
    expect(ledger.batches.flat()).toEqual(requests.map(({ requestId }) => requestId));
  });

  it('tells each what was decided of it', async () => {
    const answers = await Promise.all([100n, 1n].map((amount) => reservations.reserve(budgetRequest(amount))));
    expect(answers).toEqual([undefined, expect.objectContaining({ charge: budgetCharge() })]);
  });

  it('refuses all who wait where the ledger fails, and for a moment all who come', async () => {
    ledger.isDown = true;
    const { passed, open } = gate();
    ledger.held = passed;
    const waiting = [1, 2, 3].map(() => reservations.reserve(budgetRequest(1n)));
    const judged = Promise.all(waiting.map((one) => expect(one).rejects.toMatchObject(UNVERIFIABLE)));
    open();
    await judged;
    await expect(reservations.reserve(budgetRequest(1n))).rejects.toMatchObject(UNVERIFIABLE);
    expect(ledger.batches).toHaveLength(1);
  });

  it('lets one find out whether the ledger is back, and the others follow', async () => {
    ledger.isDown = true;
    await expect(reservations.reserve(budgetRequest(1n))).rejects.toMatchObject(UNVERIFIABLE);
    ledger.isDown = false;
    vi.advanceTimersByTime(1_000);
    const { passed, open } = gate();
    ledger.held = passed;
    const all = [1, 2, 3].map(() => reservations.reserve(budgetRequest(1n)));
    open();
    await Promise.all(all);
    expect(ledger.batches.map(({ length }) => length)).toEqual([1, 1, 2]);
  });

  it('cancels what it does not know the fate of, when the ledger is back', async () => {
    ledger.isDown = true;
    const doubtful = budgetRequest(1n);
    await expect(reservations.reserve(doubtful)).rejects.toMatchObject(UNVERIFIABLE);
    await reservations.free();
    expect(ledger.cancelled).toEqual([]);
    ledger.isDown = false;
    await reservations.free();
    await reservations.free();
    expect(ledger.cancelled).toEqual([doubtful.requestId]);
  });

  it('releases again what the ledger did not take, once', async () => {
    const request = budgetRequest(60n);
    await reservations.reserve(request);
    ledger.isDown = true;
    reservations.release(request.requestId);
    await reservations.free();
    ledger.isDown = false;
    await reservations.free();
    await reservations.free();
    expect(ledger.released).toEqual([request.requestId]);
    expect(await ledger.states({})).toMatchObject([{ reserved: 0n }]);
  });
});
