import { Injectable } from '@nestjs/common';
import { type BudgetCharge } from '../../events/budget-charge.js';
import { type ChargeSettler } from '../charge-settler.js';
import { type UsageRecord } from '../usage-record.js';
import {
  type BudgetAlert,
  type BudgetFilter,
  BudgetLedger,
  type BudgetRefusal,
  type BudgetRequest,
  type BudgetState,
  type LeaseGrant,
  type LeasePart,
  type LeaseRequest,
} from './budget-ledger.js';
import { budgetWindow, type BudgetWindow } from './budget-window.js';

interface Account {
  charge: BudgetCharge;
  readonly window: BudgetWindow;
  spent: bigint;
  reserved: bigint;
  readonly alerted: Set<number>;
}

interface Reservation {
  readonly owner: string;
  amount: bigint;
  /** Parts of a lease. */
  givenBack: number;
  readonly accounts: readonly Account[];
  state: 'open' | 'swept' | 'void';
}

const DEFAULT_STATES = 100;

/** Keeps the accounts of one gateway while its process lives: for trying out and for tests. */
@Injectable()
export class MemoryBudgetLedger extends BudgetLedger implements ChargeSettler {
  private readonly accounts = new Map<string, Account>();
  private readonly reservations = new Map<string, Reservation>();
  /** Monotonic milliseconds of the last sign of life. */
  private readonly seenAt = new Map<string, number>();
  private alerts: BudgetAlert[] = [];

  override reserve(owner: string, requests: readonly BudgetRequest[]): Promise<readonly (BudgetRefusal | undefined)[]> {
    this.seenAt.set(owner, performance.now());
    return Promise.resolve(requests.map((request) => this.decide(owner, request)));
  }

  override lease(owner: string, request: LeaseRequest): Promise<LeaseGrant | undefined> {
    this.seenAt.set(owner, performance.now());
    const now = Date.now();
    const accounts = request.charges.flatMap((charge) => this.open(charge, now) ?? []);
    const pieces = accounts
      .map((account) => stateOf(account).left / (BigInt(request.share) * request.piece))
      .reduce((fewest, room) => (room < fewest ? room : fewest), BigInt(request.most));
    if (!this.reservations.has(request.id) && pieces >= BigInt(request.least)) {
      const amount = pieces * request.piece;
      for (const account of accounts) account.reserved += amount;
      this.reservations.set(request.id, { owner, amount, accounts, state: 'open', givenBack: 0 });
    }
    const lease = this.reservations.get(request.id);
    if (lease?.state !== 'open') return Promise.resolve(undefined);
    const ends = accounts.flatMap(({ window: { end } }) => (end === null ? [] : [(end - now) / 1_000]));
    return Promise.resolve({ amount: lease.amount, secondsLeft: ends.length === 0 ? null : Math.min(...ends) });
  }

  override giveBack(parts: readonly LeasePart[]): Promise<void> {
    for (const { id, amount, number } of parts) {
      const lease = this.reservations.get(id);
      if (lease?.givenBack !== number) continue;
      lease.givenBack++;
      this.useUp(id, lease, amount, 0n);
    }
    return Promise.resolve();
  }

  override release(requestIds: readonly string[]): Promise<void> {
    for (const id of requestIds) {
      const reservation = this.reservations.get(id);
      if (reservation === undefined || reservation.state === 'void') continue;
      this.reservations.delete(id);
      for (const account of reservation.accounts) {
        if (reservation.state === 'open') account.reserved -= reservation.amount;
        else this.spend(account, -reservation.amount);
      }
    }
    return Promise.resolve();
  }

  override async cancel(owner: string, requestIds: readonly string[]): Promise<void> {
    await this.release(requestIds);
    for (const id of requestIds) {
      if (!this.reservations.has(id))
        this.reservations.set(id, { owner, amount: 0n, accounts: [], state: 'void', givenBack: 0 });
    }
  }

  override beat(owner: string): Promise<void> {
    this.seenAt.set(owner, performance.now());
    return Promise.resolve();
  }

  override sweep(silentMs: number): Promise<number> {
    const now = performance.now();
    let swept = 0;
    for (const reservation of this.reservations.values()) {
      const seenAt = this.seenAt.get(reservation.owner);
      if (reservation.state !== 'open' || (seenAt !== undefined && now - seenAt <= silentMs)) continue;
      reservation.state = 'swept';
      swept++;
      for (const account of reservation.accounts) {
        account.reserved -= reservation.amount;
        this.spend(account, reservation.amount);
      }
    }
    for (const [owner, seenAt] of this.seenAt) if (now - seenAt > silentMs) this.seenAt.delete(owner);
    for (const [key, { window }] of this.accounts) if (hasEnded(window, Date.now())) this.accounts.delete(key);
    return Promise.resolve(swept);
  }

