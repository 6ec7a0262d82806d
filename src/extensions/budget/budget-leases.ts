import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type LeaseDraw } from '../../events/budget-charge.js';
import { BudgetLedger, type LeasePart } from './budget-ledger.js';
import { BudgetReservations } from './budget-reservations.js';
import { type CallCharges } from './budget-rules.js';

/** A lease is so many times what the call may cost that it is asked for, if there is room. */
const FIRST_PIECES = 512;
const MOST_PIECES = 4_096;
/** Until one lasts for a second each is so many times the last one: a database that hangs for a moment is not felt. */
const GROWTH = 4;
/** Fewer are not worth a statement of their own. */
const LEAST_PIECES = 8;
/** No lease is more than this part of what is left: the less there is, the closer it is watched. */
const SHARE = 16;
/** Calls within `IDLE_MS` that make a lease worth while. */
const BUSY_CALLS = 2;
/**
 * Leases that are asked for at once: fewer than there are connections, or calls that reserve would wait behind the leases
 * of a thousand keys. Who is not among them asks with a later call.
 */
const AT_ONCE = 3;
const TIDY_INTERVAL_MS = 1_000;
/** Leases that are asked for sooner than this after one another are too small; so long before its end another is asked for. */
const FAST_MS = 1_000;
/** One that nobody draws from is given back; of many keys each calls rarely, and should find its lease again. */
const IDLE_MS = 5_000;
/** Until then at the latest a change of a budget's terms is felt. */
const MAX_AGE_MS = 10_000;
const DENIED_PAUSE_MS = 1_000;
const FAILED_PAUSE_MS = 250;

/** An amount that this process may spend without asking. Amounts in pico-USD. */
class Lease {
  isOver = false;
  /** Draws of calls under way. */
  open = 0;
  /** Parts that the ledger knows to be given back. */
  givenBack = 0;
  /** On its way to the ledger: it does not change until that has it. */
  part: LeasePart | undefined;

  constructor(
    readonly id: string,
    public left: bigint,
    public drawnAt: number,
    readonly until: number,
  ) {}

  draw(amount: bigint, now: number): LeaseDraw {
    this.left -= amount;
    this.open++;
    this.drawnAt = now;
    return new Draw(this, amount);
  }
}

class Draw implements LeaseDraw {
  constructor(
    private readonly from: Lease,
    private readonly amount: bigint,
  ) {}

  get lease(): string {
    return this.from.id;
  }

  settle(cost: bigint): bigint {
    const used = cost < this.amount ? cost : this.amount;
    this.from.left += this.amount - used;
    this.from.open--;
    return used;
  }
}

/** The leases on one set of accounts. */
interface Pool {
  readonly charges: CallCharges;
  leases: Lease[];
  /** Of the next lease. */
  pieces: number;
  /** The amount of the last one. */
  granted: bigint;
  /** Monotonic milliseconds, as all times here. */
  askedAt: number;
  askAgainAt: number;
  /** Calls since `countedSince` that found no lease. */
  calls: number;
  countedSince: number;
}

/**
 * Draws what calls may cost from leases on their accounts, so that the ledger is asked once for many calls, and not while
 * one waits. What is leased counts as reserved: a hard budget is as hard as without. Near its limit there are no leases,
 * and every call is decided by the ledger.
 */
@Injectable()
export class BudgetLeases implements OnApplicationShutdown {
  private readonly logger = new Logger(BudgetLeases.name);
  private readonly pools = new Map<string, Pool>();
  private timer: NodeJS.Timeout | undefined;
  private tidying: Promise<void> | undefined;
  private isStopped = false;
  private isWaiting = false;
  private readonly asking = new Map<Pool, Promise<void>>();

  constructor(
    private readonly ledger: BudgetLedger,
    private readonly reservations: BudgetReservations,
  ) {}

  /**
   * @param amount pico-USD, more than 0
   * @returns `undefined` where no lease has as much left: the ledger is to be asked.
   */
  draw(charges: CallCharges, amount: bigint): LeaseDraw | undefined {
    const now = performance.now();
    const pool = this.pools.get(charges.accounts) ?? this.open(charges, now);
    let left = 0n;
    let drawn: LeaseDraw | undefined;
    for (const lease of pool.leases) {
      if (lease.isOver || now >= lease.until) continue;
      if (drawn === undefined && lease.left >= amount) drawn = lease.draw(amount, now);
      if (now + FAST_MS < lease.until) left += lease.left;
    }
    // At half of the last one, and before its time is over, so that no call has to wait for the next.
    const isWanted = drawn === undefined ? isBusy(pool, now) : left < pool.granted / 2n;
    if (isWanted && this.mayAsk(pool) && now >= pool.askAgainAt && !this.isStopped) {
      const asked = this.ask(pool, amount, now).finally(() => this.asking.delete(pool));
      this.asking.set(pool, asked);
    }
    return drawn;
  }

