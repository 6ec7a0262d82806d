/** Retries for each call: a tenth. */
const FOR_EACH_CALL = 0.1;

/** And for each second, so that where there are few calls each has its retries. */
const FOR_EACH_SECOND = 3;

/** As many can be saved up. */
const CAPACITY = 10;

/**
 * How often a provider may be asked again. When all is failing, retries only add to what it cannot cope with: they stay
 * a small part of what it gets anyway.
 */
export class RetryBudget {
  private left = CAPACITY;
  private countedAt = performance.now();

  /** A call comes to the provider. */
  earn(): void {
    if (this.left < CAPACITY) this.left = Math.min(CAPACITY, this.left + FOR_EACH_CALL);
  }

  /** @returns whether a retry may be made; it is counted then. */
  spend(): boolean {
    const now = performance.now();
    this.left = Math.min(CAPACITY, this.left + ((now - this.countedAt) / 1_000) * FOR_EACH_SECOND);
    this.countedAt = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
