import { type Dispatcher, errors } from 'undici';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type Deadline, type Deadlines } from './deadlines.js';
import { EGRESS_REFUSED } from './egress-connector.js';
import { type Connection } from './tracked-client.js';
import { type UpstreamClient, type UpstreamOptions } from './upstream-client.js';
import { type UpstreamHeaders, type UpstreamRequest } from './upstream-request.js';

/** Informational answers (103 and its like) that may come before the one that counts. */
const MAX_INFORMATIONAL = 16;

/** Milliseconds in which a connection that was closing shows it: later the provider may have been at work. */
const STALE_MS = 1_000;
const LOST: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Milliseconds in which an answer that is whole may also come to its end. */
const GRACE = 1_000;

/** Takes an answer as it comes: `onStart`, any number of `onData`, then `onEnd` or `onError`, once. */
export interface UpstreamSink {
  onStart(status: number, headers: UpstreamHeaders): void;
  onData(bytes: Buffer): void;
  onEnd(): void;
  /** @param error an UpstreamError, or the reason of the cancellation. */
  onError(error: unknown): void;
}

/**
 * One request to a provider while it lasts: stops when cancelled, gives up on a silent provider, and can be paused, which
 * stops reading from the socket. After its sink has heard the end or an error it hears nothing more.
 */
