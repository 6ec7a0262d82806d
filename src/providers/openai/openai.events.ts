import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { LINE_FEED, OPEN_BRACE, QUOTE, skipSpace } from '../../protocol/json-bytes.js';
import { JsonMembers } from '../../protocol/json-members.js';
import { type BillableUnits } from '../../protocol/billable-units.js';
import { unitsFromOpenAi } from '../../protocol/openai-units.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type Answer, type StreamPart } from '../provider-adapter.interface.js';
import { toOpenAiStreamError } from './openai.errors.js';

/** The most that one event may weigh: it may hold a whole image in base64. */
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** The most that a whole answer in place of a stream may weigh: it may hold several. */
const MAX_WHOLE_BYTES = 256 * 1024 * 1024;

const CARRIAGE_RETURN = 0x0d;
const DATA = 'data:';
const NOTHING = Buffer.alloc(0);

/**
 * Passes the events of images and audio through: whole events, byte for byte, their own end included. An event may be
 * megabytes of base64, so its bytes are put together once, when the event is whole.
 *
 * @see https://platform.openai.com/docs/api-reference/images-streaming
 * @see https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event
 */
export class OpenAiEventReader implements StreamTranslator {
  /** The beginning of an event whose end has not come. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  /** The last two bytes of what is held. */
  private edge = NOTHING;
  /** The last event but for `[DONE]`, which not everybody sends, has come. */
  private isFinished = false;

  // What the part in the making holds.
  private hasContent = false;
  private textBytes = 0;
  private usage: TokenUsage | undefined;
  private units: BillableUnits | undefined;
  private error: GatewayError | undefined;
  private isClosed = false;

  constructor(
    readonly contentType: string,
    private readonly toUsage: (usage: unknown) => TokenUsage | undefined = tokenUsageFromOpenAi,
  ) {}

  push(bytes: Buffer): StreamPart | undefined {
    const end = this.endOfEvents(bytes);
    if (end === 0) {
      this.hold(bytes);
      return this.heldBytes > MAX_EVENT_BYTES ? { ...EMPTY_PART, error: tooLarge('event') } : undefined;
    }
    const whole = bytes.subarray(0, end);
    const events = this.held.length === 0 ? whole : Buffer.concat([...this.held, whole]);
    this.held = [];
    this.heldBytes = 0;
    this.edge = NOTHING;
    if (end < bytes.length) this.hold(bytes.subarray(end));
    return this.read(events);
  }

  end(): StreamPart | undefined {
    // Some services end their last event with the connection in place of a blank line.
    const last = this.heldBytes > 0 ? this.push(Buffer.from('\n\n')) : undefined;
    if (this.isFinished || last?.error !== undefined) return last;
    return { ...(last ?? EMPTY_PART), error: new UpstreamError('upstream_stream_broken') };
  }

  private hold(bytes: Buffer): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    this.edge = Buffer.concat([this.edge, bytes.subarray(-2)]).subarray(-2);
  }

  /** The place in `bytes` after the last blank line, which may have begun in what is held; 0 where there is none. */
  private endOfEvents(bytes: Buffer): number {
    const { edge } = this;
    const seen = edge.length === 0 ? bytes : Buffer.concat([edge, bytes]);
    const blank = Math.max(endOf(seen, '\n\n'), endOf(seen, '\n\r\n'));
    return Math.max(0, blank - edge.length);
  }

  private read(events: Buffer): StreamPart {
    this.hasContent = false;
    this.textBytes = 0;
    this.usage = undefined;
    this.units = undefined;
    this.error = undefined;
    let eventStart = 0;
    for (let lineStart = 0; lineStart < events.length;) {
      const lineFeed = events.indexOf(LINE_FEED, lineStart);
      const lineEnd = lineFeed < 0 ? events.length : lineFeed;
      const isBlank = lineEnd === lineStart || (lineEnd === lineStart + 1 && events[lineStart] === CARRIAGE_RETURN);
      if (isBlank) eventStart = lineEnd + 1;
      else if (events.toString('latin1', lineStart, lineStart + DATA.length) === DATA) {
        this.take(events.subarray(skipSpace(events, lineStart + DATA.length, lineEnd), lineEnd));
      }
      if (this.error !== undefined) break;
      lineStart = lineEnd + 1;
    }
    return {
      bytes: this.error === undefined ? events : events.subarray(0, eventStart),
      hasContent: this.hasContent,
      textBytes: this.textBytes,
      usage: this.usage,
      units: this.units,
      isLast: this.isClosed,
      error: this.error,
    };
  }

  private take(data: Buffer): void {
    this.hasContent = true;
    if (data.toString('latin1', 0, '[DONE]'.length) === '[DONE]') {
      this.isFinished = true;
      this.isClosed = true;
      return;
    }
    const event = JsonMembers.of(data);
    const first = event.firstByteOf('error');
    if (first === OPEN_BRACE || first === QUOTE) {
      this.error = toOpenAiStreamError(event.parse('error'));
      return;
    }
    const type = event.parse('type');
    if (typeof type === 'string' && /\.(?:completed|done)$/.test(type)) this.isFinished = true;
    // Of transcriptions.
    const delta = event.parse('delta');
    if (typeof delta === 'string') this.textBytes += Buffer.byteLength(delta);
    const usage = event.parse('usage');
    this.usage = this.toUsage(usage) ?? this.usage;
    this.units = unitsFromOpenAi(usage) ?? this.units;
  }
}

/** Passes bytes that are no events through: audio. */
export class ByteReader implements StreamTranslator {
  constructor(readonly contentType: string) {}

  push(bytes: Buffer): StreamPart {
    return { bytes, hasContent: bytes.length > 0, textBytes: 0 };
  }

  end(): undefined {
    return undefined;
  }
}

/** Reads JSON that came where a stream was asked for: all of it, since it may turn out to be an error. */
export class WholeReader implements StreamTranslator {
  private readonly pieces: Buffer[] = [];
  private length = 0;

  /** @param toAnswer throws where it is an error. */
  constructor(
    readonly contentType: string,
    private readonly toAnswer: (body: Buffer) => Answer,
  ) {}

  push(bytes: Buffer): StreamPart | undefined {
    this.pieces.push(bytes);
    this.length += bytes.length;
    return this.length > MAX_WHOLE_BYTES ? { ...EMPTY_PART, error: tooLarge('answer') } : undefined;
  }

  end(): StreamPart {
    const { bytes, textBytes, usage, units } = this.toAnswer(Buffer.concat(this.pieces));
    return { bytes, hasContent: true, textBytes, usage, units };
  }
}

const EMPTY_PART: StreamPart = { bytes: NOTHING, hasContent: false, textBytes: 0 };

const tooLarge = (what: 'event' | 'answer'): UpstreamError =>
  new UpstreamError('upstream_invalid_response', { message: `The provider’s ${what} is too large.` });

/** The place after the last occurrence; 0 where there is none. */
function endOf(bytes: Buffer, pattern: string): number {
  const at = bytes.lastIndexOf(pattern, undefined, 'latin1');
  return at < 0 ? 0 : at + pattern.length;
}
