/** How a process was since it was looked at before. */
export interface LoadSample {
  /** Milliseconds that the event loop was late, in the mean. */
  readonly delayMs: number;
  /** What of the heap that there may be is used, 0 to 1. */
  readonly heap: number;
  /** Calls under way. */
  readonly calls: number;
}

export interface OverloadLimits {
  /** Milliseconds; `Infinity` for none. */
  readonly delayMs: number;
  /** 0 to 1; 1 for none. */
  readonly heap: number;
}

/** With fewer calls under way it is not they that make the process slow. */
const FEW_CALLS = 64;
/** Of the limit of the delay: what it must be below for the process to count as well. */
const WELL = 0.05;

/**
 * Says whether the event loop has too much to do: it is late twice in a row, and until it is next to not late at all. A
 * stall that is over makes it no difference. And what share of the requests is refused for the heap: more the fuller it is.
 */
export class OverloadJudge {
  isLate = false;
  /** The event loop was hardly late when it was looked at last. */
  isCalm = true;
  /** 0 to 1. */
  heapShare = 0;
  private wasOver = false;

  constructor(private readonly limits: OverloadLimits) {}

  /** One turn of the event loop was too long for what was let in within it: nobody has to look twice. */
  beLate(): void {
    this.isLate = true;
  }

  judge({ delayMs, heap, calls }: LoadSample): void {
    const isOver = delayMs > this.limits.delayMs && calls >= FEW_CALLS;
    this.isCalm = delayMs < WELL * this.limits.delayMs;
    this.isLate = this.isLate ? !this.isCalm : isOver && this.wasOver;
    this.wasOver = isOver;
    const over = heap - this.limits.heap;
    this.heapShare = over <= 0 ? 0 : Math.min(1, (2 * over) / (1 - this.limits.heap));
  }
}
