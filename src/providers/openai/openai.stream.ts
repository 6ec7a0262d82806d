import { UpstreamError } from '../../errors/upstream-error.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type BillableUnits } from '../../protocol/billable-units.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { unitsOfChat } from '../../protocol/openai-units.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import { LINE_FEED } from '../../protocol/json-bytes.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { ChunkScan } from './chunk-scan.js';
import { toOpenAiStreamError } from './openai.errors.js';

/** The most that one event may weigh. */
const MAX_EVENT_BYTES = 1024 * 1024;

const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DATA = Buffer.from('data:');
const DONE = Buffer.from('[DONE]');

/**
 * Passes a stream of OpenAI's dialect through: whole events, byte for byte, as they come. What it must know it looks
 * for in the bytes, and parses only the few events that hold it (parsing each would cost more than all the rest of a
 * stream's way): the first content, the usage, an error, an end.
 *
 * Left out are the closing `[DONE]`, which the gateway writes itself once the call is on record, and the usage chunk
 * where the client did not ask for one.
 */
export class OpenAiStreamReader implements StreamTranslator {
  private tail: Buffer | undefined;
  private opened = false;
  private finished = false;
  /** The closing `[DONE]` has come. */
  private isClosed = false;
  private readonly chunk: ChunkScan;

  // What the part in the making holds.
  private hasContent = false;
  private textBytes = 0;
  private usage: TokenUsage | undefined;
  private units: BillableUnits | undefined;
  private error: GatewayError | undefined;

  /**
   * @param showsUsage whether the client asked for the usage chunk.
   * @param written the member of a choice that brings what is written: `text` in completions of texts.
   */
  constructor(
    private readonly showsUsage: boolean,
    written: 'delta' | 'text' = 'delta',
  ) {
    this.chunk = new ChunkScan(written);
  }

  push(bytes: Buffer): StreamPart | undefined {
    const buffer = this.tail === undefined ? bytes : Buffer.concat([this.tail, bytes]);
    this.tail = undefined;
    return this.read(buffer);
  }

  end(): StreamPart | undefined {
    let last: StreamPart | undefined;
    // Some services end their last event with the connection in place of a blank line.
    if (this.tail !== undefined) last = this.push(Buffer.from(this.tail.at(-1) === LINE_FEED ? '\n' : '\n\n'));
    if (last?.error !== undefined || this.finished) return last;
    return {
      bytes: last?.bytes ?? Buffer.alloc(0),
      hasContent: last?.hasContent ?? false,
      textBytes: last?.textBytes ?? 0,
      usage: last?.usage,
      error: new UpstreamError('upstream_stream_broken'),
    };
  }

  private read(buffer: Buffer): StreamPart | undefined {
    this.hasContent = false;
    this.textBytes = 0;
    this.usage = undefined;
    this.units = undefined;
    this.error = undefined;
    const kept: Buffer[] = [];
    let keptFrom = 0;
    let eventStart = 0;
    let dataStart = -1;
    let dataEnd = -1;
    // What comes after the last line feed is looked at when its line is whole.
    const end = buffer.lastIndexOf(LINE_FEED) + 1;
    for (let lineStart = 0; lineStart < end;) {
      const isData = startsWith(buffer, DATA, lineStart);
      // An event of several data lines does not occur in this dialect; the last one would count.
      if (isData) dataStart = lineStart + DATA.length + (buffer[lineStart + DATA.length] === SPACE ? 1 : 0);
      const lineFeed = isData ? this.chunk.scan(buffer, dataStart, end) : endOfLine(buffer, lineStart);
      const lineEnd = buffer[lineFeed - 1] === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
      if (isData) dataEnd = lineEnd;
      else if (lineEnd <= lineStart) {
        const eventEnd = lineFeed + 1;
        if (dataStart >= 0 && !this.take(buffer, dataStart, dataEnd)) {
          if (eventStart > keptFrom) kept.push(buffer.subarray(keptFrom, eventStart));
          keptFrom = eventEnd;
        }
        eventStart = eventEnd;
        dataStart = -1;
        if (this.error !== undefined || this.isClosed) break;
      }
      lineStart = lineFeed + 1;
    }
    if (this.error === undefined && !this.isClosed) this.keepTail(buffer, eventStart);
    if (eventStart > keptFrom) kept.push(buffer.subarray(keptFrom, eventStart));
    const [first] = kept;
    if (first === undefined && this.usage === undefined && this.error === undefined && !this.isClosed) return undefined;
    return {
      bytes: kept.length === 1 && first !== undefined ? first : Buffer.concat(kept),
      hasContent: this.hasContent,
      textBytes: this.textBytes,
      usage: this.usage,
      units: this.units,
      isLast: this.isClosed,
      error: this.error,
    };
  }

  private keepTail(buffer: Buffer, from: number): void {
    if (from >= buffer.length) return;
    if (buffer.length - from > MAX_EVENT_BYTES) {
      this.error = new UpstreamError('upstream_invalid_response', {
        message: 'The provider’s stream has no end of line.',
      });
      return;
    }
    this.tail = buffer.subarray(from);
  }

  /** @returns whether the client is to see this event. */
  private take(buffer: Buffer, start: number, end: number): boolean {
    if (end - start === DONE.length && startsWith(buffer, DONE, start)) {
      this.finished = true;
      this.isClosed = true;
      return false;
    }
    const { chunk } = this;
    if (chunk.hasError || chunk.hasUsage || !this.opened) {
      const keep = this.takeParsed(buffer, start, end);
      if (!keep || this.error !== undefined) return false;
    } else this.hasContent = true;
    if (chunk.isFinished) this.finished = true;
    this.textBytes += chunk.textBytes;
    return true;
  }

  private takeParsed(buffer: Buffer, start: number, end: number): boolean {
    const chunk = parseJson(buffer.toString('utf8', start, end));
    if (!isObject(chunk)) {
      this.error = new UpstreamError('upstream_invalid_response', { message: 'The provider’s stream is not valid.' });
      return false;
    }
    const usage = tokenUsageFromOpenAi(chunk['usage']);
    if (usage !== undefined) {
      this.usage = usage;
      this.units = unitsOfChat(chunk['usage'], chunk['service_tier']);
    }
    if (chunk['error']) {
      this.error = toOpenAiStreamError(chunk['error']);
      return false;
    }
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
    if (choices.some(hasContent)) {
      this.opened = true;
      this.hasContent = true;
    }
    return usage === undefined || choices.length > 0 || this.showsUsage;
  }
}

/** Whether a choice of a chunk brings anything beyond its role. */
function hasContent(choice: unknown): boolean {
  if (typeof choice !== 'object' || choice === null) return false;
  if ('finish_reason' in choice && choice.finish_reason) return true;
  if ('text' in choice && choice.text) return true;
  const delta = 'delta' in choice ? choice.delta : undefined;
  if (typeof delta !== 'object' || delta === null) return false;
  return Object.entries(delta).some(([name, value]) => name !== 'role' && !isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The place of the line feed that ends the line: there is one. */
function endOfLine(buffer: Buffer, start: number): number {
  return buffer[start] === LINE_FEED ? start : buffer.indexOf(LINE_FEED, start);
}

function startsWith(buffer: Buffer, prefix: Buffer, at: number): boolean {
  for (let index = 0; index < prefix.length; index++) if (buffer[at + index] !== prefix[index]) return false;
  return true;
}