export class UpstreamExchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private over = false;
  private failure: unknown;
  private paused = false;
  private isReading = false;
  private informational = 0;
  private lastActivity = 0;
  private arrived: Buffer[] | undefined;
  private idle: Deadline | undefined;
  // Set before it is known: a call that is cancelled already fails within the constructor.
  private stopListening: () => void = () => undefined;
  /** Over which it goes. */
  connection: Connection | undefined;
  /** What had come over the connection before: 0 for a new one. */
  private readBefore = 0;
  private startedAt = 0;
  private hasAnswer = false;
  private isSentAgain = false;

  /** @param client sends the request again, where it went to a connection that was closing. */
  constructor(
    private readonly options: UpstreamOptions,
    private readonly sink: UpstreamSink,
    private readonly deadlines: Deadlines,
    private readonly client?: Pick<UpstreamClient, 'send'>,
    private readonly request?: UpstreamRequest,
  ) {
    this.stopListening = options.cancellation.onCancel(() => this.fail(options.cancellation.reason));
  }

  /** Ends the exchange: the connection is closed and the sink hears `error`. */
  fail(error: unknown): void {
    if (this.over) return;
    this.finish();
    this.failure = error;
    this.controller?.abort(asError(error));
    this.sink.onError(asUpstreamError(error));
  }

  /** Ends the exchange without a word to the sink. */
  stop(): void {
    if (this.over) return;
    this.finish();
    this.controller?.abort(new Error('stopped'));
  }

  /** The sink has all it needs. The connection has a moment to end the answer, after which it can be used again. */
  release(): void {
    if (this.over) return;
    this.finish();
    if (this.paused) this.controller?.resume();
    this.idle = this.deadlines.set(GRACE, () => this.controller?.abort(new Error('stopped')));
  }

  pause(): void {
    if (this.paused || this.over) return;
    this.paused = true;
    this.controller?.pause();
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.lastActivity = performance.now();
    this.controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over) {
      controller.abort(asError(this.failure));
      return;
    }
    this.controller = controller;
    this.readBefore = this.connection?.socket?.bytesRead ?? 0;
    this.startedAt = performance.now();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: UpstreamHeaders): void {
    this.hasAnswer = true;
    if (this.over) return;
    if (status < 200) {
      if (++this.informational > MAX_INFORMATIONAL) this.fail(new UpstreamError('upstream_invalid_response'));
      return;
    }
    if (status >= 300 && status < 400) {
      this.fail(new UpstreamError('upstream_redirect'));
      return;
    }
    if (this.paused) controller.pause();
    this.sink.onStart(status, headers);
    this.afterRead();
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.over) return;
    if (this.arrived === undefined) {
      this.arrived = [bytes];
      this.afterRead();
    } else this.arrived.push(bytes);
  }

  onResponseEnd(): void {
    this.deliver();
    this.deadlines.clear(this.idle);
    if (this.over) return;
    this.finish();
    this.sink.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.deliver();
    this.deadlines.clear(this.idle);
    if (this.over || this.sendAgain(error)) return;
    this.finish();
    this.sink.onError(asUpstreamError(error));
  }

  /**
   * A provider may close a connection that it has no use for just when a request is on its way to it. Nothing was done then:
   * not a byte came back, and that at once, on a connection that had served before.
   *
   * @returns whether the request is sent once more.
   * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
   */
  private sendAgain(error: Error): boolean {
    const { client, request, connection, readBefore } = this;
    if (client === undefined || request === undefined || this.isSentAgain || this.hasAnswer || readBefore === 0) {
      return false;
    }
    const isAtOnce = performance.now() - this.startedAt < STALE_MS;
    if (!isAtOnce || connection?.socket?.bytesRead !== readBefore || !isLost(error)) return false;
    this.isSentAgain = true;
    this.controller = undefined;
    queueMicrotask(() => {
      if (!this.over) client.send(request, this.options, this);
    });
    return true;
  }

  /**
   * Hands on what one read from the socket brought. A provider's events are often small chunks of which a read holds
   * many: taken together, still in the same turn of the event loop, they cost a fraction of what each by itself does.
   */
  private deliver(): void {
    const { arrived } = this;
    this.arrived = undefined;
    if (arrived === undefined || this.over) return;
    if (this.idle !== undefined) this.lastActivity = performance.now();
    const [first] = arrived;
    this.sink.onData(arrived.length === 1 && first !== undefined ? first : Buffer.concat(arrived));
  }

  private afterRead(): void {
    if (this.isReading) return;
    this.isReading = true;
    queueMicrotask(this.endRead);
  }

  /** Comes when all that one read from the socket brought is here. What came as a whole needs no timer. */
  private readonly endRead = (): void => {
    this.isReading = false;
    this.deliver();
    if (!this.over && this.idle === undefined) this.watchIdle();
  };

  private finish(): void {
    this.over = true;
    this.stopListening();
    this.deadlines.clear(this.idle);
  }

  /** One deadline for the whole answer, put forward when it passes early: cheaper than a new one for every piece. */
  private watchIdle(): void {
    const { idleTimeout } = this.options;
    if (idleTimeout === 0) return;
    this.lastActivity = performance.now();
    const check = (): void => {
      const quiet = this.paused ? 0 : performance.now() - this.lastActivity;
      if (quiet >= idleTimeout) {
        this.fail(new UpstreamError('upstream_timeout', { message: 'The provider fell silent within its answer.' }));
        return;
      }
      this.idle = this.deadlines.set(idleTimeout - quiet, check);
    };
    this.idle = this.deadlines.set(idleTimeout, check);
  }
}

/** Whether the connection was closed by the other side. */
function isLost(error: Error): boolean {
  return 'code' in error && LOST.has(error.code);
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Names a failure of the connection by what a caller may know of it; the library's own words stay in the cause. */
function asUpstreamError(error: unknown): unknown {
  if (GatewayError.isInstance(error)) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case EGRESS_REFUSED:
      return new UpstreamError('upstream_address_refused', { cause: error });
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return new UpstreamError('upstream_timeout', {
        message: 'The connection to the provider took too long.',
        cause: error,
      });
    case 'UND_ERR_HEADERS_OVERFLOW':
      return new UpstreamError('upstream_invalid_response', { cause: error });
    default:
      return new UpstreamError(
        error instanceof errors.HTTPParserError ? 'upstream_invalid_response' : 'upstream_unreachable',
        { cause: error },
      );
  }
}
