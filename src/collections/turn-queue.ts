/**
 * What came in one turn of the event loop and goes on together, at its end. Each step is then taken for several calls one
 * after the other, while its code is in the processor's caches; and whoever their bytes are sent to is woken once.
 */
export class TurnQueue<Item> {
  private waiting: Item[] | undefined;

  /** @param take gets all that was added, in its order; must not throw. */
  constructor(private readonly take: (items: readonly Item[]) => void) {}

  add(item: Item): void {
    if (this.waiting === undefined) {
      this.waiting = [item];
      setImmediate(this.end);
    } else this.waiting.push(item);
  }

  private readonly end = (): void => {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined) this.take(waiting);
  };
}
