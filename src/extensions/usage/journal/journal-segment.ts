/** Who keeps records until the database has them. */
export interface RecordKeeper {
  /** The database has taken so many of them. */
  settled(count: number): void;
}

/** One file of the journal, with how much of it is still needed. */
export class JournalSegment implements RecordKeeper {
  bytes = 0;
  /** Records in it that wait in memory too: the database has not taken them. */
  pending = 0;
  /** Calls under way whose line is in it. */
  open = 0;
  /** Records in it that wait here alone. */
  spilled = 0;

  constructor(
    readonly path: string,
    private readonly onFree: (segment: JournalSegment) => void,
  ) {}

  get isNeeded(): boolean {
    return this.pending > 0 || this.open > 0 || this.spilled > 0;
  }

  settled(count: number): void {
    this.pending -= count;
    this.freeIfUnneeded();
  }

  /** A call under way has its line elsewhere, or needs none any longer. */
  closeOne(): void {
    this.open--;
    this.freeIfUnneeded();
  }

  /** All that waited here alone has been read into memory. */
  recalled(): void {
    this.spilled = 0;
    this.freeIfUnneeded();
  }

  private freeIfUnneeded(): void {
    if (!this.isNeeded) this.onFree(this);
  }
}
