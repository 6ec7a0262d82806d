import { TurnQueue } from '../../collections/turn-queue.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type Limit, type LimitDecision, type LimitState, RateLimiter } from '../../limits/rate-limiter.js';
import { type LimitAmount } from './limit-amount.js';
import { AskedLimits, LEASE_MS, LimitLease } from './limit-lease.js';
import { NumberReader } from './number-reader.js';
import { LimitOperation, type LimitRow, type LimitsTold } from './worker-messages.js';

/** So many lists of limits have a number at once; of more, the one that got its number first gets another when it is used. */
const MAX_NUMBERS = 65_536;

interface Waiting {
  read(decision: NumberReader): void;
  reject(error: GatewayError): void;
}

/**
 * Asks the primary process, which keeps limits for all workers; all that comes up in one turn goes in one message. Where
 * many calls come and little of a limit is used, it asks for part of it, and admits calls with that without asking.
 */
export class RemoteRateLimiter extends RateLimiter {
  private readonly rows = new TurnQueue<LimitRow>((rows) => this.tell(rows));
  /** Those who ask in this turn, and those of former turns who have no answer yet; answers come in the same order. */
  private asking: Waiting[] = [];
  private readonly asked: (readonly Waiting[])[] = [];
  private readonly lists = new WeakMap<readonly Limit[], AskedLimits>();
  private readonly numbered: (readonly Limit[])[] = [];
  private numbers = 0;
  /** In this turn. */
  private named: (readonly [number, readonly Limit[]])[] = [];
  private wanting: AskedLimits[] = [];
  private isCut = false;

  /**
   * @param now milliseconds of a monotonic clock.
   * @param maxNumbers more than one turn can ask for.
   */
  constructor(
    private readonly send: (told: LimitsTold) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly maxNumbers = MAX_NUMBERS,
  ) {
    super();
  }

  /** What has come back for one message. */
  take(decisions: Float64Array): void {
    const reader = new NumberReader(decisions);
    for (const waiting of this.asked.shift() ?? []) waiting.read(reader);
  }

  /** The primary process is gone: whoever waits for it waits in vain, and this process is about to end. */
  cut(): void {
    this.isCut = true;
    for (const { reject } of [...this.asked.flat(), ...this.asking]) reject(new GatewayError('server_shutting_down'));
    this.asked.length = 0;
    this.asking = [];
  }

  override check(limits: readonly Limit[], tokens: number, id: string): LimitDecision | Promise<LimitDecision> {
    if (this.isCut) return Promise.reject(new GatewayError('server_shutting_down'));
    const now = this.now();
    const list = this.listOf(limits);
    list.enter(now, tokens);
    if (list.lease?.take(now, { slots: 1, calls: 1, tokens }) === true) {
      return list.lease.decision(limits, tokens, id);
    }
    this.end(list);
    const decision = new Promise<LimitDecision>((resolve, reject) => {
      this.rows.add([LimitOperation.check, list.number, 0, 1, 1, tokens]);
      const read = (reader: NumberReader): void => {
        const decided = { ...readDecision(reader, limits), id, tokens, sharedAt: undefined };
        if (decided.chargedAt === undefined) list.leave();
        resolve(decided);
      };
      this.asking.push({ read, reject });
    });
    if (list.wantsLease(now)) this.wanting.push(list);
    return decision;
  }

  override leave(limits: readonly Limit[], { chargedAt }: LimitDecision): void {
    if (chargedAt === undefined) return;
    const list = this.listOf(limits);
    list.leave();
    if (list.countsUnderWay || list.lease !== undefined)
      this.giveBack(list, chargedAt, { slots: 1, calls: 0, tokens: 0 });
  }

