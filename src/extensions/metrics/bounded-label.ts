/** In place of what would be one value too many. */
export const OTHER = 'other';

/** The values of a label: as they come, up to a number of them. What callers or providers choose has no other bound. */
export class BoundedLabel {
  private readonly values = new Set<string>();

  constructor(private readonly max: number) {}

  of(value: string): string {
    if (this.values.has(value)) return value;
    if (this.values.size >= this.max) return OTHER;
    this.values.add(value);
    return value;
  }
}
