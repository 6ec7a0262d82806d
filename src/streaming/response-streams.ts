import { type ServerResponse } from 'node:http';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { type Placed, PlacedList } from '../collections/placed-list.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { PiecedAnswer } from '../protocol/pieced-answer.js';
import { type AnswerStream } from '../providers/provider-adapter.interface.js';
import { answerHeaders } from './answer-headers.js';
import { sendPieces } from './pieced-response.js';
import { DONE, EVENT_STREAM } from './kept-stream.js';
import { forgetStall, limitStall } from './stalled-client.js';

const COMMENT = ': keep-alive\n\n';
const DONE_BYTES = Buffer.from(DONE);

const STREAM = Symbol('nestgate.stream');

/** A response with what is known of it as a stream. */
interface StreamedResponse extends ServerResponse {
  [STREAM]?: OpenStream;
}

/** A response that is, or may become, a stream of server-sent events. */
interface OpenStream extends Placed {
  readonly response: ServerResponse;
  readonly call: CallContext;
  /** Monotonic milliseconds of the last byte; while nothing has been sent, of the start. */
  lastWrite: number;
  /** What it is sent as; `undefined` for chunks of chat and text completions. */
  contentType: string | undefined;
  /** The client does not read: nothing more is asked of the provider until it does. */
  isWaiting: boolean;
  /** What came together with the provider's end, and goes out together with ours. */
  last: Buffer | undefined;
}

/**
 * Writes streams to clients as server-sent events: each part when it comes, whole events only, never faster than the
 * client reads; comments into long silences; a failure as one last event.
 */
@Injectable()
export class ResponseStreams implements OnApplicationShutdown {
  private readonly open = new PlacedList<OpenStream>();
  private ticker: NodeJS.Timeout | undefined;

  constructor(@Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings) {}

  /** From now on the response is kept from falling silent for too long. */
  expect(response: StreamedResponse, call: CallContext): void {
    const state: OpenStream = {
      response,
      call,
      lastWrite: performance.now(),
      contentType: undefined,
      isWaiting: false,
      last: undefined,
      place: -1,
    };
    response[STREAM] = state;
    this.open.add(state);
    this.ticker ??= this.startTicker();
  }

  /** Whether bytes have gone out: a failure can then only be told as an event. */
  isOpen(response: ServerResponse): boolean {
    return response.headersSent;
  }

  /**
   * Writes all of a stream but its end, and what came together with that.
   * @param filter is shown every event in passing, and returns what goes on in its place; it throws where nothing may.
   * @throws GatewayError where the stream broke, or the client left.
   */
  write(
    response: StreamedResponse,
    call: CallContext,
    stream: AnswerStream,
    filter?: (events: Buffer) => Buffer,
  ): Promise<void> {
    const state = response[STREAM];
    if (call.cancellation.cancelled || state === undefined) throw GatewayError.from(call.cancellation.reason);
    return new Promise((resolve, reject) => {
      const unlink = call.cancellation.onCancel(() => {
        // Whoever cancelled told the provider's side too; this side must not wait for it to answer.
        subscription.unsubscribe();
        reject(GatewayError.from(call.cancellation.reason));
      });
      const isOpenAsEvents = response.headersSent;
      this.begin(state, stream.contentType);
      const isFramed = isOpenAsEvents && !takesEvents(state);
      let isRefused = false;
      const subscription = stream.parts.subscribe({
        next: (part) => {
          if (part.bytes.length === 0 || isRefused) return;
          let bytes = part.bytes;
          if (filter !== undefined) {
            try {
              bytes = filter(bytes);
            } catch (error) {
              // Others may be at hand already: they come before anybody can say that they are not wanted.
              isRefused = true;
              unlink();
              reject(GatewayError.from(error));
              // Not there yet where the first parts come with the subscription itself.
              queueMicrotask(() => subscription.unsubscribe());
              return;
            }
            if (bytes.length === 0) return;
          }
          if (isFramed) bytes = eventOf(bytes);
          // One write in place of two, each of which is an eighth of all that a stream takes.
          if (part.isLast === true) state.last = bytes;
          else this.pass(state, bytes, stream);
        },
        error: (error: unknown) => {
          unlink();
          reject(GatewayError.from(error));
        },
        complete: () => {
          unlink();
          resolve();
        },
      });
    });
  }

  /**
   * Ends an answer that is no stream.
   * @returns a promise only where not all of it has been handed over yet.
   */
  sendWhole(response: ServerResponse, call: CallContext, answer: CallAnswer): void | Promise<void> {
    if (answer instanceof PiecedAnswer) {
      return sendPieces(response, call, answer.content.pieces, this.settings.stallTimeout);
    }
    response.end(answer.bytes);
    limitStall(response, this.settings.stallTimeout);
    return undefined;
  }

