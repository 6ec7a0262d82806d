import { COLON, skipSpace } from '../../protocol/json-bytes.js';

/**
 * Finds a member of JSON objects by its bytes, event after event through one buffer, searching each byte once.
 *
 * The bytes `"name":` cannot stand inside a JSON string, where the quotes would be escaped: what is found is a member,
 * on whatever level.
 */
export class JsonMember {
  private readonly pattern: Buffer;
  private next = -1;

  constructor(name: string) {
    this.pattern = Buffer.from(`"${name}"`);
  }

  /** To be called before each new buffer. */
  reset(): void {
    this.next = -1;
  }

  /** The place of the value's first byte within [start, end), or -1. */
  valueStart(buffer: Buffer, start: number, end: number): number {
    for (let from = start; ; from = this.next + this.pattern.length) {
      if (this.next < from) {
        const found = buffer.indexOf(this.pattern, from);
        this.next = found < 0 ? Number.POSITIVE_INFINITY : found;
      }
      if (this.next >= end) return -1;
      let at = skipSpace(buffer, this.next + this.pattern.length, end);
      if (buffer[at] !== COLON) continue;
      at = skipSpace(buffer, at + 1, end);
      return at < end ? at : -1;
    }
  }
}
