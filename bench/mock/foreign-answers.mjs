/** The same answer in the dialects that must be translated, whole and as a stream of as many chunks. */
import { crc32 } from 'node:zlib';
import { jsonAnswer, streamedAnswer } from './http-answers.mjs';
import { SENTENCE } from './openai-answers.mjs';

const INPUT = 312;
const OUTPUT = 20;

/** @param {number} chunks */
const words = (chunks) => Array.from({ length: chunks }, (_, at) => (at === 0 ? 'mock' : ` word${at}`));

/** @see https://platform.claude.com/docs/en/api/messages/create */
const ANTHROPIC_HEAD = {
  id: 'msg_BenchmarkMockAnswer01',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
};
const ANTHROPIC_INPUT = { input_tokens: INPUT, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

/** @param {string} type @param {object} members */
const named = (type, members = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;

/** @param {number} chunks */
export const anthropic = (chunks) => ({
  whole: jsonAnswer({
    ...ANTHROPIC_HEAD,
    content: [{ type: 'text', text: SENTENCE }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { ...ANTHROPIC_INPUT, output_tokens: OUTPUT },
  }),
  stream: streamedAnswer('text/event-stream; charset=utf-8', [
    named('message_start', {
      message: {
        ...ANTHROPIC_HEAD,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...ANTHROPIC_INPUT, output_tokens: 1 },
      },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words(chunks).map((text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: OUTPUT },
    }),
    named('message_stop'),
  ]),
});

/** @param {string} text @param {boolean} isLast @see https://ai.google.dev/api/generate-content */
const candidate = (text, isLast) => ({
  candidates: [
    {
      content: { parts: [{ text }], role: 'model' },
      ...(isLast ? { finishReason: 'STOP' } : {}),
      index: 0,
    },
  ],
  usageMetadata: {
    promptTokenCount: INPUT,
    candidatesTokenCount: isLast ? OUTPUT : 0,
    totalTokenCount: isLast ? INPUT + OUTPUT : INPUT,
  },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'BenchmarkMockAnswer01',
});

/** @param {number} chunks */
export const gemini = (chunks) => ({
  whole: jsonAnswer(candidate(SENTENCE, true)),
  stream: streamedAnswer(
    'text/event-stream',
    // Google ends the lines of its events with CRLF.
    words(chunks).map((text, at) => `data: ${JSON.stringify(candidate(text, at === chunks - 1))}\r\n\r\n`),
  ),
});

const CONVERSE_USAGE = { inputTokens: INPUT, outputTokens: OUTPUT, totalTokens: INPUT + OUTPUT };

/** @param {number} chunks @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrock = (chunks) => ({
  whole: jsonAnswer({
    output: { message: { role: 'assistant', content: [{ text: SENTENCE }] } },
    stopReason: 'end_turn',
    usage: CONVERSE_USAGE,
    metrics: { latencyMs: 1 },
  }),
  stream: streamedAnswer('application/vnd.amazon.eventstream', [
    eventMessage('messageStart', { role: 'assistant' }),
    ...words(chunks).map((text) => eventMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
    eventMessage('contentBlockStop', { contentBlockIndex: 0 }),
    eventMessage('messageStop', { stopReason: 'end_turn' }),
    eventMessage('metadata', { usage: CONVERSE_USAGE, metrics: { latencyMs: 1 } }),
  ]),
});

/**
 * One message: total length, length of the headers, checksum of both; headers; payload; checksum of all.
 * @param {string} name @param {object} payload
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
function eventMessage(name, payload) {
  const headers = { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' };
  const head = Buffer.concat(
    Object.entries(headers).map(([key, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      // 7 is the type of a string.
      return Buffer.concat([Buffer.from([key.length]), Buffer.from(key), Buffer.from([7]), length, Buffer.from(value)]);
    }),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(12 + head.length + body.length + 4, 0);
  prelude.writeUInt32BE(head.length, 4);
  const message = Buffer.concat([prelude, checksum(prelude), head, body]);
  return Buffer.concat([message, checksum(message)]);
}

/** @param {Buffer} bytes */
function checksum(bytes) {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
