/**
 * A very fast stand-in for an OpenAI-like provider: raw sockets, answers made once. It must never be what limits a run.
 *
 *   node bench/mock-upstream.mjs --port 9901 [--pause-ms 0] [--chunks 20]
 *
 * POST /v1/chat/completions  JSON, or server-sent events when the body says `"stream":true`
 * GET  /v1/models            one model
 * GET  /stats                the counters, which are also printed on SIGTERM
 */
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { numberOption, parseOptions } from './options.mjs';

const MODEL = 'gpt-4o-mini-2024-07-18';
const CREATED = 1_760_000_000;
const USAGE =
  '{"prompt_tokens":312,"completion_tokens":20,"total_tokens":332,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}';
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** @param {string} type @param {string} body @param {string} status */
function wholeAnswer(type, body, status = '200 OK') {
  const length = Buffer.byteLength(body);
  return Buffer.from(`HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`);
}

const JSON_ANSWER = wholeAnswer(
  'application/json',
  `{"id":"chatcmpl-BenchmarkMockAnswer0000000001","object":"chat.completion","created":${CREATED},"model":"${MODEL}","choices":[{"index":0,"message":{"role":"assistant","content":"The mock upstream answers every question with this same sentence, at once and for nothing.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":${USAGE},"service_tier":"default","system_fingerprint":"fp_benchmark00"}`,
);
const MODELS_ANSWER = wholeAnswer(
  'application/json',
  `{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":${CREATED},"owned_by":"mock"}]}`,
);
const NOT_FOUND = wholeAnswer(
  'application/json',
  '{"error":{"message":"The mock upstream has no such route.","type":"invalid_request_error","param":null,"code":null}}',
  '404 Not Found',
);
const TOO_LARGE = wholeAnswer('text/plain', 'too large', '413 Content Too Large');
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';

/** The events of one stream, each already framed as a chunk of the transfer coding. @param {number} chunks @param {boolean} withUsage */
function streamWrites(chunks, withUsage) {
  const nullUsage = withUsage ? ',"usage":null' : '';
  const head = `{"id":"chatcmpl-BenchmarkMockAnswer0000000001","object":"chat.completion.chunk","created":${CREATED},"model":"${MODEL}","service_tier":"default","system_fingerprint":"fp_benchmark00","choices":`;
  /** @type {string[]} */
  const events = [];
  for (let at = 0; at < chunks; at++) {
    const delta = at === 0 ? '{"role":"assistant","content":"mock"}' : `{"content":" word${at}"}`;
    events.push(`${head}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":null}]${nullUsage}}`);
  }
  events.push(`${head}[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]${nullUsage}}`);
  if (withUsage) events.push(`${head}[],"usage":${USAGE}}`);
  events.push('[DONE]');
  const writes = events.map((event) => {
    const frame = `data: ${event}\n\n`;
    return `${Buffer.byteLength(frame).toString(16)}\r\n${frame}\r\n`;
  });
  writes[0] = STREAM_HEAD + writes[0];
  writes[writes.length - 1] += '0\r\n\r\n';
  return writes.map((write) => Buffer.from(write));
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/**
 * Where a chunked body that begins at `from` ends: -1 while it is not all there.
 * @param {Buffer} bytes @param {number} from
 */
function chunkedEnd(bytes, from) {
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return -1;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    if (!(size > 0)) {
      const end = bytes.indexOf(LINE_END, at);
      return end < 0 ? -1 : end + 2;
    }
    at += size + 2;
    if (at > bytes.length) return -1;
  }
}

/** @param {Buffer} body @param {string} name */
const says = (body, name) => body.includes(`"${name}":true`) || body.includes(`"${name}": true`);

const counters = { chat: 0, jsonAnswered: 0, streamsAnswered: 0, streamsCut: 0, models: 0, other: 0, connections: 0 };

/** @param {{ port: number, pauseMs: number, chunks: number }} settings */
function startMockUpstream({ port, pauseMs, chunks }) {
  const plainStream = streamWrites(chunks, false);
  const usageStream = streamWrites(chunks, true);

  const server = createServer({ noDelay: true }, (socket) => {
    counters.connections++;
    /** @type {Buffer | undefined} */
    let pending;
    let streaming = false;

    /** @param {Buffer[]} writes */
    const slowStream = (writes) => {
      streaming = true;
      let at = 0;
      const next = () => {
        const write = writes[at++];
        if (socket.destroyed || write === undefined) {
          streaming = false;
          if (socket.destroyed) counters.streamsCut++;
          else {
            counters.streamsAnswered++;
            consume();
          }
          return;
        }
        socket.write(write);
        setTimeout(next, at < writes.length ? pauseMs : 0);
      };
      next();
    };

    /** @param {string} head @param {Buffer} body */
    const answer = (head, body) => {
      if (head.startsWith('POST /v1/chat/completions')) {
        counters.chat++;
        if (!says(body, 'stream')) {
          counters.jsonAnswered++;
          socket.write(JSON_ANSWER);
          return;
        }
        const writes = says(body, 'include_usage') ? usageStream : plainStream;
        if (pauseMs > 0) return slowStream(writes);
        for (const write of writes) socket.write(write);
        counters.streamsAnswered++;
      } else if (head.startsWith('GET /v1/models')) {
        counters.models++;
        socket.write(MODELS_ANSWER);
      } else if (head.startsWith('GET /stats')) {
        socket.write(wholeAnswer('application/json', JSON.stringify(counters)));
      } else {
        counters.other++;
        socket.write(NOT_FOUND);
      }
    };

    // Requests come in one packet, in several, or several in one; while a slow stream is written the next one waits.
    const consume = () => {
      while (pending !== undefined && !streaming) {
        const bytes = pending;
        const headEnd = bytes.indexOf(HEAD_END);
        if (headEnd < 0) {
          if (bytes.length > MAX_HEAD_BYTES) socket.destroy();
          return;
        }
        const head = bytes.toString('latin1', 0, headEnd + 2);
        const bodyStart = headEnd + 4;
        const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
        let end = bodyStart;
        if (length !== undefined) end += Number(length);
        else if (/\r\ntransfer-encoding: *chunked/i.test(head)) end = chunkedEnd(bytes, bodyStart);
        if (end - bodyStart > MAX_BODY_BYTES || bytes.length > MAX_BODY_BYTES + MAX_HEAD_BYTES) {
          socket.end(TOO_LARGE);
          pending = undefined;
          return;
        }
        if (end < 0 || end > bytes.length) return;
        pending = end < bytes.length ? bytes.subarray(end) : undefined;
        answer(head, bytes.subarray(bodyStart, end));
        if (/\r\nconnection: *close/i.test(head)) socket.end();
      }
    };

    socket.on('data', (bytes) => {
      pending = pending === undefined ? bytes : Buffer.concat([pending, bytes]);
      consume();
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(port, '127.0.0.1');
  return server;
}

const options = parseOptions(process.argv.slice(2), ['port', 'pause-ms', 'chunks', 'with-parent']);
startMockUpstream({
  port: numberOption(options, 'port', 9901, 1, 65_535),
  pauseMs: numberOption(options, 'pause-ms', 0, 0, 60_000),
  chunks: numberOption(options, 'chunks', 20, 1, 10_000),
});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.on(signal, () => {
    writeSync(1, `${JSON.stringify(counters)}\n`);
    process.exit(0);
  });
}
// The benchmark holds the other end of this pipe: when it dies in whatever way, so does this.
if (options.has('with-parent')) process.stdin.on('end', () => process.exit(0)).resume();
