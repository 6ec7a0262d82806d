import { type BillableUnits } from './billable-units.js';
import { type PiecedBytes } from './pieced-bytes.js';
import { type TokenUsage } from './token-usage.js';

/** What is known of an answer beside its bytes. */
interface Told {
  readonly usage: TokenUsage | undefined;
  readonly units?: BillableUnits | undefined;
  readonly textBytes: number;
}

/** An answer with bytes. */
interface Bytes {
  readonly bytes: Buffer;
}

/** A large answer, which goes to the client in the pieces in which it came. */
export class PiecedAnswer implements Told, Bytes {
  /** Joined for who asks for them. */
  declare readonly bytes: Buffer;
  readonly usage: TokenUsage | undefined;
  readonly units: BillableUnits | undefined;
  readonly textBytes: number;

  constructor(
    readonly contentType: string,
    readonly content: PiecedBytes,
    { usage, units, textBytes }: Told,
  ) {
    this.usage = usage;
    this.units = units;
    this.textBytes = textBytes;
    // Its own, so that a copy, which is an answer like any other, has them too.
    Object.defineProperty(this, 'bytes', JOINED);
  }
}

/** One for all: a getter made for each answer would be kept for long, and the answer with it. */
const JOINED: PropertyDescriptor & ThisType<PiecedAnswer> = {
  enumerable: true,
  get() {
    return this.content.bytes;
  },
};

/** How many bytes it has, without joining them. */
export function sizeOf(answer: Bytes): number {
  return answer instanceof PiecedAnswer ? answer.content.length : answer.bytes.length;
}

/** Its first bytes, without joining all. */
export function startOf(answer: Bytes, length: number): Buffer {
  return answer instanceof PiecedAnswer ? answer.content.subarray(0, length) : answer.bytes.subarray(0, length);
}
