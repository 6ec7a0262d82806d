/** Something that knows its place in a PlacedList; -1 while it is in none. */
export interface Placed {
  place: number;
}

/**
 * Things that come and go with every request. A `Set` does the same, but one that is filled and emptied all the time
 * keeps the garbage collector busy: it took 8 % of a request.
 */
export class PlacedList<Item extends Placed> {
  private readonly items: Item[] = [];

  get length(): number {
    return this.items.length;
  }

  add(item: Item): void {
    item.place = this.items.push(item) - 1;
  }

  /** Does nothing with what is not in the list. */
  remove(item: Item): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.items.pop();
    if (last === undefined || last === item) return;
    this.items[place] = last;
    last.place = place;
  }

  /** What is in it now; what comes or goes meanwhile changes nothing. In no particular order. */
  snapshot(): Item[] {
    return this.items.slice();
  }
}
