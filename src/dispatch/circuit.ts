/** Failures in a row that open it. */
const MAX_IN_A_ROW = 5;

/** Or failures among the tries of a window: at least so many tries, of which at least this share failed. */
const WINDOW_MS = 10_000;
const WINDOW_TRIES = 20;
const WINDOW_SHARE = 0.5;

/** For how long it opens first; twice as long each time that a probe fails, up to the longest. */
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 60_000;

/**
 * Whether one deployment is well. Opens when it fails too often: then nobody goes there for a while, after which one try
 * at a time probes it, until one goes well.
 *
 * All times are milliseconds of the monotonic clock.
 */
export class Circuit {
  private failuresInARow = 0;
  private tries = 0;
  private failures = 0;
  private openedAt = 0;
  private openedFor = 0;
  private probe: { readonly by: object; readonly since: number } | undefined;

  constructor(private windowStart: number) {}

  get isOpen(): boolean {
    return this.openedFor > 0;
  }

  /** For how long it is open this time; 0 while it is closed. */
  get openFor(): number {
    return this.openedFor;
  }

  /** Open, and its time has passed: whoever comes next probes it, or somebody does already. */
  isHalfOpen(now: number): boolean {
    return this.isOpen && this.remaining(now) === 0;
  }

  /** Until a probe is let through; 0 where it is time. */
  remaining(now: number): number {
    return Math.max(0, this.openedAt + this.openedFor - now);
  }

  /** Nothing has gone wrong for a while: it need not be remembered. */
  isQuiet(now: number): boolean {
    return !this.isOpen && now - this.windowStart > WINDOW_MS;
  }

  /** @param by who makes the try: named again when it is over. */
  admits(by: object, now: number): boolean {
    if (!this.isOpen) return true;
    if (this.remaining(now) > 0) return false;
    // One that has not come to an end in all this time keeps nobody else from looking.
    if (this.probe !== undefined && now - this.probe.since < LONGEST_OPEN_MS) return false;
    this.probe = { by, since: now };
    return true;
  }

  /** A try that began then is being answered. @returns whether that closed it. */
  answered(startedAt: number): boolean {
    // What was under way when it opened says nothing of what has come since.
    if (!this.isOpen || startedAt < this.openedAt) return false;
    this.openedFor = 0;
    this.probe = undefined;
    this.restart(startedAt);
    return true;
  }

  /** A try has gone well to its end. */
  succeeded(): void {
    if (this.isOpen) return;
    this.failuresInARow = 0;
    this.tries++;
  }

  /** @returns whether that opened it, or opened it anew. */
  failed(by: object, now: number): boolean {
    if (this.isOpen) {
      if (this.probe?.by !== by) return false;
      this.open(Math.min(this.openedFor * 2, LONGEST_OPEN_MS), now);
      return true;
    }
    if (now - this.windowStart > WINDOW_MS) this.restart(now, this.failuresInARow);
    this.failuresInARow++;
    this.tries++;
    this.failures++;
    const isOften = this.tries >= WINDOW_TRIES && this.failures >= this.tries * WINDOW_SHARE;
    if (this.failuresInARow < MAX_IN_A_ROW && !isOften) return false;
    this.open(FIRST_OPEN_MS, now);
    return true;
  }

  /** The try was not made, or says nothing. */
  ignored(by: object): void {
    if (this.probe?.by === by) this.probe = undefined;
  }

  private open(milliseconds: number, now: number): void {
    this.openedAt = now;
    this.openedFor = milliseconds;
    this.probe = undefined;
  }

  private restart(now: number, failuresInARow = 0): void {
    this.windowStart = now;
    this.failuresInARow = failuresInARow;
    this.tries = 0;
    this.failures = 0;
  }
}