  /** Writes what was to go out with the end. */
  flush(response: StreamedResponse): void {
    const last = takeLast(response[STREAM]);
    if (last !== undefined && !response.destroyed) response.write(last);
  }

  /**
   * The end of a stream that has ended well waits for something. Nothing is told in it until then, and what was to go out
   * with its end does so by itself where that takes longer than this turn of the event loop.
   */
  hold(response: StreamedResponse): void {
    this.forget(response);
    if (response[STREAM]?.last !== undefined) setImmediate(() => this.flush(response));
  }

  finish(response: StreamedResponse): void {
    this.forget(response);
    const state = response[STREAM];
    const last = takeLast(state);
    // What goes to the client as it came has its own end.
    if (state?.contentType !== undefined) response.end(last);
    else response.end(last === undefined ? DONE_BYTES : Buffer.concat([last, DONE_BYTES]));
    limitStall(response, this.settings.stallTimeout);
  }

  /** Ends an open stream with one event that holds the error, or, where it takes none, by closing the connection. */
  fail(response: StreamedResponse, error: GatewayError): void {
    this.forget(response);
    this.flush(response);
    if (!takesEvents(response[STREAM])) {
      // Words among the bytes of audio would be played; a connection that ends too soon is noticed. Node hands on what was
      // written in this tick, the head of the answer perhaps, at its end: not before that.
      process.nextTick(() => response.destroy());
      return;
    }
    const body = { error: { ...error.toBody().error, type: 'server_error' } };
    response.end(`data: ${JSON.stringify(body)}\n\n`);
  }

  /** Leaves a response alone that is no stream, or no longer: a write after its end would end the process. */
  forget(response: StreamedResponse): void {
    const state = response[STREAM];
    if (state !== undefined) this.open.remove(state);
  }

  onApplicationShutdown(): void {
    clearInterval(this.ticker);
  }

  private begin(state: OpenStream, contentType?: string): void {
    const { response, call } = state;
    // Also where it was opened before anything had come, as events: what follows has its own end.
    state.contentType ??= contentType;
    if (response.headersSent) return;
    call.sentStatus = 200;
    response.writeHead(200, [
      'content-type',
      contentType ?? EVENT_STREAM,
      'cache-control',
      'no-cache',
      // nginx would otherwise collect the events.
      'x-accel-buffering',
      'no',
      ...answerHeaders(call),
    ]);
  }

  private pass(state: OpenStream, bytes: Buffer, stream: AnswerStream): void {
    state.lastWrite = performance.now();
    if (state.response.write(bytes) || state.isWaiting) return;
    state.isWaiting = true;
    stream.pause();
    limitStall(state.response, this.settings.stallTimeout);
    state.response.once('drain', () => {
      state.isWaiting = false;
      forgetStall(state.response);
      stream.resume();
    });
  }

  /** One timer for all streams. It runs while there are any. */
  private startTicker(): NodeJS.Timeout | undefined {
    const { keepAliveInterval, openAfter } = this.settings;
    const shortest = Math.min(keepAliveInterval || Number.POSITIVE_INFINITY, openAfter || Number.POSITIVE_INFINITY);
    if (!Number.isFinite(shortest)) return undefined;
    const ticker = setInterval(() => this.tick(), Math.max(10, shortest / 4));
    ticker.unref();
    return ticker;
  }

  private tick(): void {
    const { keepAliveInterval, openAfter } = this.settings;
    if (this.open.length === 0) {
      clearInterval(this.ticker);
      this.ticker = undefined;
      return;
    }
    const now = performance.now();
    for (const state of this.open.snapshot()) {
      const silence = now - state.lastWrite;
      if (!takesEvents(state)) continue;
      const limit = state.response.headersSent ? keepAliveInterval : openAfter;
      if (limit === 0 || silence < limit || state.isWaiting || state.response.destroyed) continue;
      this.begin(state);
      state.lastWrite = now;
      state.response.write(COMMENT);
    }
  }
}

function takeLast(state: OpenStream | undefined): Buffer | undefined {
  const last = state?.last;
  if (state !== undefined) state.last = undefined;
  return last;
}

/** What is no event as one, for whoever has been promised events already: line by line, its bytes unchanged. */
function eventOf(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').replaceAll(/\r\n?|\n/g, '\ndata: ');
  return Buffer.from(`data: ${lines}\n\n`, 'latin1');
}

/** Whether comments and errors can be told in it as events. */
function takesEvents(state: OpenStream | undefined): boolean {
  if (state === undefined) return true;
  const { contentType, call } = state;
  if (contentType === undefined) return call.operation.isAlwaysStreamed !== true;
  return contentType.startsWith('text/event-stream');
}
