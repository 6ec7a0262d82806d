/** Reads numbers one after the other. */
export class NumberReader {
  private at = 0;

  constructor(private readonly numbers: Float64Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.numbers.length;
  }

  /** `NaN` at the end. */
  next(): number {
    return this.numbers[this.at++] ?? Number.NaN;
  }
}
