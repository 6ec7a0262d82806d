import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { budgetCharge, budgetRequest } from '../../../test/support/budgets.js';
import { gate } from '../../../test/support/fake-upstream.js';
import { usageRecord } from '../../../test/support/usage-records.js';
import { type LeaseDraw } from '../../events/budget-charge.js';
import { type LeaseGrant, type LeasePart, type LeaseRequest } from './budget-ledger.js';
import { BudgetLeases } from './budget-leases.js';
import { BudgetReservations } from './budget-reservations.js';
import { type CallCharges } from './budget-rules.js';
import { MemoryBudgetLedger } from './memory-budget-ledger.js';

/** A ledger that can be held up and can be away, and remembers what it was asked. */
class TroubledLedger extends MemoryBudgetLedger {
  asked = 0;
  readonly parts: LeasePart[] = [];
  isDown = false;
  /** Takes what it is told, but cannot say so. */
  isMute = false;
  held: Promise<void> = Promise.resolve();

  override async lease(owner: string, request: LeaseRequest): Promise<LeaseGrant | undefined> {
    this.asked++;
    await this.held;
    if (this.isDown) throw new Error('away');
    return super.lease(owner, request);
  }

  override async giveBack(parts: readonly LeasePart[]): Promise<void> {
    if (this.isDown) throw new Error('away');
    this.parts.push(...parts);
    await super.giveBack(parts);
    if (this.isMute) throw new Error('lost');
  }
}

let ledger: TroubledLedger;
let reservations: BudgetReservations;
let leases: BudgetLeases;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  ledger = new TroubledLedger();
  reservations = new BudgetReservations(ledger);
  leases = new BudgetLeases(ledger, reservations);
});

afterEach(() => {
  vi.useRealTimers();
});

function charges(limit: string, period: 'total' | 'day' = 'total'): CallCharges {
  const hard = [budgetCharge({ limit, period })];
  return { all: hard, hard, soft: undefined, accounts: limit };
}

const PLENTY = charges('1000000');

/** What is asked of the ledger comes to its end. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As many calls as make a lease worth while. */
async function busy(of: CallCharges = PLENTY, piece = 10n): Promise<void> {
  for (let call = 0; call < 2; call++) expect(leases.draw(of, piece)).toBeUndefined();
  await quiet();
}

function drawn(of: CallCharges = PLENTY, piece = 10n): LeaseDraw {
  const draw = leases.draw(of, piece);
  if (draw === undefined) throw new Error('There is no lease.');
  return draw;
}

async function account() {
  const [state] = await ledger.states({});
  return state === undefined ? undefined : { spent: state.spent, reserved: state.reserved };
}

/** As the storage does it when the record is there. */
function store(draw: LeaseDraw, cost: bigint): void {
  ledger.settle([usageRecord({ requestId: crypto.randomUUID(), cost, lease: draw.lease, leased: draw.settle(cost) })]);
}

