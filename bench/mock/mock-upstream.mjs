/**
 * A very fast stand-in for the providers: raw sockets, answers made once. It must never be what limits a run.
 *
 *   node bench/mock/mock-upstream.mjs --port 9901 [--chunks 20] [--pause-ms 0] [--slow-pause-ms 500] [--events-per-write 1]
 *
 * POST /v1/chat/completions  JSON, or server-sent events when the body says `"stream":true`. The model decides the rest:
 *                            `…-tools` calls tools, `…-slow` streams slowly, `…-failing` fails three times in four
 * POST /v1/embeddings        16 vectors, or 2,048 for `text-embedding-3-large`
 * POST /v1/messages, /v1beta/models/<m>:generateContent and :streamGenerateContent, /model/<m>/converse and
 *      /converse-stream      the same answers as Anthropic, Gemini and Bedrock have them
 * GET  /v1/models            one model
 * GET  /stats                the counters, which are also printed on SIGTERM
 */
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { numberOption, parseOptions } from '../options.mjs';
import { anthropic, bedrock, gemini } from './foreign-answers.mjs';
import { jsonAnswer, wholeAnswer } from './http-answers.mjs';
import { BROKEN, CHAT, chatStream, embeddings, LIMITED, MODELS, NOT_FOUND, TOOL_CALLS } from './openai-answers.mjs';
import { RequestReader } from './request-reader.mjs';

const TOO_LARGE = wholeAnswer('text/plain', 'too large', '413 Content Too Large');
const SLOW_CHUNKS = 20;
const DIMENSIONS = 1_536;

/** @typedef {{ writes: readonly Buffer[], pauseMs: number }} Stream */

/** @param {Buffer} body @param {string} name */
const says = (body, name) => body.includes(`"${name}":true`) || body.includes(`"${name}": true`);

/** Events that go out in one write. @param {readonly Buffer[]} events @param {number} count */
function together(events, count) {
  return Array.from({ length: Math.ceil(events.length / count) }, (_, at) =>
    Buffer.concat(events.slice(at * count, (at + 1) * count)),
  );
}

const counters = { calls: 0, wholeAnswered: 0, streamsAnswered: 0, streamsCut: 0, failed: 0, other: 0, connections: 0 };

/** @param {{ port: number, pauseMs: number, chunks: number, slowPauseMs: number, eventsPerWrite: number }} settings */
function startMockUpstream({ port, pauseMs, chunks, slowPauseMs, eventsPerWrite }) {
  /** @param {readonly Buffer[]} events @returns {Stream} */
  const paced = (events) => ({ writes: together(events, eventsPerWrite), pauseMs });
  const plainStream = paced(chatStream(chunks, false));
  const usageStream = paced(chatStream(chunks, true));
  const slowStream = { writes: chatStream(SLOW_CHUNKS, true), pauseMs: slowPauseMs };
  const [messages, generateContent, converse] = [anthropic, gemini, bedrock].map((answersOf) => {
    const { whole, stream } = answersOf(chunks);
    return { whole, stream: paced(stream) };
  });
  const fewVectors = wholeAnswer('application/json', embeddings(16, DIMENSIONS));
  /** @type {Buffer | undefined} */
  let manyVectors;
  let failing = 0;

  /** @param {Buffer} body @returns {Buffer | Stream} */
  const chat = (body) => {
    if (body.includes('gpt-4o-mini-')) {
      if (body.includes('"gpt-4o-mini-slow"') && says(body, 'stream')) return slowStream;
      if (body.includes('"gpt-4o-mini-tools"')) return TOOL_CALLS;
      if (body.includes('"gpt-4o-mini-failing"')) return [CHAT, BROKEN, LIMITED, BROKEN][failing++ % 4] ?? BROKEN;
    }
    if (!says(body, 'stream')) return CHAT;
    return says(body, 'include_usage') ? usageStream : plainStream;
  };

  /** @param {string} path @param {Buffer} body @returns {Buffer | Stream | undefined} */
  const answerTo = (path, body) => {
    if (path === '/v1/chat/completions') return chat(body);
    if (path === '/v1/embeddings') {
      if (!body.includes('"text-embedding-3-large"')) return fewVectors;
      manyVectors ??= wholeAnswer('application/json', embeddings(2_048, DIMENSIONS));
      return manyVectors;
    }
    if (path === '/v1/messages') return says(body, 'stream') ? messages?.stream : messages?.whole;
    if (path.endsWith(':generateContent')) return generateContent?.whole;
    if (path.includes(':streamGenerateContent')) return generateContent?.stream;
    if (path.endsWith('/converse')) return converse?.whole;
    if (path.endsWith('/converse-stream')) return converse?.stream;
    return undefined;
  };

  const server = createServer({ noDelay: true }, (socket) => {
    counters.connections++;
    const reader = new RequestReader();
    let streaming = false;

    /** @param {Stream} stream */
    const writeSlowly = ({ writes, pauseMs: pause }) => {
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
        setTimeout(next, at < writes.length ? pause : 0);
      };
      next();
    };

    /** @param {string} head @param {Buffer} body */
    const answer = (head, body) => {
      const [method, path = ''] = head.split(' ', 2);
      if (method !== 'POST') {
        if (path === '/stats') socket.write(jsonAnswer(counters));
        else socket.write(path.startsWith('/v1/models') ? MODELS : NOT_FOUND);
        return;
      }
      const found = answerTo(path, body);
      if (found === undefined) {
        counters.other++;
        socket.write(NOT_FOUND);
        return;
      }
      counters.calls++;
      if (Buffer.isBuffer(found)) {
        if (found === BROKEN || found === LIMITED) counters.failed++;
        else counters.wholeAnswered++;
        socket.write(found);
        return;
      }
      if (found.pauseMs > 0) return writeSlowly(found);
      for (const write of found.writes) socket.write(write);
      counters.streamsAnswered++;
    };

    // While a slow stream is written the next request waits.
    const consume = () => {
      try {
        while (!streaming) {
          const request = reader.next();
          if (request === undefined) return;
          answer(request.head, request.body);
          if (/\r\nconnection: *close/i.test(request.head)) socket.end();
        }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        socket.end(TOO_LARGE);
      }
    };

    socket.on('data', (bytes) => {
      reader.add(bytes);
      consume();
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen({ port, host: '127.0.0.1', backlog: 2_048 });
}

const options = parseOptions(process.argv.slice(2), [
  'port',
  'pause-ms',
  'chunks',
  'slow-pause-ms',
  'events-per-write',
  'with-parent',
]);
startMockUpstream({
  port: numberOption(options, 'port', 9901, 1, 65_535),
  pauseMs: numberOption(options, 'pause-ms', 0, 0, 60_000),
  chunks: numberOption(options, 'chunks', 20, 1, 10_000),
  slowPauseMs: numberOption(options, 'slow-pause-ms', 500, 1, 60_000),
  eventsPerWrite: numberOption(options, 'events-per-write', 1, 1, 10_000),
});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.on(signal, () => {
    writeSync(1, `${JSON.stringify(counters)}\n`);
    process.exit(0);
  });
}
// The benchmark holds the other end of this pipe: when it dies in whatever way, so does this.
if (options.has('with-parent')) process.stdin.on('end', () => process.exit(0)).resume();
