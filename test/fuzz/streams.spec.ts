import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { AnthropicStreamReader } from '../../src/providers/anthropic/anthropic.stream.js';
import { BedrockStreamReader } from '../../src/providers/bedrock/bedrock.stream.js';
import { CohereStreamReader } from '../../src/providers/cohere/cohere.stream.js';
import { GeminiStreamReader } from '../../src/providers/gemini/gemini.stream.js';
import { type StreamTranslator } from '../../src/providers/http-dialect.js';
import { ChatChunks } from '../../src/providers/ollama/ollama.chunks.js';
import { OllamaStreamReader } from '../../src/providers/ollama/ollama.stream.js';
import { OpenAiStreamReader } from '../../src/providers/openai/openai.stream.js';
import { event as awsEvent } from '../support/aws.js';
import { anthropicEvent, DONE, finish, role, text } from '../support/fake-upstream.js';
import { cuts, damaged, fuzzing, PATIENCE, piecesOf } from './fuzzing.js';

const head = { id: 'chatcmpl-1', model: 'model', created: 1_760_000_000 };
const events = (...values: object[]): string => values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');

const OPENAI = events(
  role,
  text('Hé 😀'),
  { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a":1}' } }] } }] },
  finish,
  { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
);
const ANTHROPIC = [
  { type: 'message_start', message: { id: 'm', model: 'm', usage: { input_tokens: 3, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hé 😀' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 't', name: 'f', input: {} } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];
const GEMINI = [
  { candidates: [{ content: { parts: [{ text: 'Hé 😀' }] } }] },
  { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] }, finishReason: 'STOP' }] },
  { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 } },
];
const COHERE = [
  { type: 'message-start', id: 'm', delta: { message: { role: 'assistant' } } },
  { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hé 😀' } } } },
  { type: 'tool-call-start', index: 0, delta: { message: { tool_calls: { id: 't', function: { name: 'f' } } } } },
  { type: 'tool-call-delta', index: 0, delta: { message: { tool_calls: { function: { arguments: '{}' } } } } },
  {
    type: 'message-end',
    delta: { finish_reason: 'COMPLETE', usage: { tokens: { input_tokens: 1, output_tokens: 2 } } },
  },
];
const OLLAMA = [
  { message: { role: 'assistant', content: 'Hé 😀' }, done: false },
  { message: { content: '', tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] }, done: false },
  { done: true, done_reason: 'stop', prompt_eval_count: 1, eval_count: 2 },
];
const BEDROCK = [
  awsEvent('messageStart', { role: 'assistant' }),
  awsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hé 😀' } }),
  awsEvent('contentBlockStop', { contentBlockIndex: 0 }),
  awsEvent('messageStop', { stopReason: 'end_turn' }),
  awsEvent('metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
];

const READERS: [name: string, sound: Buffer, make: () => StreamTranslator, translates: boolean][] = [
  ['OpenAI', Buffer.from(OPENAI + DONE), () => new OpenAiStreamReader(true), false],
  [
    'Anthropic',
    Buffer.from(ANTHROPIC.map(anthropicEvent).join('')),
    () => new AnthropicStreamReader({ showsUsage: true, fallback: head }),
    true,
  ],
  ['Gemini', Buffer.from(events(...GEMINI)), () => new GeminiStreamReader({ showsUsage: true, fallback: head }), true],
  ['Cohere', Buffer.from(events(...COHERE)), () => new CohereStreamReader({ showsUsage: true, fallback: head }), true],
  [
    'Ollama',
    Buffer.from(OLLAMA.map((line) => `${JSON.stringify(line)}\n`).join('')),
    () => new OllamaStreamReader(new ChatChunks(head), true),
    true,
  ],
  ['Bedrock', Buffer.concat(BEDROCK), () => new BedrockStreamReader({ showsUsage: true, head }), true],
];

/** What becomes of a stream: its events, and how it ended. */
function read(reader: StreamTranslator, pieces: readonly Buffer[]): { written: string; end: string | null } {
  let written = '';
  let end: string | null = 'whole';
  const take = (part: ReturnType<StreamTranslator['push']>): boolean => {
    // What is made up or told by the clock is another each time.
    written += (part?.bytes.toString('latin1') ?? '')
      .replaceAll(/call_[0-9a-f]+/g, 'call_1')
      .replaceAll(/"created":\d+/g, '"created":1');
    if (part?.error !== undefined) end = part.error.code;
    return part?.error === undefined && part?.isLast !== true;
  };
  try {
    for (const piece of pieces) if (!take(reader.push(piece))) return { written, end };
    take(reader.end());
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    end = error.code;
  }
  return { written, end };
}

describe('a damaged stream', () => {
  it.each(READERS)('of %s, sound, is read to its end', (_name, sound, make) => {
    expect(read(make(), [sound])).toMatchObject({ end: 'whole', written: expect.stringContaining('finish_reason') });
  });

  it.each(READERS)(
    'of %s is read or refused, however it is cut, and what goes on are events',
    (_name, sound, make, translates) => {
      fc.assert(
        fc.property(damaged(sound), cuts, (bytes, places) => {
          const whole = read(make(), [bytes]);
          expect(read(make(), piecesOf(bytes, places))).toEqual(whole);
          if (!translates || whole.written === '') return;
          expect(whole.written.endsWith('\n\n')).toBe(true);
          for (const one of whole.written.slice(0, -2).split('\n\n')) {
            const data = Buffer.from(one, 'latin1').toString();
            expect(data.startsWith('data: ')).toBe(true);
            expect(JSON.parse(data.slice(6))).toHaveProperty('object', 'chat.completion.chunk');
          }
        }),
        fuzzing(),
      );
    },
    PATIENCE,
  );

  it.each(READERS)(
    'of %s may be anything at all',
    (_name, _sound, make) => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
          read(make(), pieces.map(Buffer.from));
        }),
        fuzzing(),
      );
    },
    PATIENCE,
  );
});
