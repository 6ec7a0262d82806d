import { getHeapStatistics } from 'node:v8';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Principal } from '../auth/principal.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { MetricsRead } from '../events/metrics-read.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { CallsInFlight } from './calls-in-flight.js';
import { type LoadSample, OverloadJudge } from './overload-judge.js';

const QUARTER_MS = 250;
const TICK_MS = 5;
/** So many calm quarters of a second without a request, and nobody looks until the next: a server at rest is not woken. */
const QUIET_LOOKS = 4;
/** The log is told once in so many milliseconds. */
const TELL_MS = 10_000;
/**
 * Clients are asked to come again after 1 second to eight, by chance: not all of them at once. Made once, since a refusal
 * must cost little.
 */
const REFUSALS = [1, 2, 3, 4, 5, 6, 7, 8].map(
  (retryAfter) => new GatewayError('server_overloaded', { retryAfter, shouldRetry: true }),
);
/** What one turn of a late event loop may be busy with requests, of the limit of its delay. */
const TURN = 0.15;
/** So many let in within one turn that is longer than the limit have made it so themselves. */
const MANY_CALLS = 32;
/** A turn that is longer than the limit after a calm quarter of a second is a burst: it may take so many times the limit. */
const BURST = 10;
/** What of everything is for requests of a low priority; of a turn only where the one before has left some for them. */
const LOW = { turn: 0.25, calls: 0.75 };

/**
 * Refuses requests while the process has more to do than it can: those of keys with a low priority first, of a high one
 * never. How the process is, is looked at four times a second while there are calls, so that a request pays for a look at two
 * numbers; where it is switched off nothing is looked at.
 */
@Injectable()
export class LoadShedder implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Overload');
  private readonly judge: OverloadJudge;
  private readonly maxDelayMs: number;
  private readonly maxTurnMs: number;
  private readonly maxCalls: number;
  private readonly maxLowCalls: number;
  private isOverloaded = false;
  /** Requests since the event loop came round last, and when the first of them came; not known while there is too much to do. */
  private letIn = 0;
  private firstAt = 0;
  /** When this turn of the event loop came to its first request; known while there is too much to do. */
  private turnBegan: number | undefined;
  private lastTurnMs = 0;
  private readonly refused = { low: 0, normal: 0 };
  /** Refusals that the log has. */
  private told = 0;
  private toldAt = Number.NEGATIVE_INFINITY;
  private isTold = false;
  /** `undefined` while there is nothing to look at. */
  private ticker: NodeJS.Timeout | undefined;
  private wasAsked = false;
  private forget = (): void => undefined;

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'overload'>,
    private readonly calls: CallsInFlight,
    private readonly bus: GatewayEventBus,
  ) {
    const { overload = { delayMs: Infinity, heap: 1, calls: Infinity } } = settings;
    this.judge = new OverloadJudge(overload);
    this.maxDelayMs = overload.delayMs;
    this.maxTurnMs = overload.delayMs * TURN;
    this.maxCalls = overload.calls;
    this.maxLowCalls = overload.calls * LOW.calls;
  }

  onModuleInit(): void {
    if (this.settings.overload === undefined) return;
    this.forget = this.bus.on(MetricsRead, (read) => {
      read.tell('overloaded', this.isOverloaded ? 1 : 0);
      for (const priority of ['low', 'normal'] as const) {
        read.tell('shed_requests_total', this.refused[priority], { priority });
      }
    });
  }

  onApplicationShutdown(): void {
    clearInterval(this.ticker);
    this.forget();
  }

  /** @returns why the request is refused, where it is. */
  refusal({ settings: { priority = 'normal' } }: Principal): GatewayError | undefined {
    this.wasAsked = true;
    if (this.ticker === undefined && this.settings.overload !== undefined) this.ticker = this.watch();
    if (!this.isOverloaded && this.calls.count < this.maxLowCalls && !this.isTurnTooLong()) return undefined;
    const isTurnOver = this.judge.isLate && this.isTurnOver(priority);
    if (priority === 'high') return undefined;
    const isFull = this.calls.count >= (priority === 'low' ? this.maxLowCalls : this.maxCalls);
    if (!isTurnOver && !isFull && Math.random() >= this.judge.heapShare) return undefined;
    this.refused[priority]++;
    return REFUSALS[Math.floor(Math.random() * REFUSALS.length)];
  }

  private watch(): NodeJS.Timeout {
    let quarterBegan = performance.now();
    let tickedAt = quarterBegan;
    let late = 0;
    let ticks = 0;
    let quietLooks = 0;
    // Node's own histogram leaves out what follows each reset, which in a late loop is every second turn.
    return setInterval(() => {
      const now = performance.now();
      late += Math.max(0, now - tickedAt - TICK_MS);
      tickedAt = now;
      this.letIn = 0;
      ticks++;
      if (now - quarterBegan < QUARTER_MS) return;
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      this.look({ delayMs: late / ticks, heap: used / limit, calls: this.calls.count });
      quarterBegan = now;
      late = 0;
      ticks = 0;
      const isQuiet =
        !this.wasAsked && this.calls.count === 0 && this.judge.isCalm && !this.isOverloaded && !this.isTold;
      quietLooks = isQuiet ? quietLooks + 1 : 0;
      this.wasAsked = false;
      if (quietLooks < QUIET_LOOKS) return;
      clearInterval(this.ticker);
      this.ticker = undefined;
    }, TICK_MS).unref();
  }

  private isTurnTooLong(): boolean {
    if (this.maxDelayMs === Infinity) return false;
    if (this.letIn++ === 0) this.firstAt = performance.now();
    const longest = this.judge.isCalm ? BURST * this.maxDelayMs : this.maxDelayMs;
    if (this.letIn <= MANY_CALLS || performance.now() - this.firstAt <= longest) return false;
    this.judge.beLate();
    this.isOverloaded = true;
    return true;
  }

  private isTurnOver(priority: 'low' | 'normal' | 'high'): boolean {
    const now = performance.now();
    if (this.turnBegan === undefined) {
      this.turnBegan = now;
      // After all sockets that are ready now.
      setImmediate(this.endTurn);
    }
    const turnMs = now - this.turnBegan;
    if (priority !== 'low') return turnMs > this.maxTurnMs;
    return turnMs > this.maxTurnMs * LOW.turn || this.lastTurnMs > this.maxTurnMs;
  }

  private readonly endTurn = (): void => {
    this.lastTurnMs = performance.now() - (this.turnBegan ?? 0);
    this.turnBegan = undefined;
  };

  private look(sample: LoadSample): void {
    this.judge.judge(sample);
    this.isOverloaded = this.judge.isLate || this.judge.heapShare > 0;
    this.tell(sample);
  }

  private tell({ delayMs, heap, calls }: LoadSample): void {
    const now = performance.now();
    if (now - this.toldAt < TELL_MS) return;
    const total = this.refused.low + this.refused.normal;
    if (total > this.told) {
      this.logger.warn({
        message: 'requests refused: more to do than this process can',
        refused: total - this.told,
        event_loop_delay_ms: Math.round(delayMs),
        heap_percent: Math.round(heap * 100),
        calls_in_flight: calls,
      });
      this.told = total;
      this.toldAt = now;
      this.isTold = true;
    } else if (this.isTold && !this.isOverloaded) {
      this.isTold = false;
      this.logger.log({ message: 'no requests are refused any more' });
    }
  }
}
