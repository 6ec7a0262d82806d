import { Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import { TurnQueue } from '../collections/turn-queue.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type Cancellation } from './cancellation.js';
import { Deadlines } from './deadlines.js';
import { type Egress } from './egress.js';
import { egressConnector } from './egress-connector.js';
import { KnownNames } from './known-names.js';
import { TrackedClient, type TrackedDispatch } from './tracked-client.js';
import { UpstreamExchange, type UpstreamSink } from './upstream-exchange.js';
import {
  type AnswerPieces,
  type UpstreamHeaders,
  type UpstreamRequest,
  type UpstreamResponse,
} from './upstream-request.js';

export interface UpstreamOptions {
  readonly cancellation: Cancellation;
  /** Milliseconds to the end of the TCP and TLS handshakes. */
  readonly connectTimeout: number;
  /** Milliseconds between two pieces of an answer; 0 for no limit. */
  readonly idleTimeout: number;
}

/** An answer that is here, and who waits for it. */
interface Answered {
  readonly response: UpstreamResponse;
  readonly resolve: (response: UpstreamResponse) => void;
}

/** The most that a whole (not streamed) answer may weigh: ten large images in base64 weigh some forty. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Answers up to here are joined as they end, which takes less than a millisecond. */
const MAX_JOINED_BYTES = 1024 * 1024;

/** Node closes idle connections after five seconds; closing ours first avoids most races on a dying one. */
const KEEP_ALIVE_MS = 4_000;

/**
 * Sends requests to providers over kept-alive connections, one pool for each origin, policy and time to connect. Redirects
 * are not followed.
 */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  /** By policy, origin and `connectTimeout`: joined into one key they would make a new string for every request. */
  private readonly pools: Readonly<Record<Egress, Map<string, Map<number, Pool>>>> = {
    strict: new Map(),
    operator: new Map(),
    private: new Map(),
  };

  private readonly answered = new TurnQueue<Answered>((all) => {
    for (const { resolve, response } of all) resolve(response);
  });

  constructor(
    @Optional() private readonly names: KnownNames = new KnownNames(),
    @Optional() private readonly deadlines: Deadlines = new Deadlines(),
  ) {}

  /**
   * Sends a request and reads the whole answer, of whatever status but a redirect.
   * @param toPieces what takes a large answer as it comes, made when it turns out to be one: to join its pieces would block
   *   the event loop.
   * @throws UpstreamError `upstream_unreachable`, `upstream_address_refused`, `upstream_timeout`, `upstream_redirect`,
   *   `upstream_invalid_response` (too large)
   */
  request(
    request: UpstreamRequest,
    options: UpstreamOptions,
    toPieces?: () => AnswerPieces,
  ): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      const whole = new WholeAnswer(this.answered, resolve, reject, toPieces);
      whole.exchange = this.stream(request, options, whole);
    });
  }

  /** Sends a request and hands the answer on as it comes. */
  stream(request: UpstreamRequest, options: UpstreamOptions, sink: UpstreamSink): UpstreamExchange {
    const exchange = new UpstreamExchange(options, sink, this.deadlines, this, request);
    if (options.cancellation.cancelled) {
      exchange.fail(options.cancellation.reason);
      return exchange;
    }
    this.send(request, options, exchange);
    return exchange;
  }

  /** Sends a request, or sends it again. */
  send(request: UpstreamRequest, { connectTimeout }: UpstreamOptions, exchange: UpstreamExchange): void {
    const { method, path, headers, body } = request;
    // Its own deadlines stand in for undici's, which run up to 0.7 s late.
    const dispatch: TrackedDispatch = {
      method,
      path,
      headers,
      body: typeof body === 'function' ? body() : (body ?? null),
      headersTimeout: 0,
      bodyTimeout: 0,
      exchange,
    };
    try {
      this.poolFor(request, connectTimeout).dispatch(dispatch, exchange);
    } catch (error) {
      exchange.fail(error);
    }
  }

  /**
   * Lets go of what holds no connection: nothing has gone there for longer than connections are kept. Where something goes
   * there again it is made anew.
   */
  closeIdle(): void {
    for (const origins of Object.values(this.pools)) {
      for (const [origin, ofOrigin] of origins) {
        for (const [connectTimeout, pool] of ofOrigin) {
          const { connected, size } = pool.stats;
          if (connected > 0 || size > 0) continue;
          ofOrigin.delete(connectTimeout);
          void pool.close();
        }
        if (ofOrigin.size === 0) origins.delete(origin);
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    const byOrigin = Object.values(this.pools);
    const pools = byOrigin.flatMap((origins) => [...origins.values()].flatMap((ofOrigin) => [...ofOrigin.values()]));
    for (const origins of byOrigin) origins.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private poolFor({ origin, egress = 'operator' }: UpstreamRequest, connectTimeout: number): Pool {
    const origins = this.pools[egress];
    let ofOrigin = origins.get(origin);
    if (ofOrigin === undefined) origins.set(origin, (ofOrigin = new Map()));
    let pool = ofOrigin.get(connectTimeout);
    if (pool === undefined) {
      // `connections` stays unset: a request that waits in undici's queue cannot be aborted.
      pool = new Pool(origin, {
        connect: egressConnector(egress, connectTimeout, this.names),
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: 60_000,
        allowH2: false,
        factory: (to, settings) => new TrackedClient(to, settings as ConstructorParameters<typeof TrackedClient>[1]),
      });
      ofOrigin.set(connectTimeout, pool);
    }
    return pool;
  }
}

/** Gathers an answer until it is whole. A class: closures over as much take more memory for each call. */
class WholeAnswer implements UpstreamSink {
  exchange: UpstreamExchange | undefined;
  private status = 0;
  private headers: UpstreamHeaders = {};
  private first: Buffer | undefined;
  private rest: Buffer[] | undefined;
  private pieces: AnswerPieces | undefined;
  private length = 0;

  constructor(
    private readonly answered: TurnQueue<Answered>,
    private readonly resolve: (response: UpstreamResponse) => void,
    readonly onError: (error: unknown) => void,
    private readonly toPieces: (() => AnswerPieces) | undefined,
  ) {}

  onStart(status: number, headers: UpstreamHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onData(bytes: Buffer): void {
    this.length += bytes.length;
    if (this.length > MAX_ANSWER_BYTES) {
      this.exchange?.fail(
        new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is too large.' }),
      );
    } else if (this.pieces !== undefined) this.pieces.push(bytes);
    else if (this.first === undefined) this.first = bytes;
    else {
      (this.rest ??= [this.first]).push(bytes);
      if (this.toPieces === undefined || this.length <= MAX_JOINED_BYTES) return;
      this.pieces = this.toPieces();
      for (const piece of this.rest) this.pieces.push(piece);
      this.first = this.rest = undefined;
    }
  }

  onEnd(): void {
    const { status, headers, first, rest, pieces, resolve } = this;
    if (pieces !== undefined) {
      resolve(new LargeResponse(status, headers, pieces));
      return;
    }
    const body = rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, this.length);
    this.answered.add({ resolve, response: { status, headers, body } });
  }
}

/** One whose body is joined when somebody asks for it. */
class LargeResponse implements UpstreamResponse {
  constructor(
    readonly status: number,
    readonly headers: UpstreamHeaders,
    readonly pieces: AnswerPieces,
  ) {}

  get body(): Buffer {
    return this.pieces.bytes;
  }
}
