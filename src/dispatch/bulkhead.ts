interface Waiter {
  readonly admit: (isAdmitted: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** How many tries may be under way at one provider, so that one which hangs takes no more than that with it. */
export class Bulkhead {
  private current = 0;
  private readonly waiting: Waiter[] = [];

  constructor(
    /** 0 for no limit. */
    private readonly limit: number,
    /** Milliseconds that a try waits for its place, where it is asked to. */
    private readonly maxWait: number,
  ) {}

  get inFlight(): number {
    return this.current;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** @returns whether there was a place: `leave` must be called for it. */
  enter(): boolean {
    if (this.limit !== 0 && this.current >= this.limit) return false;
    this.current++;
    return true;
  }

  /** Waits for a place, not for long, and only together with as many as may be under way. */
  enterLater(): Promise<boolean> {
    if (this.maxWait === 0 || this.waiting.length >= this.limit) return Promise.resolve(this.enter());
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        resolve(false);
      }, this.maxWait);
      const waiter: Waiter = { admit: resolve, timer };
      this.waiting.push(waiter);
    });
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.current--;
      return;
    }
    // The place goes from one to the other.
    clearTimeout(next.timer);
    next.admit(true);
  }
}
