import { type JournalSegment } from './journal-segment.js';

/** Told where a line stands now; `undefined` where it could not be written. */
type WhenWritten = (segment: JournalSegment | undefined) => void;

/**
 * Lines that are written together, at the end of the turn of the event loop that they came in. A write costs much the
 * same for one line and for ten; and what waits for them goes on side by side, so that whoever it is sent to is woken
 * once for all of it.
 */
export class TurnLines {
  private text = '';
  private whenWritten: WhenWritten[] = [];
  private turn: Promise<JournalSegment | undefined> | undefined;
  private end: WhenWritten | undefined;

  /** @param append writes lines. */
  constructor(private readonly append: (text: string) => JournalSegment | undefined) {}

  /** What has not been written yet, once it is. */
  get written(): Promise<unknown> | undefined {
    return this.turn;
  }

  /**
   * @param whenWritten told in the moment it is written
   * @returns the same, once all lines of this turn have been told.
   */
  add(line: string, whenWritten: WhenWritten): Promise<JournalSegment | undefined> {
    this.text += line;
    this.whenWritten.push(whenWritten);
    return (this.turn ??= this.begin());
  }

  /** Writes them now, where there are any. */
  write(): void {
    const { text, whenWritten, end } = this;
    if (end === undefined) return;
    this.text = '';
    this.whenWritten = [];
    this.turn = this.end = undefined;
    const segment = this.append(text);
    for (const tell of whenWritten) tell(segment);
    end(segment);
  }

  private begin(): Promise<JournalSegment | undefined> {
    setImmediate(() => this.write());
    return new Promise((resolve) => (this.end = resolve));
  }
}