  /** Gives back what is not needed, and tries again where that failed. */
  tidy(): Promise<void> {
    this.tidying ??= this.giveBack().finally(() => (this.tidying = undefined));
    return this.tidying;
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    // One that came after the rest is given back would be charged as lost.
    await Promise.all(this.asking.values());
    await this.tidying;
    await this.tidy();
  }

  private open(charges: CallCharges, now: number): Pool {
    const pool = {
      charges,
      leases: [],
      pieces: FIRST_PIECES,
      granted: 0n,
      askedAt: -Infinity,
      askAgainAt: 0,
      calls: 0,
      countedSince: now,
    };
    this.pools.set(charges.accounts, pool);
    this.timer ??= setInterval(() => void this.tidy(), TIDY_INTERVAL_MS).unref();
    return pool;
  }

  private mayAsk(pool: Pool): boolean {
    return this.asking.size < AT_ONCE && !this.asking.has(pool);
  }

  private async ask(pool: Pool, piece: bigint, now: number): Promise<void> {
    if (now - pool.askedAt < FAST_MS) pool.pieces = Math.min(pool.pieces * GROWTH, MOST_PIECES);
    pool.askedAt = now;
    const id = randomUUID();
    try {
      const granted = await this.ledger.lease(this.reservations.owner, {
        id,
        charges: pool.charges.hard,
        piece,
        most: pool.pieces,
        least: LEAST_PIECES,
        share: SHARE,
      });
      if (granted === undefined) {
        pool.askAgainAt = performance.now() + DENIED_PAUSE_MS;
      } else {
        // Counted from before it was asked for: it must end before the window of its accounts does.
        const until = Math.min(MAX_AGE_MS, (granted.secondsLeft ?? Infinity) * 1_000);
        pool.granted = granted.amount;
        pool.leases.push(new Lease(id, granted.amount, performance.now(), now + until));
      }
    } catch {
      // Whoever reserves says that the ledger is away.
      this.reservations.doubt(id);
      pool.askAgainAt = performance.now() + FAILED_PAUSE_MS;
    }
  }

  private async giveBack(): Promise<void> {
    const now = performance.now();
    const returned: Lease[] = [];
    const parts: LeasePart[] = [];
    for (const [key, pool] of this.pools) {
      // The last one waits for its turn as long as those before it are drawn from.
      const last = pool.leases.at(-1);
      if (last !== undefined) last.drawnAt = Math.max(...pool.leases.map(({ drawnAt }) => drawnAt));
      for (const lease of pool.leases) {
        lease.isOver ||= this.isStopped || now - lease.drawnAt >= IDLE_MS || now >= lease.until;
        if (lease.part === undefined && lease.isOver && lease.left > 0n) {
          lease.part = { id: lease.id, amount: lease.left, number: lease.givenBack };
          lease.left = 0n;
        }
        if (lease.part === undefined) continue;
        returned.push(lease);
        parts.push(lease.part);
      }
      pool.leases = pool.leases.filter((lease) => !isDone(lease));
      if (pool.leases.length === 0 && !this.asking.has(pool) && now - pool.countedSince >= IDLE_MS)
        this.pools.delete(key);
    }
    if (this.pools.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    if (parts.length === 0) return;
    try {
      await this.ledger.giveBack(parts);
      for (const lease of returned) {
        lease.part = undefined;
        lease.givenBack++;
      }
      this.isWaiting = false;
    } catch (error) {
      // Once: it is tried again every second.
      if (!this.isWaiting) this.logger.warn(`Leases of budgets wait to be given back (${String(error)})`);
      this.isWaiting = true;
    }
  }
}

/** Counts the call. */
function isBusy(pool: Pool, now: number): boolean {
  if (now - pool.countedSince >= IDLE_MS) {
    pool.countedSince = now;
    pool.calls = 0;
  }
  return ++pool.calls >= BUSY_CALLS;
}

function isDone({ isOver, open, left, part }: Lease): boolean {
  return isOver && open === 0 && left === 0n && part === undefined;
}
