/** Bytes in the pieces in which they came, joined only for who asks for them as one. */
export class PiecedBytes {
  private list: Buffer[] = [];
  /** Where each piece ends. */
  private ends: number[] = [];

  get pieces(): readonly Buffer[] {
    return this.list;
  }

  get length(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** All of them. From then on they are one piece: kept in both ways they would take twice the memory. */
  get bytes(): Buffer {
    const [first] = this.list;
    if (this.list.length === 1 && first !== undefined) return first;
    const { length } = this;
    const joined = Buffer.concat(this.list, length);
    this.list = [joined];
    this.ends = [length];
    return joined;
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.ends.push(this.length + piece.length);
    this.list.push(piece);
  }

  at(place: number): number | undefined {
    const piece = this.pieceOf(place);
    return this.list[piece]?.[place - this.startOf(piece)];
  }

  /** Those of [start, end), copied only where they do not stand in one piece. */
  subarray(start: number, end: number): Buffer {
    const parts: Buffer[] = [];
    for (let piece = this.pieceOf(start); this.startOf(piece) < end; piece++) {
      const bytes = this.list[piece];
      if (bytes === undefined) break;
      const from = this.startOf(piece);
      parts.push(bytes.subarray(Math.max(0, start - from), end - from));
    }
    const [part] = parts;
    return parts.length === 1 && part !== undefined ? part : Buffer.concat(parts);
  }

  private startOf(piece: number): number {
    return this.ends[piece - 1] ?? 0;
  }

  /** The first that ends behind the place. */
  private pieceOf(place: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] ?? 0) > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
