// The real ones: a test may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

/** Milliseconds after which a condition that does not come about fails the test. */
const PATIENCE = 20_000;

/** Lets tests wait for conditions: whoever changes something tells, and those who wait look again. */
export class Changes {
  private readonly waiting = new Set<() => void>();

  tell(): void {
    for (const look of this.waiting) look();
  }

  waitFor(condition: () => boolean, text = String(condition)): Promise<void> {
    // Made here, for its stack to name the test.
    const late = new Error(`Not so within ${PATIENCE} ms: ${text}`);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(patience);
        this.waiting.delete(look);
        resolve();
      };
      const patience = setTimeout(() => {
        this.waiting.delete(look);
        reject(late);
      }, PATIENCE);
      this.waiting.add(look);
      look();
    });
  }
}
