import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isObject, parseJson } from '../protocol/json.js';

export interface RecordedProviderOptions {
  /** The fixture: a JSON file, of requests with their answers. No header of a request is in it, so no key. */
  readonly file: string;
  /**
   * Has what the file does not know yet answered by this provider, and recorded: its base URL, as
   * `https://api.openai.com/v1`. Left out: nothing goes out, and what was not recorded is refused.
   */
  readonly recordFrom?: string | undefined;
}

/** One request with what it was answered by. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  /** As JSON, or as text where it is none. */
  readonly request: unknown;
  readonly status: number;
  readonly contentType: string;
  /** As it came: of a stream, its events. */
  readonly answer: string;
}

/**
 * A provider for a host's tests: it answers from a file what a real one has answered once. Give its `baseUrl` to a
 * provider of the gateway, whatever its kind.
 *
 * @example
 * ```ts
 * const provider = await RecordedProvider.start({ file: 'test/fixtures/openai.json', recordFrom: process.env.RECORD_FROM });
 * GatewayModule.forRoot({ providers: [{ name: 'openai', kind: 'openai', baseUrl: provider.baseUrl, apiKey: 'none' }] });
 * ```
 * @publicApi
 */
export class RecordedProvider {
  private readonly exchanges: Exchange[];
  private isChanged = false;

  private constructor(
    private readonly server: Server,
    private readonly options: RecordedProviderOptions,
  ) {
    this.exchanges = existsSync(options.file) ? (JSON.parse(readFileSync(options.file, 'utf8')) as Exchange[]) : [];
  }

  static async start(options: RecordedProviderOptions): Promise<RecordedProvider> {
    const server = createServer();
    const provider = new RecordedProvider(server, options);
    server.on('request', (request, response) => {
      provider.answer(request, response).catch((error: unknown) => {
        refuse(response, 502, `Nothing could be recorded: ${String(error)}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Writes the file where something was recorded. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    if (this.isChanged) writeFileSync(this.options.file, `${JSON.stringify(this.exchanges, undefined, 2)}\n`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const body = await text(request);
    const asked = { method, path, request: parseJson(body) ?? body };
    const exchange = this.find(asked) ?? (await this.record(asked, body, request.headers));
    if (exchange === undefined) {
      refuse(response, 501, `Nothing is recorded of ${method} ${path} with this body.`);
      return;
    }
    response.writeHead(exchange.status, { 'content-type': exchange.contentType });
    response.end(exchange.answer);
  }

  private find(asked: Pick<Exchange, 'method' | 'path' | 'request'>): Exchange | undefined {
    const key = keyOf(asked);
    return this.exchanges.find((exchange) => keyOf(exchange) === key);
  }

  private async record(
    asked: Pick<Exchange, 'method' | 'path' | 'request'>,
    body: string,
    headers: IncomingHttpHeaders,
  ): Promise<Exchange | undefined> {
    const { recordFrom } = this.options;
    if (recordFrom === undefined) return undefined;
    const answer = await fetch(recordFrom.replace(/\/+$/, '') + asked.path, {
      method: asked.method,
      headers: forwarded(headers),
      ...(body === '' ? {} : { body }),
    });
    const contentType = answer.headers.get('content-type') ?? 'application/json';
    const exchange = { ...asked, status: answer.status, contentType, answer: await answer.text() };
    // What failed today may be answered tomorrow.
    if (answer.ok) {
      this.exchanges.push(exchange);
      this.isChanged = true;
    }
    return exchange;
  }
}

/** What is of the connection to us, and not of the request. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'accept-encoding']);

function forwarded(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).filter(
    (header): header is [string, string] => typeof header[1] === 'string' && !OF_THE_CONNECTION.has(header[0]),
  );
}

/** The same for requests that say the same, in whatever order. */
function keyOf({ method, path, request }: Pick<Exchange, 'method' | 'path' | 'request'>): string {
  return JSON.stringify([method, path, request], (_name, value: unknown) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: 'not_recorded' } }),
  );
}