describe('BudgetLeases', () => {
  it('asks for no lease before there are two calls within five seconds', async () => {
    for (let call = 0; call < 3; call++) {
      expect(leases.draw(PLENTY, 10n)).toBeUndefined();
      vi.advanceTimersByTime(5_000);
    }
    await quiet();
    expect(ledger.asked).toBe(0);
    await busy();
    expect(ledger.asked).toBe(1);
    expect(await account()).toEqual({ spent: 0n, reserved: 5_120n });
  });

  it('serves calls without the ledger, and asks before it is at its end', async () => {
    await busy();
    for (let call = 0; call < 256; call++) drawn();
    expect(ledger.asked).toBe(1);
    drawn();
    expect(ledger.asked).toBe(2);
    await quiet();
    for (let call = 0; call < 512; call++) drawn();
  });

  it('asks for four times as much where a lease does not last a second, up to a limit', async () => {
    const rich = charges('100000000');
    await busy(rich);
    let reserved = 5_120n;
    for (const pieces of [2_048n, 4_096n, 4_096n]) {
      while (leases.draw(rich, 10n) !== undefined && (await account())?.reserved === reserved) await quiet();
      reserved += pieces * 10n;
      expect((await account())?.reserved).toBe(reserved);
    }
  });

  it('asks once at a time', async () => {
    const { passed, open } = gate();
    ledger.held = passed;
    for (let call = 0; call < 50; call++) leases.draw(PLENTY, 10n);
    expect(ledger.asked).toBe(1);
    open();
    await quiet();
  });

  it('asks for three at a time, so that nobody who reserves waits for a row of them', async () => {
    const { passed, open } = gate();
    ledger.held = passed;
    const many = Array.from({ length: 10 }, (_, at) => charges(String(1_000_000 + at)));
    const drawAll = (): void => {
      for (const one of many) leases.draw(one, 10n);
    };
    drawAll();
    drawAll();
    expect(ledger.asked).toBe(3);
    open();
    for (const asked of [6, 9, 10]) {
      await quiet();
      drawAll();
      expect(ledger.asked).toBe(asked);
    }
    await quiet();
  });

  it('takes a sixteenth of what is left, and nothing where that is little', async () => {
    await busy(charges('1600'));
    expect(await account()).toEqual({ spent: 0n, reserved: 100n });
    for (let call = 0; call < 10; call++) drawn(charges('1600'));
    expect(leases.draw(charges('1600'), 10n)).toBeUndefined();

    const small = charges('1270');
    await busy(small);
    expect(leases.draw(small, 10n)).toBeUndefined();
    // Not asked for again at once.
    const { asked } = ledger;
    leases.draw(small, 10n);
    expect(ledger.asked).toBe(asked);
  });

  it('has what a call did not cost for the next one', async () => {
    await busy(charges('1600'));
    for (let call = 0; call < 1_000; call++) store(drawn(charges('1600')), 0n);
    for (let call = 0; call < 90; call++) store(drawn(charges('1600')), 1n);
    expect(await account()).toMatchObject({ spent: 90n });
  });

  it('uses up no more than was drawn, whatever it cost', async () => {
    await busy();
    const draw = drawn();
    expect(draw.settle(25n)).toBe(10n);
    expect(drawn().settle(0n)).toBe(0n);
  });

  it('gives back what nobody draws from, and what comes free later', async () => {
    await busy();
    const draw = drawn();
    vi.advanceTimersByTime(4_999);
    await leases.tidy();
    expect(ledger.parts).toHaveLength(0);
    vi.advanceTimersByTime(1);
    await leases.tidy();
    expect(await account()).toEqual({ spent: 0n, reserved: 10n });
    expect(leases.draw(PLENTY, 10n)).toBeUndefined();
    store(draw, 4n);
    await leases.tidy();
    expect(await account()).toEqual({ spent: 4n, reserved: 0n });
    expect(ledger.parts.map(({ amount, number }) => [amount, number])).toEqual([
      [5_110n, 0],
      [6n, 1],
    ]);
  });

  it('gives back by itself, and then has no timer', async () => {
    await busy();
    await vi.advanceTimersByTimeAsync(7_000);
    expect(await account()).toEqual({ spent: 0n, reserved: 0n });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('draws from no lease for longer than ten seconds, and has the next one before', async () => {
    await busy();
    const first = drawn().lease;
    const drawnAfter = async (milliseconds: number): Promise<string> => {
      vi.advanceTimersByTime(milliseconds);
      const { lease } = drawn();
      await quiet();
      return lease;
    };
    for (let half = 1; half < 18; half++) expect(await drawnAfter(500)).toBe(first);
    expect(ledger.asked).toBe(1);
    expect(await drawnAfter(500)).toBe(first);
    expect(ledger.asked).toBe(2);
    expect(await drawnAfter(500)).toBe(first);
    expect(await drawnAfter(499)).toBe(first);
    expect(await drawnAfter(1)).not.toBe(first);
    expect(ledger.asked).toBe(2);
  });

  it('keeps the next one as long as the one before is drawn from', async () => {
    await busy();
    for (let call = 0; call < 257; call++) drawn();
    await quiet();
    expect(ledger.asked).toBe(2);
    for (let half = 0; half < 10; half++) {
      vi.advanceTimersByTime(500);
      drawn();
      await quiet();
    }
    expect([ledger.asked, ledger.parts.length]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ledger.parts).toHaveLength(2);
  });

  it('draws from none that has ended where there is no next one', async () => {
    await busy();
    ledger.isDown = true;
    for (let half = 0; half < 20; half++) {
      drawn();
      vi.advanceTimersByTime(500);
      await quiet();
    }
    expect(leases.draw(PLENTY, 10n)).toBeUndefined();
  });

  it('draws nothing from a window that has ended', async () => {
    vi.setSystemTime('2026-03-01T23:59:58Z');
    vi.useFakeTimers({ toFake: ['performance', 'Date', 'setInterval', 'clearInterval'], now: Date.now() });
    const daily = charges('1000000', 'day');
    await busy(daily);
    drawn(daily).settle(0n);
    vi.advanceTimersByTime(86_400_000);
    expect(leases.draw(daily, 10n)).toBeUndefined();
  });

  it('tells again what the ledger did not take, and the ledger takes once what it is told twice', async () => {
    await busy();
    ledger.isDown = true;
    vi.advanceTimersByTime(5_000);
    await leases.tidy();
    ledger.isDown = false;
    ledger.isMute = true;
    await leases.tidy();
    ledger.isMute = false;
    await leases.tidy();
    await leases.tidy();
    expect(ledger.parts).toHaveLength(2);
    expect(await account()).toEqual({ spent: 0n, reserved: 0n });
  });

  it('lets the ledger be asked where it fails, and leaves nothing set aside', async () => {
    ledger.isDown = true;
    await busy();
    expect(leases.draw(PLENTY, 10n)).toBeUndefined();
    ledger.isDown = false;
    await reservations.reserve(budgetRequest(1n, PLENTY.hard, crypto.randomUUID()));
    await reservations.free();
    expect(await account()).toEqual({ spent: 0n, reserved: 1n });
  });

  it('waits at the end for the lease that is on its way, and gives it back', async () => {
    const { passed, open } = gate();
    ledger.held = passed;
    for (let call = 0; call < 2; call++) leases.draw(PLENTY, 10n);
    const ended = leases.onApplicationShutdown();
    open();
    await ended;
    expect(ledger.asked).toBe(1);
    expect(await account()).toEqual({ spent: 0n, reserved: 0n });
  });

  it('gives everything back at the end, and asks no more', async () => {
    await busy();
    store(drawn(), 3n);
    await leases.onApplicationShutdown();
    expect(await account()).toEqual({ spent: 3n, reserved: 0n });
    const { asked } = ledger;
    await busy();
    expect(ledger.asked).toBe(asked);
  });
});
