/**
 * One call's way to be stopped, from the client's socket to the provider's.
 *
 * An `AbortController` does the same at several times the cost per request (its signal is an `EventTarget`), and most
 * calls are never cancelled: `signal` makes one only for those who ask.
 */
export class Cancellation {
  private controller: AbortController | undefined;
  /** Made with the first, which mostly is the only one: an empty array would be given room for seventeen. */
  private listeners: (() => void)[] | undefined;
  private reasonGiven: unknown;
  private done = false;

  get cancelled(): boolean {
    return this.done;
  }

  get reason(): unknown {
    return this.reasonGiven;
  }

  /** The same as an `AbortSignal`, for libraries that take one. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.done) this.controller.abort(this.reasonGiven);
    }
    return this.controller.signal;
  }

  /** Runs `listener` once when cancelled; at once if that has happened. Returns the way to take it back. */
  onCancel(listener: () => void): () => void {
    if (this.done) {
      listener();
      return () => undefined;
    }
    if (this.listeners === undefined) this.listeners = [listener];
    else this.listeners.push(listener);
    return () => {
      const at = this.listeners?.indexOf(listener) ?? -1;
      if (at >= 0) this.listeners?.splice(at, 1);
    };
  }

  /**
   * Waits, but not longer than until it is cancelled.
   * @throws the reason of the cancellation.
   */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        unlink();
        resolve();
      }, milliseconds);
      const unlink = this.onCancel(() => {
        clearTimeout(timer);
        // Whatever was given: an error of the gateway in practice.
        reject(this.reasonGiven as Error);
      });
    });
  }

  cancel(reason: unknown): void {
    if (this.done) return;
    this.done = true;
    this.reasonGiven = reason;
    const { listeners } = this;
    this.listeners = undefined;
    for (const listener of listeners ?? []) listener();
    this.controller?.abort(reason);
  }
}
