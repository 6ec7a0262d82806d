import { connect } from 'node:net';

/** One answer as it came over the wire. */
export interface RawResponse {
  status: number;
  /** Lower-case names; of repeated headers, the values joined by `, `. */
  headers: Record<string, string>;
  body: string;
}

/** All that came back over one connection. */
interface RawExchange {
  /** Final answers, in order. */
  responses: RawResponse[];
  /** Statuses of informational answers: 100. */
  informational: number[];
  /** Whether the server closed the connection. */
  closed: boolean;
}

interface RawOptions {
  /** How many answers to wait for. Default 1; the server's close ends the wait in any case. */
  responses?: number;
  /** Sent when `100 Continue` arrives. */
  onContinue?: string | Uint8Array;
}

/** Milliseconds after which a silent server fails the test. */
const PATIENCE = 20_000;

/**
 * Sends bytes to a port of this machine, whether they are HTTP or not, and waits for the answers.
 * After an answer that says `Connection: close` it also waits for the close.
 *
 * @param input strings are sent one byte per character (Latin-1).
 */
export function exchange(
  port: number,
  input: string | Uint8Array,
  { responses = 1, onContinue }: RawOptions = {},
): Promise<RawExchange> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = Buffer.alloc(0);
    let continued = false;
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No whole answer in ${PATIENCE} ms; so far: ${received.toString('latin1')}`));
    }, PATIENCE);
    const finish = (closed: boolean): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve({ ...parse(received, closed), closed });
    };
    socket.on('connect', () => socket.write(bytesOf(input)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const soFar = parse(received, false);
      if (onContinue !== undefined && !continued && soFar.informational.includes(100)) {
        continued = true;
        socket.write(bytesOf(onContinue));
      }
      const last = soFar.responses.at(-1);
      if (soFar.responses.length >= responses && last?.headers['connection'] !== 'close') finish(false);
    });
    socket.on('end', () => finish(true));
    // A reset is a close too: what came before it counts.
    socket.on('error', () => finish(true));
  });
}

/** `exchange` for one request and its one answer. A connection closed without one has the status 0. */
export async function send(
  port: number,
  input: string | Uint8Array,
  options: RawOptions = {},
): Promise<RawResponse & { closed: boolean }> {
  const { responses, closed } = await exchange(port, input, options);
  return { ...(responses[0] ?? { status: 0, headers: {}, body: '' }), closed };
}

function bytesOf(input: string | Uint8Array): Uint8Array {
  return typeof input === 'string' ? Buffer.from(input, 'latin1') : input;
}

function parse(received: Buffer, closed: boolean): Omit<RawExchange, 'closed'> {
  const responses: RawResponse[] = [];
  const informational: number[] = [];
  let rest = received;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) break;
    const [statusLine = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? Number.NaN);
    const headers = parseHeaders(lines);
    rest = rest.subarray(headEnd + 4);
    if (status < 200) {
      informational.push(status);
      continue;
    }
    const body = takeBody(rest, headers, closed);
    if (body === undefined) break;
    responses.push({ status, headers, body: body.text });
    rest = rest.subarray(body.length);
  }
  return { responses, informational };
}

function parseHeaders(lines: string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** The body at the start of `rest` and the bytes it takes there; `undefined` until all of it has come. */
function takeBody(
  rest: Buffer,
  headers: Record<string, string>,
  closed: boolean,
): { text: string; length: number } | undefined {
  if (headers['transfer-encoding'] === 'chunked') return takeChunks(rest);
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length === undefined) return closed ? { text: rest.toString(), length: rest.length } : undefined;
  return rest.length < length ? undefined : { text: rest.subarray(0, length).toString(), length };
}

function takeChunks(rest: Buffer): { text: string; length: number } | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    const start = lineEnd + 2;
    if (rest.length < start + size + 2) return undefined;
    chunks.push(rest.subarray(start, start + size));
    at = start + size + 2;
    if (size === 0) return { text: Buffer.concat(chunks).toString(), length: at };
  }
}
