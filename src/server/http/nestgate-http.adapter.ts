import { createServer, IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { type ErrorForm, OPENAI_ERROR_FORM } from '../../errors/error-form.js';
import { connectionLimit, limitConnections } from './connection-limit.js';
import { attachHttpEdge, createRequestListener, type HttpApplication } from './http-edge.js';
import { MAX_HEADERS } from './request-check.js';
import { ServerDrain } from './server-drain.js';

/** What the HTTP server puts up with; times in milliseconds. */
export interface HttpSettings {
  /** From the first byte of a request to the end of its headers. Default 10,000. */
  headers?: number;
  /** From the first byte of a request to the end of its body; not the answer. Default 60,000. */
  request?: number;
  /** Between two requests on a connection. Default 65,000: more than the 60 s of usual load balancers. */
  keepAlive?: number;
  /** How often connections are looked over for the first two. Default 1,000. */
  sweep?: number;
  /** Connections of clients. Default: what the process may have files open for. */
  maxConnections?: number;
}

/** Milliseconds that connections may outlive the application where nobody said another time. */
const LAST_ANSWERS_MS = 5_000;

/** What this file needs of an Express application. */
interface ExpressApplication extends HttpApplication {
  request: object;
  response: object;
  disable(setting: string): this;
  set(setting: string, value: unknown): this;
}

/**
 * Nest's Express adapter with a server that is fast and answers every bad request in one form of errors.
 *
 * Express changes the prototype of each request and response, after which V8 runs everything that touches them on slow
 * paths: a third of the requests per second. Here both are created with the prototype Express is going to set.
 *
 * Nest's `return503OnClosing` has no effect here; an `httpsOptions` of Nest makes it an HTTPS server.
 *
 * @example
 * const app = await NestFactory.create(AppModule, new NestgateHttpAdapter(), { bodyParser: false });
 */
export class NestgateHttpAdapter extends ExpressAdapter {
  private forceCloseConnections = false;
  private readonly drain: ServerDrain;
  /** By the path of the POST requests that each answers. */
  private readonly direct = new Map<string, RequestListener>();

  constructor(
    private readonly http: HttpSettings = {},
    private readonly errorForm: ErrorForm = OPENAI_ERROR_FORM,
  ) {
    super();
    this.drain = new ServerDrain(errorForm);
    const app = this.getInstance<ExpressApplication>();
    app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  }

  override initHttpServer(options: NestApplicationOptions): void {
    const app = this.getInstance<ExpressApplication>();
    const application: HttpApplication = (request, response, unanswered) => {
      const direct = request.method === 'POST' ? this.direct.get(request.url ?? '') : undefined;
      if (direct === undefined) app(request, response, unanswered);
      else direct(request, response);
    };
    const listener = createRequestListener(application, this.errorForm, this.drain);
    const settings = { ...this.settings(), ...classesOf(app) };
    const server: Server =
      options.httpsOptions === undefined
        ? createServer(settings, listener)
        : createHttpsServer({ ...options.httpsOptions, ...settings }, listener);
    // One more than allowed: Node drops the headers beyond this number, and then nobody would know.
    server.maxHeadersCount = MAX_HEADERS + 1;
    limitConnections(server, this.http.maxConnections ?? connectionLimit());
    attachHttpEdge(server, listener, this.errorForm);
    this.drain.attach(server);
    this.forceCloseConnections = options.forceCloseConnections ?? false;
    this.setHttpServer(server);
  }

  /**
   * Has POST requests for a path answered before Express sees them, where their target is spelled exactly so. The listener
   * answers them all, its own errors too.
   */
  postDirectly(path: string, listener: RequestListener): void {
    this.direct.set(path, listener);
  }

  /** From now on every answer closes its connection. */
  announceClose(): void {
    this.drain.announce();
  }

  /**
   * Takes no new connections.
   * @param patience milliseconds after which those that are left are closed.
   */
  stopListening(patience: number): void {
    this.drain.stop(patience);
  }

  override close(): Promise<unknown> | undefined {
    this.drain.stop(LAST_ANSWERS_MS);
    const closed = super.close();
    if (this.forceCloseConnections) this.getHttpServer().closeAllConnections();
    return closed;
  }

  private settings() {
    return {
      // Bytes of the request line and all headers.
      maxHeaderSize: 16_384,
      insecureHTTPParser: false,
      // Its answer has no body; the edge gives one.
      requireHostHeader: false,
      noDelay: true,
      headersTimeout: this.http.headers ?? 10_000,
      requestTimeout: this.http.request ?? 60_000,
      keepAliveTimeout: this.http.keepAlive ?? 65_000,
      connectionsCheckingInterval: this.http.sweep ?? 1_000,
    };
  }
}

/** Node's two classes with the prototypes that this Express application sets. */
function classesOf(app: ExpressApplication) {
  class GatewayRequest extends IncomingMessage {}
  class GatewayResponse extends ServerResponse {}
  Object.setPrototypeOf(GatewayRequest.prototype, app.request);
  Object.setPrototypeOf(GatewayResponse.prototype, app.response);
  app.request = GatewayRequest.prototype;
  app.response = GatewayResponse.prototype;
  return { IncomingMessage: GatewayRequest, ServerResponse: GatewayResponse };
}
