import { TurnQueue } from '../../collections/turn-queue.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type Limit, type LimitDecision, RateLimiter } from '../../limits/rate-limiter.js';
import { readDecision } from './decision-numbers.js';
import { type LimitAmount } from './limit-amount.js';
import { AskedLimits, LEASE_MS, type LimitChange, LimitLease } from './limit-lease.js';
import { NumberReader } from './number-reader.js';
import { LimitOperation, type LimitRow, type LimitsTold, MAX_NUMBERS } from './worker-messages.js';

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
  /** Given so far. */
  private numbers = 0;
  /** In this turn. */
  private numbered: (readonly [number, readonly Limit[]])[] = [];
  private wanting: AskedLimits[] = [];
  private isCut = false;

  /** @param now milliseconds of a monotonic clock. */
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
    const amount = { slots: list.slots, calls: 1, tokens };
    if (list.lease?.take(now, amount) === true) {
      return list.lease.decision(limits, tokens, id);
    }
    this.end(list);
    const decision = new Promise<LimitDecision>((resolve, reject) => {
      this.add(list, { what: LimitOperation.check, chargedAt: 0, amount });
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
    if (list.slots > 0) this.giveBack(list, chargedAt, { slots: list.slots, calls: 0, tokens: 0 });
  }

  override settle(limits: readonly Limit[], { chargedAt, tokens: charged }: LimitDecision, tokens: number): void {
    if (chargedAt === undefined || tokens === charged) return;
    const list = this.listOf(limits);
    if (!list.countsTokens) return;
    const missing = { slots: 0, calls: 0, tokens: tokens - charged };
    if (tokens < charged) this.giveBack(list, chargedAt, { slots: 0, calls: 0, tokens: charged - tokens });
    else if (list.lease?.take(this.now(), missing) !== true) {
      this.note(list, { what: LimitOperation.charge, chargedAt: 0, amount: missing });
    }
  }

  override takeBack(limits: readonly Limit[], { chargedAt, tokens }: LimitDecision): void {
    if (chargedAt === undefined) return;
    const list = this.listOf(limits);
    list.leave();
    this.giveBack(list, chargedAt, { slots: list.slots, calls: 1, tokens });
  }

  private giveBack(list: AskedLimits, chargedAt: number, amount: LimitAmount): void {
    const { lease } = list;
    const what = LimitOperation.giveBack;
    if (lease === undefined) {
      this.add(list, { what, chargedAt, amount });
      return;
    }
    const { slots, calls, tokens } = amount;
    // The next call may be under way in its place. Calls and tokens stay in the window in which they were charged.
    if (slots > 0 && !lease.keepSlot()) this.add(list, { what, chargedAt, amount: { slots, calls: 0, tokens: 0 } });
    if (calls + tokens === 0) return;
    const counted = { slots: 0, calls, tokens };
    if (lease.chargedAt === chargedAt) lease.giveBack(counted);
    else this.note(list, { what, chargedAt, amount: counted });
  }

  /** Where there is a lease there is no hurry. */
  private note(list: AskedLimits, change: LimitChange): void {
    if (list.lease === undefined) this.add(list, change);
    else list.lease.later.push(change);
  }

  private askForLease(list: AskedLimits): LimitRow {
    const { limits, wish } = list;
    const until = this.now() + LEASE_MS;
    const read = (reader: NumberReader): void => {
      const { chargedAt, states } = readDecision(reader, limits);
      if (chargedAt === undefined) {
        list.refused(this.now());
        return;
      }
      const lease = new LimitLease(chargedAt, until, wish, states);
      list.granted(lease);
      setTimeout(() => {
        if (list.lease === lease) this.end(list);
      }, until - this.now()).unref();
    };
    this.asking.push({ read, reject: () => undefined });
    return this.row(list, { what: LimitOperation.lease, chargedAt: 0, amount: wish });
  }

  private end(list: AskedLimits): void {
    const { lease } = list;
    if (lease === undefined) return;
    list.lease = undefined;
    this.add(list, { what: LimitOperation.giveBack, chargedAt: lease.chargedAt, amount: lease.rest });
    for (const change of lease.later) this.add(list, change);
  }

  private add(list: AskedLimits, change: LimitChange): void {
    this.rows.add(this.row(list, change));
  }

  private row(list: AskedLimits, { what, chargedAt, amount: { slots, calls, tokens } }: LimitChange): LimitRow {
    // Those of the same turn that name its former number are read before that is forgotten.
    if (list.number < this.numbers - this.maxNumbers) {
      list.number = this.numbers++;
      this.numbered.push([list.number, list.limits]);
    }
    return [what, list.number, chargedAt, slots, calls, tokens];
  }

  private tell(rows: readonly LimitRow[]): void {
    if (this.isCut) return;
    // After the calls of this turn: what is left for them is not leased.
    const leases = this.wanting.map((list) => this.askForLease(list));
    const { asking, numbered } = this;
    if (asking.length > 0) this.asked.push(asking);
    this.asking = [];
    this.numbered = [];
    this.wanting = [];
    this.send({ numbered, rows: Float64Array.from([...rows, ...leases].flat()) });
  }

  private listOf(limits: readonly Limit[]): AskedLimits {
    let list = this.lists.get(limits);
    if (list === undefined) this.lists.set(limits, (list = new AskedLimits(limits)));
    return list;
  }
}