  override settle(limits: readonly Limit[], { chargedAt, tokens: charged }: LimitDecision, tokens: number): void {
    if (chargedAt === undefined || tokens === charged) return;
    const list = this.listOf(limits);
    const missing = { slots: 0, calls: 0, tokens: tokens - charged };
    if (tokens < charged) this.giveBack(list, chargedAt, { slots: 0, calls: 0, tokens: charged - tokens });
    else if (list.lease?.take(this.now(), missing) !== true) {
      this.note(list, [LimitOperation.charge, list.number, 0, 0, 0, missing.tokens]);
    }
  }

  override takeBack(limits: readonly Limit[], { chargedAt, tokens }: LimitDecision): void {
    if (chargedAt === undefined) return;
    const list = this.listOf(limits);
    list.leave();
    this.giveBack(list, chargedAt, { slots: 1, calls: 1, tokens });
  }

  private giveBack(list: AskedLimits, chargedAt: number, { slots, calls, tokens }: LimitAmount): void {
    const { lease, number } = list;
    if (lease?.chargedAt === chargedAt) lease.giveBack({ slots, calls, tokens });
    else if (lease === undefined) this.rows.add([LimitOperation.giveBack, number, chargedAt, slots, calls, tokens]);
    else {
      // The next call may be under way in its place. Calls and tokens stay in the window in which they were charged.
      lease.giveBack({ slots, calls: 0, tokens: 0 });
      if (calls + tokens > 0) lease.later.push([LimitOperation.giveBack, number, chargedAt, 0, calls, tokens]);
    }
  }

  /** Where there is a lease there is no hurry. */
  private note({ lease }: AskedLimits, row: LimitRow): void {
    if (lease === undefined) this.rows.add(row);
    else lease.later.push(row);
  }

  private askForLease(list: AskedLimits): LimitRow {
    const { number, limits, wish } = list;
    const until = this.now() + LEASE_MS;
    const read = (reader: NumberReader): void => {
      const { chargedAt, states } = readDecision(reader, limits);
      if (chargedAt === undefined) return;
      const lease = new LimitLease(chargedAt, until, wish, states);
      list.hold(lease);
      setTimeout(() => {
        if (list.lease === lease) this.end(list);
      }, until - this.now()).unref();
    };
    this.asking.push({ read, reject: () => undefined });
    return [LimitOperation.lease, number, 0, wish.slots, wish.calls, wish.tokens];
  }

  private end(list: AskedLimits): void {
    const { lease, number } = list;
    if (lease === undefined) return;
    list.lease = undefined;
    const { slots, calls, tokens } = lease.rest;
    this.rows.add([LimitOperation.giveBack, number, lease.chargedAt, slots, calls, tokens]);
    for (const row of lease.later) this.rows.add(row);
  }

  private tell(rows: readonly LimitRow[]): void {
    if (this.isCut) return;
    // After the calls of this turn: what is left for them is not leased.
    const leases = this.wanting.map((list) => this.askForLease(list));
    const { asking, named } = this;
    if (asking.length > 0) this.asked.push(asking);
    this.asking = [];
    this.named = [];
    this.wanting = [];
    this.send({ named, rows: Float64Array.from([...rows, ...leases].flat()) });
  }

  private listOf(limits: readonly Limit[]): AskedLimits {
    const known = this.lists.get(limits);
    if (known !== undefined) return known;
    const number = this.numbers++ % this.maxNumbers;
    const former = this.numbered[number];
    if (former !== undefined) this.lists.delete(former);
    this.numbered[number] = limits;
    this.named.push([number, limits]);
    const list = new AskedLimits(number, limits);
    this.lists.set(limits, list);
    return list;
  }
}

function readDecision(
  reader: NumberReader,
  limits: readonly Limit[],
): Pick<LimitDecision, 'refusedBy' | 'retryAfterMs' | 'chargedAt' | 'states'> {
  const refusedBy = reader.next();
  const retryAfterMs = reader.next();
  const charged = reader.next();
  const chargedAt = Number.isNaN(charged) ? undefined : charged;
  const states = limits.map((): LimitState => ({ remaining: reader.next(), resetMs: reader.next() }));
  return { refusedBy, retryAfterMs, chargedAt, states };
}
