import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Dispatcher, Pool } from 'undici';
import { UpstreamError } from '../errors/upstream-error.js';
import { type Cancellation } from './cancellation.js';
import { UpstreamExchange, type UpstreamSink } from './upstream-exchange.js';
import { type UpstreamHeaders, type UpstreamRequest, type UpstreamResponse } from './upstream-request.js';

export interface UpstreamOptions {
  readonly cancellation: Cancellation;
  /** Milliseconds to the end of the TCP and TLS handshakes. */
  readonly connectTimeout: number;
  /** Milliseconds between two pieces of an answer; 0 for no limit. */
  readonly idleTimeout: number;
}

/** The most that a whole (not streamed) answer may weigh: ten large images in base64 weigh some forty. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Node closes idle connections after five seconds; closing ours first avoids most races on a dying one. */
const KEEP_ALIVE_MS = 4_000;

/** Sends requests to providers over kept-alive connections, one pool for each origin and time to connect. */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  /** By origin, then by `connectTimeout`: joined into one key they would make a new string for every request. */
  private readonly pools = new Map<string, Map<number, Pool>>();

  /**
   * Sends a request and reads the whole answer, of whatever status.
   * @throws UpstreamError `upstream_unreachable`, `upstream_timeout`, `upstream_invalid_response` (too large)
   */
  request(request: UpstreamRequest, options: UpstreamOptions): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      let status = 0;
      let headers: UpstreamHeaders = {};
      let first: Buffer | undefined;
      let rest: Buffer[] | undefined;
      let length = 0;
      const exchange = this.stream(request, options, {
        onStart(startStatus, startHeaders) {
          status = startStatus;
          headers = startHeaders;
        },
        onData(bytes) {
          length += bytes.length;
          if (length > MAX_ANSWER_BYTES) {
            exchange.fail(
              new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is too large.' }),
            );
          } else if (first === undefined) first = bytes;
          else (rest ??= [first]).push(bytes);
        },
        onEnd() {
          const body = rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, length);
          resolve({ status, headers, body });
        },
        onError: reject,
      });
    });
  }

  /** Sends a request and hands the answer on as it comes. */
  stream(request: UpstreamRequest, options: UpstreamOptions, sink: UpstreamSink): UpstreamExchange {
    const exchange = new UpstreamExchange(options.cancellation, options.idleTimeout, sink);
    if (options.cancellation.cancelled) {
      exchange.fail(options.cancellation.reason);
      return exchange;
    }
    const { method, path, headers, body } = request;
    // Its own deadlines stand in for undici's, which run up to 0.7 s late.
    const dispatch: Dispatcher.DispatchOptions = {
      method,
      path,
      headers,
      body: typeof body === 'function' ? body() : (body ?? null),
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    try {
      this.poolFor(request.origin, options.connectTimeout).dispatch(dispatch, exchange);
    } catch (error) {
      exchange.fail(error);
    }
    return exchange;
  }

  async onApplicationShutdown(): Promise<void> {
    const pools = [...this.pools.values()].flatMap((ofOrigin) => [...ofOrigin.values()]);
    this.pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private poolFor(origin: string, connectTimeout: number): Pool {
    let ofOrigin = this.pools.get(origin);
    if (ofOrigin === undefined) this.pools.set(origin, (ofOrigin = new Map()));
    let pool = ofOrigin.get(connectTimeout);
    if (pool === undefined) {
      // `connections` stays unset: a request that waits in undici's queue cannot be aborted.
      pool = new Pool(origin, {
        connect: { timeout: connectTimeout },
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: 60_000,
        allowH2: false,
      });
      ofOrigin.set(connectTimeout, pool);
    }
    return pool;
  }
}
