import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { UpstreamError } from '../../errors/upstream-error.js';

/** One message of AWS's event streams. */
export interface EventFrame {
  /** `event`, `exception` or `error`. */
  readonly kind: string;
  /** Of the event or exception: `contentBlockDelta`. */
  readonly type: string;
  /** JSON, or the words of an `error`. */
  readonly payload: string;
}

/** Total length, length of the headers, and a checksum of the two, 4 bytes each. */
const PRELUDE_LENGTH = 12;
/** The prelude and a checksum of all. */
const MIN_LENGTH = PRELUDE_LENGTH + 4;
/** The most that one event may weigh, in bytes. Bedrock's are a few hundred. */
const MAX_LENGTH = 1024 * 1024;

/**
 * Takes the bytes of `application/vnd.amazon.eventstream` apart, cut wherever they are.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
export class EventFrames {
  private readonly codec = new EventStreamCodec(toUtf8, Buffer.from);
  private pieces: Buffer[] = [];
  private length = 0;
  /** How many bytes have to be there before there is anything to do. */
  private needed = PRELUDE_LENGTH;

  /** Whether the bytes so far end with a whole message. */
  get isBetween(): boolean {
    return this.length === 0;
  }

  /**
   * @param take is given each message that the bytes complete.
   * @throws UpstreamError `upstream_invalid_response` where a checksum is wrong, or a message too large.
   */
  push(bytes: Buffer, take: (frame: EventFrame) => void): void {
    this.pieces.push(bytes);
    this.length += bytes.length;
    if (this.length < this.needed) return;
    const all = this.pieces.length === 1 ? bytes : Buffer.concat(this.pieces);
    let start = 0;
    this.needed = PRELUDE_LENGTH;
    while (all.length - start >= PRELUDE_LENGTH) {
      const length = lengthOf(all, start);
      if (all.length - start < length) {
        this.needed = length;
        break;
      }
      take(this.decode(all.subarray(start, start + length)));
      start += length;
    }
    const rest = all.subarray(start);
    this.pieces = rest.length === 0 ? [] : [rest];
    this.length = rest.length;
  }

  private decode(bytes: Buffer): EventFrame {
    try {
      const { headers, body } = this.codec.decode(bytes);
      const header = (name: string): string => String(headers[name]?.value ?? '');
      const kind = header(':message-type');
      return {
        kind,
        type: header(kind === 'exception' ? ':exception-type' : kind === 'error' ? ':error-code' : ':event-type'),
        payload: kind === 'error' ? header(':error-message') : toUtf8(body),
      };
    } catch (cause) {
      throw invalid(cause);
    }
  }
}

/** Of the message that begins at `start`. Its prelude has a checksum of its own, lest one wait for bytes that never come. */
function lengthOf(bytes: Buffer, start: number): number {
  const length = bytes.readUInt32BE(start);
  const isSound = crc32(bytes.subarray(start, start + 8)) === bytes.readUInt32BE(start + 8);
  if (!isSound || length < MIN_LENGTH || length > MAX_LENGTH) throw invalid();
  return length;
}

function toUtf8(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function invalid(cause?: unknown): UpstreamError {
  return new UpstreamError('upstream_invalid_response', { message: 'The provider’s stream is not valid.', cause });
}
