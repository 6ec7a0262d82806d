import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { Changes } from './changes.js';
import { TEST_KEY } from './gateway.js';

interface Target {
  readonly port: number;
}

export interface ClientOptions {
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly method?: 'POST' | 'GET';
}

export interface ClientAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body where it is JSON. */
  readonly json: Record<string, unknown>;
}

/** A chat request that a test need say no more about. */
export const CHAT_REQUEST = { model: 'model', messages: [{ role: 'user', content: 'Hi' }] };

/** The same, streamed. */
export const STREAM_REQUEST = { ...CHAT_REQUEST, stream: true };

/** Asks for a chat completion, and reads the whole answer. */
export async function chat(
  target: Target,
  body: unknown = CHAT_REQUEST,
  options: ClientOptions = {},
): Promise<ClientAnswer> {
  const client = new ChatClient(target, body, options);
  await client.waitFor(() => client.isOver);
  if (!client.isWhole) throw new Error(`The answer broke off: ${client.text}`);
  const { status, headers, text, bytes, json } = client;
  return { status, headers, text, bytes, json };
}

/** One request of a client over a connection of its own, with the answer as it comes. */
export class ChatClient {
  /** 0 until the answer begins. */
  status = 0;
  headers: IncomingHttpHeaders = {};
  /** What of the body has come. */
  text = '';
  /** Bytes of the body read, also where `text` is not kept. */
  bytesRead = 0;
  /** Nothing more will come. */
  isOver = false;
  /** The answer came to its own end. */
  isWhole = false;

  private readonly received: Buffer[] = [];
  private readonly changes = new Changes();
  private readonly request: ClientRequest;
  private response: IncomingMessage | undefined;
  private isPaused = false;

  /** @param body a string or a Buffer is sent as it stands. */
  constructor(
    target: Target,
    body: unknown = STREAM_REQUEST,
    {
      headers = {},
      path = '/v1/chat/completions',
      method = 'POST',
      keepText = true,
    }: ClientOptions & { keepText?: boolean } = {},
  ) {
    this.request = httpRequest(
      {
        host: '127.0.0.1',
        port: target.port,
        path,
        method,
        agent: false,
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', ...headers },
      },
      (response) => {
        this.response = response;
        this.status = response.statusCode ?? 0;
        this.headers = response.headers;
        response.on('data', (bytes: Buffer) => {
          this.bytesRead += bytes.length;
          if (keepText) {
            this.text += bytes.toString('utf8');
            this.received.push(bytes);
          }
          this.changes.tell();
        });
        response.on('error', () => undefined);
        response.on('close', () => this.finish(response.complete));
        if (this.isPaused) response.pause();
        this.changes.tell();
      },
    );
    this.request.on('error', () => this.finish(false));
    if (method === 'GET') this.request.end();
    else this.request.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  }

  /** What `text` spells, for what is no text. */
  get bytes(): Buffer {
    return Buffer.concat(this.received);
  }

  get json(): Record<string, unknown> {
    try {
      return JSON.parse(this.text) as Record<string, unknown>;
    } catch {
      return {};
    }
  }

  /** The whole events so far, comments included, each without its blank line. */
  get events(): string[] {
    return this.text.split('\n\n').slice(0, -1);
  }

  /** What the text deltas so far make together. */
  get content(): string {
    return dataOf(this.text)
      .map((data) => (data as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? '')
      .join('');
  }

  waitFor(condition: (client: this) => boolean): Promise<void> {
    return this.changes.waitFor(() => condition(this), String(condition));
  }

  /** Closes the connection, whatever is still to come. */
  leave(): void {
    this.request.destroy();
  }

  /** Reads no more of the answer. */
  pause(): void {
    this.isPaused = true;
    this.response?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.response?.resume();
  }

  private finish(isWhole: boolean): void {
    this.isWhole ||= isWhole;
    this.isOver = true;
    this.changes.tell();
  }
}

/** The JSON of every event that holds some. */
export function dataOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}
