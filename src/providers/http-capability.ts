import { Observable } from 'rxjs';
import { UpstreamError } from '../errors/upstream-error.js';
import { type UpstreamClient, type UpstreamOptions } from '../upstream/upstream-client.js';
import { type UpstreamExchange, type UpstreamSink } from '../upstream/upstream-exchange.js';
import { headerValue, type UpstreamHeaders } from '../upstream/upstream-request.js';
import { redactorFor } from './credential-redaction.js';
import { type HttpDialect, type StreamTranslator } from './http-dialect.js';
import {
  type Answer,
  type AnswerStream,
  type Capability,
  type ProviderCall,
  type ProviderSettings,
  type StreamPart,
} from './provider-adapter.interface.js';

/** The most of an error body that is read for its message. */
const MAX_ERROR_BYTES = 64 * 1024;

/** Sends what an HttpDialect writes and reads what comes back through it. */
export class HttpCapability<Request> implements Capability<Request> {
  private readonly redact: (error: unknown) => unknown;

  constructor(
    private readonly upstream: UpstreamClient,
    private readonly settings: ProviderSettings,
    private readonly dialect: HttpDialect<Request>,
  ) {
    this.redact = redactorFor(settings);
  }

  async answer(call: ProviderCall<Request>): Promise<Answer> {
    const request = this.dialect.toRequest(call, false);
    const response = await this.upstream.request(request, this.options(call));
    try {
      if (response.status >= 400) throw this.dialect.toError(response);
      assertSuccess(response.status);
      return this.dialect.toAnswer(response, call);
    } catch (error) {
      throw this.redact(error);
    }
  }

  stream(call: ProviderCall<Request>): AnswerStream {
    let exchange: UpstreamExchange | undefined;
    const parts = new Observable<StreamPart>((subscriber) => {
      const request = this.dialect.toRequest(call, true);
      const observer: PartObserver = {
        next: (part) => subscriber.next(part),
        error: (error) => subscriber.error(this.redact(error)),
        complete: () => subscriber.complete(),
      };
      const sink = new TranslatingSink(this.dialect.toStream(call), this.dialect, observer, {
        stop: () => exchange?.stop(),
        release: () => exchange?.release(),
      });
      exchange = this.upstream.stream(request, this.options(call), sink);
      return () => exchange?.stop();
    });
    return { parts, pause: () => exchange?.pause(), resume: () => exchange?.resume() };
  }

  private options({ cancellation }: ProviderCall<Request>): UpstreamOptions {
    const { connectTimeout, idleTimeout } = this.settings;
    return { cancellation, connectTimeout, idleTimeout };
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

  constructor(
    private readonly translator: StreamTranslator,
    private readonly dialect: HttpDialect<never>,
    private readonly observer: PartObserver,
    private readonly exchange: Pick<UpstreamExchange, 'stop' | 'release'>,
  ) {}

  onStart(status: number, headers: UpstreamHeaders): void {
    this.status = status;
    this.headers = headers;
    // A service that answers a stream with JSON has something to say that is not a stream.
    const isJson = headerValue(headers, 'content-type')?.startsWith('application/json') === true;
    if (status !== 200 || isJson) this.errorBytes = [];
  }

  onData(bytes: Buffer): void {
    if (this.errorBytes !== undefined) {
      this.errorLength += bytes.length;
      if (this.errorLength <= MAX_ERROR_BYTES) this.errorBytes.push(bytes);
      return;
    }
    this.pass(() => this.translator.push(bytes));
  }

  onEnd(): void {
    if (this.errorBytes !== undefined) {
      this.observer.error(this.readError(Buffer.concat(this.errorBytes)));
      return;
    }
    if (this.pass(() => this.translator.end())) this.observer.complete();
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
      this.observer.error(error);
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
    if (status >= 400) return this.dialect.toError({ status, headers, body });
    if (status >= 300) return redirected(status);
    // Some services send an error envelope with status 200.
    return this.dialect.toError({ status: 502, headers, body });
  }
}

function assertSuccess(status: number): void {
  if (status >= 300) throw redirected(status);
}

function redirected(status: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', {
    message: `The provider answered with a redirect (${status}), which is not followed.`,
  });
}
