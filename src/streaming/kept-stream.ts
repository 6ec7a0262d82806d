import { type CallAnswer } from '../events/call-answer.js';

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';
export const DONE = 'data: [DONE]\n\n';

/** Keeps what goes to a client as a stream, so that it can be sent again as a whole: nothing of it where it is too large. */
export class KeptStream {
  private pieces: Buffer[] | undefined = [];
  private length = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly filter?: (events: Buffer) => Buffer,
  ) {}

  readonly pass = (events: Buffer): Buffer => {
    const bytes = this.filter === undefined ? events : this.filter(events);
    this.keep(bytes);
    return bytes;
  };

  /** What goes to the client without having come from the provider. */
  keep(bytes: Buffer): void {
    this.length += bytes.length;
    if (this.length > this.maxBytes) this.pieces = undefined;
    this.pieces?.push(bytes);
  }

  /**
   * All that went, once the stream has ended well; `undefined` where that was too much to keep.
   * @param contentType `undefined` for chunks of chat and text completions, whose end the gateway writes itself.
   */
  answer(contentType: string | undefined): CallAnswer | undefined {
    if (this.pieces === undefined) return undefined;
    const end = contentType === undefined ? [Buffer.from(DONE)] : [];
    return { contentType: contentType ?? EVENT_STREAM, bytes: Buffer.concat([...this.pieces, ...end]) };
  }
}
