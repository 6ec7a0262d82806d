import { createParser, type EventSourceParser } from 'eventsource-parser';
import { UpstreamError } from '../errors/upstream-error.js';
import { isObject, parseJson } from '../protocol/json.js';
import { type ChunkWriter } from './chunk-writer.js';
import { type StreamTranslator } from './http-dialect.js';
import { type StreamPart } from './provider-adapter.interface.js';
import { toReadingError } from './reading-error.js';

/** The most that one event may weigh, in characters. */
const MAX_EVENT_LENGTH = 1024 * 1024;

/** Reads server-sent events that are JSON objects, for those who translate them into chunks. */
export class EventSourceReader implements StreamTranslator {
  private readonly decoder = new TextDecoder('utf-8', { fatal: false });
  private readonly parser: EventSourceParser;
  private ended = false;

  /** @param take is given each event until the chunks are over. */
  constructor(
    private readonly chunks: ChunkWriter,
    private readonly take: (event: Record<string, unknown>) => void,
  ) {
    this.parser = createParser({
      onEvent: ({ data }) => this.read(data),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.fail('The provider’s stream has no end of line.');
      },
      maxBufferSize: MAX_EVENT_LENGTH,
    });
  }

  push(bytes: Buffer): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    this.parser.feed(this.decoder.decode(bytes, { stream: true }));
    return this.chunks.take();
  }

  end(): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    // Some close the connection in place of the blank line after their last event.
    this.ended = true;
    this.parser.feed(`${this.decoder.decode()}\n\n`);
    this.chunks.fail(new UpstreamError('upstream_stream_broken'));
    return this.chunks.take();
  }

  private read(data: string): void {
    // Nothing follows the end, and what follows an error is not to be believed.
    if (this.chunks.isOver) return;
    const event = parseJson(data);
    if (isObject(event)) this.show(event);
    // At the end it was cut off in its middle.
    else if (!this.ended) this.fail('The provider’s stream is not valid.');
  }

  private show(event: Record<string, unknown>): void {
    try {
      this.take(event);
    } catch (error) {
      // What was right before it is still told.
      this.chunks.fail(toReadingError(error));
    }
  }

  private fail(message: string): void {
    this.chunks.fail(new UpstreamError('upstream_invalid_response', { message }));
  }
}
