import { type Limit } from './rate-limiter.js';
import { SlidingWindow, type WindowPart } from './sliding-window.js';

/** A second, where nobody knows when a call under way will end. */
export const ANY_MOMENT_MS = 1_000;

/** What this process knows of one limit: what it has admitted itself, and what it has heard of others. */
export class LimitCounter {
  private readonly window: SlidingWindow | undefined;
  /** Admitted while nobody could be told. */
  private untold: SlidingWindow | undefined;
  private underWay = 0;
  /** Admitted by others within the window when they were last heard of, and until when that counts. */
  private others = 0;
  private othersUntil = Number.NEGATIVE_INFINITY;

  constructor({ unit, windowMs }: Limit) {
    if (unit !== 'concurrent') this.window = new SlidingWindow(windowMs);
  }

  /** What counts now, without what others have admitted. */
  used(now: number): number {
    if (this.window === undefined) return this.underWay;
    this.window.expire(now);
    return this.window.sum;
  }

  /** Milliseconds until it would admit so much, if it knows of nobody else; 0 for now. */
  wait(now: number, limit: number, cost: number): number {
    const excess = this.used(now) + cost - limit;
    if (excess <= 0) return 0;
    if (cost > limit) return Number.POSITIVE_INFINITY;
    return this.window === undefined ? ANY_MOMENT_MS : this.window.untilGone(now, excess);
  }

  /** The same while others cannot be asked: it keeps to its share, and to what they are known to have left. */
  waitAlone(now: number, limit: number, cost: number, replicas: number): number {
    const own = this.wait(now, shareOf(limit, replicas), cost);
    if (now >= this.othersUntil || this.used(now) + this.others + cost <= limit) return own;
    const left = this.wait(now, limit - this.others, cost);
    return Math.max(own, Math.min(left, this.othersUntil - now));
  }

  /** @param at when it begins to count; no later than the part of a window after this one. */
  add(now: number, amount: number, at = now): void {
    if (this.window === undefined) this.underWay += amount;
    else {
      // What has left must not be in the place of what comes.
      this.window.expire(now);
      this.window.add(at, amount);
    }
  }

  /** The same for what others have to be told later. */
  addUntold(now: number, amount: number): void {
    if (this.window !== undefined) {
      this.untold ??= new SlidingWindow(this.window.windowMs);
      this.untold.expire(now);
      this.untold.add(now, amount);
    }
    this.add(now, amount);
  }

  /** Takes back what was added at a time. */
  remove(at: number, amount: number): void {
    if (this.window === undefined) {
      this.underWay = Math.max(0, this.underWay - amount);
      return;
    }
    this.window.remove(at, amount);
    this.untold?.remove(at, amount);
  }

  untilEmpty(now: number): number {
    return this.window === undefined ? 0 : this.window.untilEmpty(now);
  }

  /** @param total within the window, of this process and all others. */
  hear(now: number, total: number): void {
    if (this.window === undefined) return;
    this.others = Math.max(0, total - this.used(now));
    this.othersUntil = now + this.window.windowMs;
  }

  /** What others have to be told, for whoever tells them now. */
  takeUntold(now: number): readonly WindowPart[] {
    if (this.untold === undefined) return NOTHING;
    this.untold.expire(now);
    const parts = this.untold.parts();
    this.untold = undefined;
    return parts;
  }

  /** They could not be told after all. */
  putBack(parts: readonly WindowPart[]): void {
    if (this.window === undefined || parts.length === 0) return;
    const later = this.untold?.parts() ?? NOTHING;
    this.untold = new SlidingWindow(this.window.windowMs);
    for (const { at, amount } of [...parts, ...later]) this.untold.add(at, amount);
  }
}

const NOTHING: readonly WindowPart[] = [];

/** What one of several replicas may admit of a limit of all. Never nothing: a limit is not there to shut everybody out. */
function shareOf(limit: number, replicas: number): number {
  return Math.max(1, Math.floor(limit / replicas));
}
