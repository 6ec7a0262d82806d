import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { Changes } from './changes.js';

/** What a provider under test does with one request. */
export type Behaviour = (seen: SeenRequest) => unknown;

/** Tokens as the provider counts them. */
export interface BilledTokens {
  readonly input: number;
  readonly output: number;
}

/**
 * A provider on the loopback that does as it is told, and the oracle of a test: it remembers every request as it came
 * over the wire, and counts for itself what it answered.
 *
 * @example
 * const upstream = await FakeUpstream.start();
 * upstream.next(status(500), chatAnswer('Hello'));
 */
export class FakeUpstream {
  /** Every POST so far, oldest first. */
  readonly requests: SeenRequest[] = [];
  /** Every GET of a list of models. */
  readonly modelRequests: SeenRequest[] = [];
  /** What the whole answers held. */
  readonly tokens = { input: 0, output: 0 };
  /** What it lists as its models; a behaviour in place of the list. */
  models: readonly string[] | Behaviour = [];

  private readonly queue: Behaviour[] = [];
  private otherwise: Behaviour = chatAnswer('Hello');
  private readonly earlyQueue: Behaviour[] = [];
  private readonly changes = new Changes();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => this.receive(request, response));

  private constructor() {
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => {
        this.sockets.delete(socket);
        this.changes.tell();
      });
    });
  }

  static async start(): Promise<FakeUpstream> {
    const upstream = new FakeUpstream();
    await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  /** `http://127.0.0.1:<port>/v1` */
  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** Requests to do work that reached it. */
  get dispatches(): number {
    return this.requests.length;
  }

  /** Connections open at the moment. */
  get connections(): number {
    return this.sockets.size;
  }

  /** The latest request. */
  get last(): SeenRequest {
    const seen = this.requests.at(-1);
    if (seen === undefined) throw new Error('The upstream has seen no request.');
    return seen;
  }

  /** What it does with the next requests, one each. */
  next(...behaviours: Behaviour[]): this {
    this.queue.push(...behaviours);
    return this;
  }

  /** What it does with the next request without reading its body. */
  early(behaviour: Behaviour): this {
    this.earlyQueue.push(behaviour);
    return this;
  }

  /** What it does with requests that `next` says nothing about. Unset: it answers a chat. */
  always(behaviour: Behaviour): this {
    this.otherwise = behaviour;
    return this;
  }

  /** Waits until something is so that has to do with requests, answers or connections. */
  waitFor(condition: (upstream: this) => boolean): Promise<void> {
    return this.changes.waitFor(() => condition(this), String(condition));
  }

  /** The request with this number, counted from 0, once it is here. */
  async request(index: number): Promise<SeenRequest> {
    await this.waitFor(({ requests }) => requests.length > index);
    const seen = this.requests[index];
    if (seen === undefined) throw new Error(`There is no request ${index}.`);
    return seen;
  }

  /** Closes the kept-alive connections that nobody uses, as servers do after a while. */
  closeIdleConnections(): void {
    this.server.closeIdleConnections();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const see = (body: Buffer): SeenRequest =>
      new SeenRequest(request, body, response, (change) => {
        if (change !== undefined) {
          this.tokens.input += change.input;
          this.tokens.output += change.output;
        }
        this.changes.tell();
      });
    const early = request.method === 'GET' ? undefined : this.earlyQueue.shift();
    if (early !== undefined) {
      request.on('error', () => undefined);
      this.queue.unshift(early);
      void this.answer(see(Buffer.alloc(0)));
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (bytes: Buffer) => pieces.push(bytes));
    request.on('end', () => void this.answer(see(Buffer.concat(pieces))));
  }

  private async answer(seen: SeenRequest): Promise<void> {
    const isModelList = seen.method === 'GET';
    (isModelList ? this.modelRequests : this.requests).push(seen);
    const behaviour = isModelList ? this.modelList() : (this.queue.shift() ?? this.otherwise);
    this.changes.tell();
    await behaviour(seen);
    this.changes.tell();
  }

  private modelList(): Behaviour {
    const { models } = this;
    return typeof models === 'function' ? models : json({ object: 'list', data: models.map((id) => ({ id })) });
  }
}

