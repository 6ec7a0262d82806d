// All in tenths of a retry, since tenths of numbers do not add up to wholes.
const RETRY = 10;

/** A retry for ten calls. */
const FOR_EACH_CALL = 1;

/** And three for each second, so that where there are few calls each has its retries. */
const FOR_EACH_SECOND = 3 * RETRY;

/** As many can be saved up. */
const CAPACITY = 10 * RETRY;

/**
 * How often a provider may be asked again. When all is failing, retries only add to what it cannot cope with: they stay
 * a small part of what it gets anyway.
 */
export class RetryBudget {
  private left = CAPACITY;
  private countedAt = performance.now();

  /** A call comes to the provider. */
  earn(): void {
    if (this.left < CAPACITY) this.left += FOR_EACH_CALL;
  }

  /** @returns whether a retry may be made; it is counted then. */
  spend(): boolean {
    const now = performance.now();
    this.left = Math.min(CAPACITY, this.left + ((now - this.countedAt) / 1_000) * FOR_EACH_SECOND);
    this.countedAt = now;
    if (this.left < RETRY) return false;
    this.left -= RETRY;
    return true;
  }
}
