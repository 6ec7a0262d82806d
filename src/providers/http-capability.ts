import { Observable, type Subscriber } from 'rxjs';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type JsonBody } from '../protocol/json-body.js';
import { isObject, parseJsonBytes } from '../protocol/json.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type Cancellation } from '../upstream/cancellation.js';
import { VIA_HEADER } from '../upstream/via-header.js';
import { type UpstreamClient, type UpstreamOptions } from '../upstream/upstream-client.js';
import { type UpstreamExchange, type UpstreamSink } from '../upstream/upstream-exchange.js';
import {
  headerValue,
  type UpstreamHeaders,
  type UpstreamRequest,
  type UpstreamResponse,
  withStatus,
} from '../upstream/upstream-request.js';
import { type Redactor, redactorFor } from './credential-redaction.js';
import { type HttpDialect, type StreamTranslator } from './http-dialect.js';
import {
  type Answer,
  type AnswerStream,
  type Capability,
  type ProviderCall,
  type ProviderSettings,
  type StreamPart,
} from './provider-adapter.interface.js';
import { toReadingError } from './reading-error.js';

/** The most of an error body that is read for its message. */
const MAX_ERROR_BYTES = 64 * 1024;

/** Sends what an HttpDialect writes and reads what comes back through it. */
export class HttpCapability<Request, Body extends RequestBody = JsonBody> implements Capability<Request, Body> {
  private readonly redact: Redactor;

  constructor(
    private readonly upstream: UpstreamClient,
    private readonly settings: ProviderSettings,
    private readonly dialect: HttpDialect<Request, Body>,
    private readonly authorize?: Authorize,
  ) {
    this.redact = redactorFor(settings);
  }

  async answer(call: ProviderCall<Request, Body>): Promise<Answer> {
    const written = this.authorized(onward(this.dialect.toRequest(call, false), call), call.cancellation);
    const request = written instanceof Promise ? await written : written;
    const response = await this.upstream.request(request, this.options(call), this.dialect.toPieces);
    try {
      if (response.status >= 400) throw errorOf(this.dialect, response);
      return this.read(response, call);
    } catch (error) {
      throw this.redact(error, request.headers);
    }
  }

  stream(call: ProviderCall<Request, Body>): AnswerStream {
    const stream: ProviderStream = new ProviderStream((subscriber) => this.begin(call, stream, subscriber));
    return stream;
  }

  private begin(
    call: ProviderCall<Request, Body>,
    stream: ProviderStream,
    subscriber: Subscriber<StreamPart>,
  ): () => void {
    let sent: UpstreamRequest | undefined;
    const observer: PartObserver = {
      next: (part) => subscriber.next(part),
      error: (error) => subscriber.error(this.redact(error, sent?.headers)),
      complete: () => subscriber.complete(),
    };
    const sink = new TranslatingSink((headers) => this.dialect.toStream(call, headers), this.dialect, observer, stream);
    stream.sink = sink;
    const send = (request: UpstreamRequest): void => {
      // Nobody may be listening any longer: credentials take their time.
      if (subscriber.closed) return;
      sent = request;
      stream.follow(this.upstream.stream(request, this.options(call), sink));
    };
    const written = this.authorized(onward(this.dialect.toRequest(call, true), call), call.cancellation);
    if (written instanceof Promise) written.then(send).catch(observer.error);
    else send(written);
    return () => stream.stop();
  }

  private read(response: UpstreamResponse, call: ProviderCall<Request, Body>): Answer {
    try {
      return this.dialect.toAnswer(response, call);
    } catch (error) {
      throw toReadingError(error);
    }
  }

  private authorized(request: UpstreamRequest, cancellation: Cancellation): UpstreamRequest | Promise<UpstreamRequest> {
    const { authorize } = this;
    if (authorize === undefined) return request;
    return new Promise<UpstreamRequest>((resolve, reject) => {
      const unlink = cancellation.onCancel(() => reject(asError(cancellation.reason)));
      authorize(request)
        .then(resolve, (error: unknown) => reject(withoutCredentials(error)))
        .finally(unlink);
    });
  }

  private options({ cancellation }: ProviderCall<Request, Body>): UpstreamOptions {
    const { connectTimeout, idleTimeout } = this.settings;
    return { cancellation, connectTimeout, idleTimeout };
  }
}

/**
 * Adds to a request what lets it in, for providers whose credentials last for a while only, or sign each request.
 * @throws where there are none.
 */
export type Authorize = (request: UpstreamRequest) => Promise<UpstreamRequest>;