/** One request as it came over the wire, and the way to answer it. */
export class SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the other side: the same for requests over one connection. */
  readonly clientPort: number | undefined;
  /** The other side closed the connection before the answer was whole. */
  leftByPeer = false;
  /** The answer has ended, or the connection has. */
  isOver = false;
  /** The last write found the connection full. */
  isBlocked = false;
  /** Bytes of the answer's body handed to the connection. */
  bytesWritten = 0;
  private closedHere = false;

  constructor(
    private readonly message: IncomingMessage,
    readonly body: Buffer,
    private readonly response: ServerResponse,
    private readonly tell: (billed?: BilledTokens) => void,
  ) {
    this.method = message.method ?? '';
    this.path = message.url ?? '';
    this.headers = message.headers;
    this.clientPort = message.socket.remotePort;
    response.on('error', () => undefined);
    response.once('close', () => {
      this.isOver = true;
      this.leftByPeer = !response.writableFinished && !this.closedHere;
      this.tell();
    });
  }

  get json(): Record<string, unknown> {
    return JSON.parse(this.body.toString('utf8')) as Record<string, unknown>;
  }

  get text(): string {
    return this.body.toString('utf8');
  }

  /** Whether the request asks for the usage of its stream. */
  get asksForUsage(): boolean {
    const { stream_options: options } = this.json as { stream_options?: { include_usage?: unknown } };
    return options?.include_usage === true;
  }

  head(code: number, headers: Record<string, string | string[]>): void {
    this.response.writeHead(code, headers);
    this.response.flushHeaders();
  }

  /** Writes bytes of the body. Waits where the connection is full, for as long as the other side is there. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.response.destroyed) return;
    this.bytesWritten += bytes.length;
    if (this.response.write(bytes)) return;
    this.isBlocked = true;
    this.tell();
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        this.response.off('drain', goOn).off('close', goOn);
        resolve();
      };
      this.response.on('drain', goOn).on('close', goOn);
    });
    this.isBlocked = false;
    this.tell();
  }

  end(bytes?: string | Buffer): void {
    this.bytesWritten += bytes?.length ?? 0;
    this.response.end(bytes);
  }

  /** Counts tokens as billed. */
  bill(tokens: BilledTokens): void {
    this.tell(tokens);
  }

  /** Ends the connection as a crashed process does (RST). */
  reset(): void {
    this.closedHere = true;
    this.message.socket.resetAndDestroy();
  }

  /** Ends the connection in mid-answer without a word (FIN). */
  cut(): void {
    this.closedHere = true;
    this.message.socket.end();
  }

  /** Writes to the bare connection, under the HTTP. */
  raw(bytes: string): void {
    this.closedHere = true;
    this.message.socket.end(bytes);
  }
}

/** Answers with any JSON. */
export function json(
  value: unknown,
  { headers = {}, tokens }: { headers?: Record<string, string | string[]>; tokens?: BilledTokens } = {},
): Behaviour {
  return (seen) => {
    seen.head(200, { 'content-type': 'application/json', ...headers });
    seen.end(JSON.stringify(value));
    if (tokens !== undefined) seen.bill(tokens);
  };
}

