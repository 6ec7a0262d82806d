/**
 * Into so many parts a window is cut. What falls into one part leaves the window with the last of it: so no window ever has
 * too much, and under constant overload it has 1/33 too little.
 */
export const PARTS = 32;

/** With the part that is only just leaving, and the next one, of what is to come. */
const SLOTS = PARTS + 2;

/** Something of a window that began to count at some time. */
export interface WindowPart {
  readonly at: number;
  readonly amount: number;
}

/** What came within the last so many milliseconds. Every operation takes the same short time, whatever the limit. */
export class SlidingWindow {
  private readonly amounts = new Float64Array(SLOTS);
  /** When the last of each part came. */
  private readonly lasts = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  /** The oldest part that may hold anything, and the newest, counted since the clock began. */
  private head = 0;
  private tail = -1;
  private total = 0;
  private readonly partMs: number;

  constructor(readonly windowMs: number) {
    this.partMs = windowMs / PARTS;
  }

  /** As of the last time that it was told. */
  get sum(): number {
    return this.total;
  }

  /** Lets go of what has left the window. Before anything else is asked: only this looks at the clock. */
  expire(now: number): void {
    for (; this.head <= this.tail; this.head++) {
      const slot = this.head % SLOTS;
      if (this.lastOf(slot) + this.windowMs > now) return;
      this.total -= this.amountOf(slot);
      this.amounts[slot] = 0;
      this.lasts[slot] = Number.NEGATIVE_INFINITY;
    }
    this.total = 0;
  }

  /** @param at now, or a moment to come, no later than in the next part. */
  add(at: number, amount: number): void {
    const part = this.partOf(at);
    this.head = this.head > this.tail ? part : Math.min(part, this.head);
    this.tail = Math.max(part, this.tail);
    const slot = part % SLOTS;
    this.amounts[slot] = this.amountOf(slot) + amount;
    this.lasts[slot] = Math.max(at, this.lastOf(slot));
    this.total += amount;
  }

  /** Takes back what was added at a time, no more than is left of it. @returns how much that was. */
  remove(at: number, amount: number): number {
    const part = this.partOf(at);
    if (part < this.head || part > this.tail) return 0;
    const slot = part % SLOTS;
    const removed = Math.min(amount, this.amountOf(slot));
    this.amounts[slot] = this.amountOf(slot) - removed;
    this.total -= removed;
    return removed;
  }

  /** Milliseconds until so much has left the window; `Infinity` where that is more than there is. */
  untilGone(now: number, amount: number): number {
    let left = amount;
    if (left <= 0) return 0;
    for (let part = this.head; part <= this.tail; part++) {
      const slot = part % SLOTS;
      left -= this.amountOf(slot);
      if (left <= 0) return this.lastOf(slot) + this.windowMs - now;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Milliseconds until it is empty, if nothing comes. */
  untilEmpty(now: number): number {
    return this.total > 0 ? Math.max(0, this.lastOf(this.tail % SLOTS) + this.windowMs - now) : 0;
  }

  /** What it holds, oldest first. */
  parts(): WindowPart[] {
    const found: WindowPart[] = [];
    for (let part = this.head; part <= this.tail; part++) {
      const slot = part % SLOTS;
      if (this.amountOf(slot) > 0) found.push({ at: this.lastOf(slot), amount: this.amountOf(slot) });
    }
    return found;
  }

  private partOf(at: number): number {
    return Math.floor(at / this.partMs);
  }

  private amountOf(slot: number): number {
    return this.amounts[slot] ?? 0;
  }

  private lastOf(slot: number): number {
    return this.lasts[slot] ?? Number.NEGATIVE_INFINITY;
  }
}
