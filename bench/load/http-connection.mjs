import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const DONE = Buffer.from('data: [DONE]');
const NOTHING = Buffer.alloc(0);

/**
 * How a request ended: its status, or what went wrong on the way.
 * @typedef {{ status: number, bytes: number, error: undefined | 'connect' | 'closed' | 'malformed' | 'unfinished-stream' }} Outcome
 */

/**
 * One kept-alive connection of a load generator: sends bytes made beforehand and finds where the answer ends, with as
 * little work as can be. One request at a time.
 */
export class HttpConnection {
  /** @param {string} host @param {number} port @param {{ expectDone: boolean }} expectation */
  constructor(host, port, { expectDone }) {
    this.host = host;
    this.port = port;
    /** An event stream must hold `data: [DONE]`, or it counts as unfinished. */
    this.expectDone = expectDone;
    /** @type {import('node:net').Socket | undefined} */
    this.socket = undefined;
    /** @type {((outcome: Outcome) => void) | undefined} */
    this.finish = undefined;
    /** @type {(() => void) | undefined} */
    this.onFirstBytes = undefined;
    /** @type {Buffer | undefined} */
    this.pending = undefined;
    this.inBody = false;
    this.status = 0;
    this.bytes = 0;
    /** Bytes of the body still to come, or -1 where it is chunked. */
    this.left = 0;
    this.sawDone = false;
    this.closes = false;
    /** The end of the last read, since `[DONE]` may be cut in two. @type {Buffer} */
    this.tail = NOTHING;
  }

  get busy() {
    return this.finish !== undefined;
  }

  reset() {
    this.inBody = false;
    this.status = 0;
    this.bytes = 0;
    this.left = 0;
    this.sawDone = false;
    this.closes = false;
    this.tail = NOTHING;
  }

  /** Resolves once connected. */
  open() {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.host, port: this.port, noDelay: true });
      this.socket = socket;
      socket.once('connect', () => resolve(undefined));
      socket.once('error', reject);
      socket.on('error', () => this.closed('connect'));
      socket.on('data', (bytes) => this.read(bytes));
      socket.on('close', () => {
        if (this.socket === socket) this.closed('closed');
      });
    });
  }

  /**
   * Sends one request, on a new connection where the server closed the last one between two requests.
   * @param {Buffer} request
   * @param {(outcome: Outcome) => void} finish called once
   * @param {() => void} [onFirstBytes]
   */
  send(request, finish, onFirstBytes) {
    this.finish = finish;
    this.onFirstBytes = onFirstBytes;
    if (this.socket === undefined || this.socket.destroyed || !this.socket.writable) {
      this.open().then(
        () => this.socket?.write(request),
        () => this.closed('connect'),
      );
    } else this.socket.write(request);
  }

  close() {
    this.finish = undefined;
    this.socket?.destroy();
  }

  /** @param {'connect' | 'closed' | 'malformed'} error */
  closed(error) {
    this.socket?.destroy();
    this.settle(error);
  }

  /** @param {Outcome['error']} error */
  settle(error) {
    const { finish, status, bytes } = this;
    this.pending = undefined;
    this.reset();
    this.finish = undefined;
    finish?.({ status, bytes, error });
  }

  /** @param {Buffer} received */
  read(received) {
    if (this.finish === undefined) return this.closed('malformed');
    if (this.bytes === 0) this.onFirstBytes?.();
    this.bytes += received.length;
    let bytes = this.pending === undefined ? received : Buffer.concat([this.pending, received]);
    this.pending = undefined;
    if (!this.inBody) {
      const headEnd = bytes.indexOf(HEAD_END);
      if (headEnd < 0) {
        this.pending = bytes;
        return;
      }
      if (!this.readHead(bytes.toString('latin1', 0, headEnd + 2))) return this.closed('malformed');
      bytes = bytes.subarray(headEnd + 4);
    }
    if (this.left >= 0) {
      this.left -= bytes.length;
      if (this.left === 0) this.complete();
      else if (this.left < 0) this.closed('malformed');
      return;
    }
    this.lookForDone(bytes);
    this.readChunks(bytes);
  }

  /** @param {string} head */
  readHead(head) {
    this.status = Number(head.slice(9, 12));
    this.inBody = true;
    this.closes = /\r\nconnection: *close/i.test(head);
    const length = /\r\ncontent-length: *(\d+)\r/i.exec(head)?.[1];
    if (length !== undefined) this.left = Number(length);
    else if (/\r\ntransfer-encoding: *chunked\r/i.test(head)) this.left = -1;
    else return false;
    return this.status >= 200;
  }

  /** @param {Buffer} bytes */
  lookForDone(bytes) {
    if (!this.expectDone || this.sawDone) return;
    this.sawDone = bytes.includes(DONE) || Buffer.concat([this.tail, bytes.subarray(0, DONE.length)]).includes(DONE);
    this.tail = bytes.subarray(-DONE.length);
  }

  /** Walks over the sizes of the chunks; what is cut waits for the next read. @param {Buffer} bytes */
  readChunks(bytes) {
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_END, at);
      if (lineEnd < 0) break;
      const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
      if (!(size >= 0)) return this.closed('malformed');
      const next = lineEnd + 2 + size + 2;
      if (next > bytes.length) break;
      if (size === 0) {
        if (next < bytes.length) return this.closed('malformed');
        return this.complete();
      }
      at = next;
    }
    this.pending = at < bytes.length ? bytes.subarray(at) : undefined;
  }

  complete() {
    if (this.closes) {
      this.socket?.destroy();
      this.socket = undefined;
    }
    this.settle(this.expectDone && this.status === 200 && !this.sawDone ? 'unfinished-stream' : undefined);
  }
}