/** Answers with a status, and a body that is sent as it stands or as JSON. */
export function status(code: number, body: unknown = {}, headers: Record<string, string> = {}): Behaviour {
  return (seen) => {
    const isText = typeof body === 'string';
    seen.head(code, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
    seen.end(isText ? body : JSON.stringify(body));
  };
}

/** An error in OpenAI's envelope. */
export function openAiError(code: number, message: string, headers: Record<string, string> = {}): Behaviour {
  return status(code, { error: { message, type: 'provider_type', param: null, code: 'provider_code' } }, headers);
}

/** Takes the request and says nothing. */
export const hang: Behaviour = () => undefined;

/** Resets the connection before any answer. */
export const reset: Behaviour = (seen) => seen.reset();

/** A piece of a stream: bytes as they stand, an object as an event, something to wait for, or something to do. */
export type StreamStep = string | Buffer | object | Promise<unknown> | Behaviour;

/** Answers with server-sent events, step by step, and ends the answer after the last. */
export const stream = (...steps: StreamStep[]): Behaviour => streamOf('text/event-stream', ...steps);

/** The same of another content type. */
export function streamOf(contentType: string, ...steps: StreamStep[]): Behaviour {
  return async (seen) => {
    seen.head(200, { 'content-type': contentType });
    for (const step of steps) {
      if (step instanceof Promise) await step;
      else if (typeof step === 'function') await (step as Behaviour)(seen);
      else if (typeof step === 'string' || Buffer.isBuffer(step)) await seen.write(step);
      else await seen.write(`data: ${JSON.stringify(step)}\n\n`);
    }
    seen.end();
  };
}

/** A step at which a stream stays for ever. */
export const forever: Behaviour = () => new Promise(() => undefined);

/** A promise that the test settles. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

const DEFAULT_TOKENS: BilledTokens = { input: 11, output: 7 };

/** A chat completion in OpenAI's dialect. */
export function chatCompletion(content: string, { input, output }: BilledTokens = DEFAULT_TOKENS): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'fake-model',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

/** Answers with a chat completion. */
export function chatAnswer(content: string, tokens: BilledTokens = DEFAULT_TOKENS): Behaviour {
  return json(chatCompletion(content, tokens), { tokens });
}

/** A chunk of a chat stream in OpenAI's dialect. */
export function chunk(delta: object, finishReason: string | null = null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'fake-model',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
}

export const role = chunk({ role: 'assistant', content: '' });
export const text = (content: string): object => chunk({ content });
export const finish = chunk({}, 'stop');
export const DONE = 'data: [DONE]\n\n';

/** The usage chunk of a stream: sent, like OpenAI's, where the request asks for it. */
export function usage(tokens: BilledTokens = DEFAULT_TOKENS): Behaviour {
  return async (seen) => {
    seen.bill(tokens);
    if (!seen.asksForUsage) return;
    const { input, output } = tokens;
    const counted = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    await seen.write(`data: ${JSON.stringify({ ...chunk({}), choices: [], usage: counted })}\n\n`);
  };
}

/** Answers with a whole chat stream, one chunk for each piece. */
export function chatStream(pieces: readonly string[], tokens: BilledTokens = DEFAULT_TOKENS): Behaviour {
  return stream(role, ...pieces.map(text), finish, usage(tokens), DONE);
}

/** Answers with a message in Anthropic's dialect. */
export function anthropicAnswer(content: string, tokens: BilledTokens = DEFAULT_TOKENS): Behaviour {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'fake-claude',
    content: [{ type: 'text', text: content }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: tokens.input, output_tokens: tokens.output },
  };
  return json(message, { tokens });
}

/** An event of Anthropic's streams: its name is in its data too. */
export const anthropicEvent = (event: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/**
 * Answers with a whole stream in Anthropic's dialect.
 * @param after what it does when all is said, before it ends the answer.
 */
export function anthropicStream(
  pieces: readonly string[],
  tokens: BilledTokens = DEFAULT_TOKENS,
  ...after: StreamStep[]
): Behaviour {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'fake-claude', content: [] };
  const { input, output } = tokens;
  return stream(
    anthropicEvent({
      type: 'message_start',
      message: { ...message, stop_reason: null, usage: { input_tokens: input, output_tokens: 1 } },
    }),
    anthropicEvent({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...pieces.map((piece) =>
      anthropicEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } }),
    ),
    anthropicEvent({ type: 'content_block_stop', index: 0 }),
    anthropicEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } }),
    (seen) => seen.bill(tokens),
    anthropicEvent({ type: 'message_stop' }),
    ...after,
  );
}
