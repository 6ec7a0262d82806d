/** A client's request body, in whichever form it came. */
export interface RequestBody {
  /** What it says: the members of a JSON object, or the text fields of a form. */
  readonly value: Record<string, unknown>;
  /** Bytes. */
  readonly size: number;
}