function withoutCredentials(error: unknown): GatewayError {
  if (GatewayError.isInstance(error)) return error;
  return new UpstreamError('upstream_unreachable', {
    message: 'The credentials for the provider could not be obtained.',
    cause: error,
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Adds what comes with the call. Before it is signed, where it is. */
function onward(
  request: UpstreamRequest,
  { traceparent, via }: Pick<ProviderCall<unknown, RequestBody>, 'traceparent' | 'via'>,
): UpstreamRequest {
  if (traceparent === undefined && via === undefined) return request;
  const headers: Record<string, string> = { ...request.headers };
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  const own = headers[VIA_HEADER];
  if (via !== undefined) headers[VIA_HEADER] = own === undefined ? via : `${via}, ${own}`;
  return { ...request, headers };
}

/**
 * The answer to a request that is sent once somebody subscribes.
 *
 * A class, and no object with a getter in it: V8 gives each of those a hidden class of its own among the old objects,
 * which keeps all that the getter knows, the whole call, until the next collection of everything.
 */
class ProviderStream implements AnswerStream {
  readonly parts: Observable<StreamPart>;
  sink: TranslatingSink | undefined;
  private exchange: UpstreamExchange | undefined;
  private isPaused = false;

  constructor(begin: (subscriber: Subscriber<StreamPart>) => () => void) {
    this.parts = new Observable(begin);
  }

  get contentType(): string | undefined {
    return this.sink?.contentType;
  }

  /** The request has been sent. */
  follow(exchange: UpstreamExchange): void {
    this.exchange = exchange;
    if (this.isPaused) exchange.pause();
  }

  pause(): void {
    this.isPaused = true;
    this.exchange?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.exchange?.resume();
  }

  stop(): void {
    this.exchange?.stop();
  }

  release(): void {
    this.exchange?.release();
  }
}

/** What a subscriber of an Observable offers. */
interface PartObserver {
  next(part: StreamPart): void;
  error(error: unknown): void;
  complete(): void;
}

/** Hands the bytes of one stream to its translator, or those of an error to the dialect. */
class TranslatingSink implements UpstreamSink {
  private status = 0;
  private headers: UpstreamHeaders = {};
  private errorBytes: Buffer[] | undefined;
  private errorLength = 0;
  private translator: StreamTranslator | undefined;

  constructor(
    private readonly toTranslator: (headers: UpstreamHeaders) => StreamTranslator,
    private readonly dialect: { mayAnswerWhole?: true; toError(response: UpstreamResponse): Error },
    private readonly observer: PartObserver,
    private readonly exchange: Pick<UpstreamExchange, 'stop' | 'release'>,
  ) {}

  get contentType(): string | undefined {
    return this.translator?.contentType;
  }

  onStart(status: number, headers: UpstreamHeaders): void {
    this.status = status;
    this.headers = headers;
    // A service that answers a stream with JSON has something to say that is not a stream.
    const isJson = headerValue(headers, 'content-type')?.startsWith('application/json') === true;
    if (status !== 200 || (isJson && this.dialect.mayAnswerWhole !== true)) this.errorBytes = [];
    else {
      this.pass(() => {
        this.translator = this.toTranslator(headers);
        return undefined;
      });
    }
  }

  onData(bytes: Buffer): void {
    if (this.errorBytes !== undefined) {
      this.errorLength += bytes.length;
      if (this.errorLength <= MAX_ERROR_BYTES) this.errorBytes.push(bytes);
      return;
    }
    this.pass(() => this.translator?.push(bytes));
  }

  onEnd(): void {
    if (this.errorBytes !== undefined) {
      this.observer.error(this.readError(Buffer.concat(this.errorBytes)));
      return;
    }
    if (this.pass(() => this.translator?.end())) this.observer.complete();
  }

  onError(error: unknown): void {
    this.observer.error(error);
  }

  /** @returns whether the stream goes on. */
  private pass(read: () => StreamPart | undefined): boolean {
    let part: StreamPart | undefined;
    try {
      part = read();
    } catch (error) {
      this.exchange.stop();
      this.observer.error(toReadingError(error));
      return false;
    }
    if (part === undefined) return true;
    this.observer.next(part);
    if (part.isLast === true) {
      this.exchange.release();
      this.observer.complete();
      return false;
    }
    if (part.error === undefined) return true;
    this.exchange.stop();
    this.observer.error(part.error);
    return false;
  }

  private readError(body: Buffer): Error {
    const { status, headers } = this;
    if (status >= 400) return errorOf(this.dialect, { status, headers, body });
    // Some services send an error envelope with status 200. What is no JSON is none.
    if (!isObject(parseJsonBytes(body))) return new UpstreamError('upstream_invalid_response');
    return errorOf(this.dialect, { status: 502, headers, body });
  }
}

/** A body that cannot be read says no less than its status does. */
function errorOf(dialect: { toError(response: UpstreamResponse): Error }, response: UpstreamResponse): Error {
  // There are no statuses beyond.
  const status = response.status > 599 ? 502 : response.status;
  try {
    return dialect.toError(withStatus(response, status));
  } catch (cause) {
    const message = `The provider answered with status ${status}.`;
    return new UpstreamError('upstream_error', { status, message, cause });
  }
}
