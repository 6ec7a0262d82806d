import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Placed, PlacedList } from '../collections/placed-list.js';

/** Node's timers count in whole milliseconds, and may come that much early. */
const EARLY_MS = 1;

/** Something that happens at a time, unless it is taken back. */
export interface Deadline extends Placed {
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
  readonly onPassed: () => void;
}

/**
 * Deadlines of exchanges with providers. Nearly all are taken back long before they pass, so there is one timer for all of
 * them, set to the earliest: timers of their own cost every call several microseconds.
 */
@Injectable()
export class Deadlines implements OnApplicationShutdown {
  private readonly waiting = new PlacedList<Deadline>();
  private timer: NodeJS.Timeout | undefined;
  /** When the timer comes. */
  private next = Number.POSITIVE_INFINITY;

  /** How many have neither passed nor been taken back. */
  get count(): number {
    return this.waiting.length;
  }

  /** @param milliseconds from now @returns `undefined` where that is for ever. */
  set(milliseconds: number, onPassed: () => void): Deadline | undefined {
    if (!Number.isFinite(milliseconds)) return undefined;
    const deadline = { at: performance.now() + milliseconds, onPassed, place: -1 };
    this.waiting.add(deadline);
    if (deadline.at < this.next) this.wakeAt(deadline.at);
    return deadline;
  }

  /** Does nothing with one that has passed. */
  clear(deadline: Deadline | undefined): void {
    if (deadline !== undefined) this.waiting.remove(deadline);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private wakeAt(at: number): void {
    clearTimeout(this.timer);
    this.next = at;
    this.timer = setTimeout(this.look, Math.max(0, at - performance.now()));
    this.timer.unref();
  }

  private readonly look = (): void => {
    this.next = Number.POSITIVE_INFINITY;
    const now = performance.now() + EARLY_MS;
    let earliest = Number.POSITIVE_INFINITY;
    for (const deadline of this.waiting.snapshot()) {
      if (deadline.at > now) {
        earliest = Math.min(earliest, deadline.at);
      } else if (deadline.place >= 0) {
        this.waiting.remove(deadline);
        deadline.onPassed();
      }
    }
    if (earliest < this.next) this.wakeAt(earliest);
  };
}
