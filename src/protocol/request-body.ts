/** A client's request body, in whichever form it came. */
export interface RequestBody {
  /** What it says: the members of a JSON object, or the text fields of a form. */
  readonly value: Record<string, unknown>;
  /** Bytes of text, to estimate tokens from where nobody counts them: all of JSON, the text fields of a form. */
  readonly size: number;
  /** Lets go of what is kept outside of memory. To be called once, when its call is over. Never fails. */
  dispose?(): Promise<void> | undefined;
}
