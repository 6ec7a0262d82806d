const FAILURES = 5;
const OPEN_MS = 10_000;

/**
 * Lets commands through as long as they are answered. After five failures in a row it is open: nothing is let through for
 * ten seconds, and then one command, which decides how it goes on.
 */
export class RedisBreaker {
  private failures = 0;
  private openUntil: number | undefined;
  private isProbing = false;
  private isCounted = false;

  /** @param now milliseconds of a monotonic clock. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  get isOpen(): boolean {
    return this.openUntil !== undefined;
  }

  /** Whether a command may go. Each that was let through must end in `succeeded` or `failed`. */
  letThrough(): boolean {
    if (this.openUntil === undefined) return true;
    if (this.isProbing || this.now() < this.openUntil) return false;
    this.isProbing = true;
    return true;
  }

  /** @returns whether that has closed it. */
  succeeded(): boolean {
    const wasOpen = this.isOpen;
    this.failures = 0;
    this.openUntil = undefined;
    this.isProbing = false;
    return wasOpen;
  }

  /** @returns whether that has opened it. */
  failed(): boolean {
    if (this.openUntil !== undefined) {
      // Not for one that went before it opened: only the probe says anything new.
      if (this.isProbing) this.openUntil = this.now() + OPEN_MS;
      this.isProbing = false;
      return false;
    }
    // An event loop that stood still lets everything under way time out at once: that says one thing, not five.
    if (this.isCounted) return false;
    this.isCounted = true;
    setImmediate(() => (this.isCounted = false));
    this.failures++;
    if (this.failures < FAILURES) return false;
    this.openUntil = this.now() + OPEN_MS;
    return true;
  }
}
