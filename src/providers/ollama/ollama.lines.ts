import { UpstreamError } from '../../errors/upstream-error.js';
import { LINE_FEED } from '../../protocol/json-bytes.js';

/** The most that one line may weigh, in bytes. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Cuts bytes, which come cut anywhere, into lines. */
export class Lines {
  private rest: Buffer[] = [];
  private restLength = 0;

  /**
   * @returns the lines that these bytes complete.
   * @throws UpstreamError where a line is longer than any answer of a model's.
   */
  push(bytes: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      this.keep(bytes.subarray(from, end));
      lines.push(this.take());
      from = end + 1;
    }
    if (from < bytes.length) this.keep(bytes.subarray(from));
    return lines;
  }

  /** What came after the last line's end. */
  take(): string {
    const line = Buffer.concat(this.rest).toString('utf8');
    this.rest = [];
    this.restLength = 0;
    return line;
  }

  private keep(bytes: Buffer): void {
    this.restLength += bytes.length;
    if (this.restLength > MAX_LINE_BYTES) {
      throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s stream has no end of line.' });
    }
    this.rest.push(bytes);
  }
}