  settle(records: readonly UsageRecord[]): void {
    for (const { requestId, startedAt, cost, charges = [], lease, leased = 0n } of records) {
      const drawnFrom = lease === undefined ? undefined : this.reservations.get(lease);
      if (lease !== undefined && drawnFrom !== undefined) this.useUp(lease, drawnFrom, leased, cost ?? 0n);
      const reservation = this.reservations.get(requestId);
      this.reservations.delete(requestId);
      const { accounts = [], amount = 0n, state = 'void' } = reservation ?? {};
      for (const account of accounts) {
        if (state === 'open') account.reserved -= amount;
        this.spend(account, (cost ?? 0n) - (state === 'swept' ? amount : 0n));
      }
      for (const charge of charges) {
        const isPaid = accounts.some((one) => isSameAccount(one.charge, charge));
        const account = isPaid ? undefined : this.open(charge, Math.min(startedAt.getTime(), Date.now()));
        if (account !== undefined) this.spend(account, cost ?? 0n);
      }
    }
  }

  override takeAlerts(): Promise<readonly BudgetAlert[]> {
    const taken = this.alerts;
    this.alerts = [];
    return Promise.resolve(taken);
  }

  override closeAlert(): Promise<void> {
    return Promise.resolve();
  }

  override states(filter: BudgetFilter): Promise<readonly BudgetState[]> {
    const { budget, kind, subject, limit = DEFAULT_STATES } = filter;
    const now = Date.now();
    const found = [...this.accounts.values()]
      .filter(({ window }) => !hasEnded(window, now))
      .filter(({ charge }) => budget === undefined || charge.budget === budget)
      .filter(({ charge }) => kind === undefined || charge.kind === kind)
      .filter(({ charge }) => subject === undefined || charge.subject === subject)
      .map(stateOf)
      .sort((a, b) => compare(a.budget, b.budget) || compare(a.subject, b.subject));
    return Promise.resolve(found.slice(0, limit));
  }

  /** Takes a part from a lease, and a cost from its accounts. */
  private useUp(id: string, lease: Reservation, amount: bigint, cost: bigint): void {
    if (lease.state === 'void') return;
    const taken = amount < lease.amount ? amount : lease.amount;
    lease.amount -= taken;
    for (const account of lease.accounts) {
      if (lease.state === 'open') account.reserved -= taken;
      this.spend(account, cost - (lease.state === 'swept' ? taken : 0n));
    }
    if (lease.amount === 0n && lease.state === 'open') this.reservations.delete(id);
  }

  private decide(owner: string, { requestId, amount, charges }: BudgetRequest): BudgetRefusal | undefined {
    if (this.reservations.has(requestId)) return undefined;
    const now = Date.now();
    const accounts: Account[] = [];
    for (const charge of charges) {
      const account = this.open(charge, now);
      if (account === undefined) continue;
      if (account.spent + account.reserved + amount > BigInt(charge.limit)) {
        const { end } = account.window;
        return {
          charge,
          windowEnd: end === null ? null : new Date(end),
          secondsLeft: end === null ? null : (end - now) / 1000,
        };
      }
      accounts.push(account);
    }
    for (const account of accounts) account.reserved += amount;
    this.reservations.set(requestId, { owner, amount, accounts, state: 'open', givenBack: 0 });
    return undefined;
  }

  /** The account for a moment; `undefined` for a window that has ended and been forgotten. */
  private open(charge: BudgetCharge, at: number): Account | undefined {
    const key = JSON.stringify([charge.budget, charge.subject, charge.period]);
    let account = this.accounts.get(key);
    if (account === undefined || hasEnded(account.window, at)) {
      account = { charge, window: budgetWindow(at, charge), spent: 0n, reserved: 0n, alerted: new Set() };
      this.accounts.set(key, account);
    }
    if (at < account.window.start) return undefined;
    account.charge = charge;
    return account;
  }

  private spend(account: Account, amount: bigint): void {
    account.spent += amount;
    const limit = BigInt(account.charge.limit);
    for (const threshold of account.charge.alerts) {
      if (account.alerted.has(threshold) || account.spent <= 0n || account.spent * 100n < limit * BigInt(threshold))
        continue;
      account.alerted.add(threshold);
      const { budget, kind, subject, windowStart, windowEnd, spent } = stateOf(account);
      const id = JSON.stringify([budget, subject, windowStart, threshold]);
      this.alerts.push({
        id,
        budget,
        kind,
        subject,
        threshold,
        windowStart,
        windowEnd,
        limit,
        spent,
        raisedAt: new Date(),
      });
    }
  }
}

function hasEnded({ end }: BudgetWindow, at: number): boolean {
  return end !== null && at >= end;
}

function isSameAccount(a: BudgetCharge, b: BudgetCharge): boolean {
  return a.budget === b.budget && a.subject === b.subject;
}

function stateOf({ charge, window, spent, reserved }: Account): BudgetState {
  const limit = BigInt(charge.limit);
  return {
    budget: charge.budget,
    kind: charge.kind,
    subject: charge.subject,
    period: charge.period,
    hard: charge.hard,
    limit,
    spent,
    reserved,
    left: limit - spent - reserved,
    windowStart: new Date(window.start),
    windowEnd: window.end === null ? null : new Date(window.end),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
