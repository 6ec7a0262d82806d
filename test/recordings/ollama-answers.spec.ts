import { describe, expect, it } from 'vitest';
import { NO_TOKENS, type TokenUsage } from '../../src/protocol/token-usage.js';
import { type StreamPart } from '../../src/providers/provider-adapter.interface.js';
import { ChatChunks } from '../../src/providers/ollama/ollama.chunks.js';
import { CompletionChunks } from '../../src/providers/ollama/ollama.completions.js';
import { toEmbeddings } from '../../src/providers/ollama/ollama.embeddings.js';
import { toOllamaError } from '../../src/providers/ollama/ollama.errors.js';
import { readModelNames } from '../../src/providers/ollama/ollama.models.js';
import { toChatAnswer } from '../../src/providers/ollama/ollama.response.js';
import { OllamaStreamReader } from '../../src/providers/ollama/ollama.stream.js';
import { recordingsAvailable, responseBytes, type Recording } from '../support/recordings.js';
import { selected } from './selections.js';

type Json = Record<string, unknown>;

/** An answer, however it came and whoever wrote it down. */
interface Gist {
  readonly model: unknown;
  readonly content: string;
  readonly reasoning: string;
  /** `undefined` for an id that somebody made up. */
  readonly toolCalls: { id: unknown; name: unknown; input: unknown }[];
  readonly finish: unknown;
  readonly usage: TokenUsage;
}

const chats = selected('ollama-chats');
const completions = selected('ollama-completions');
const embeddings = selected('ollama-embeddings');
const failed = selected('ollama-errors');
const lists = selected('ollama-models');

/** One of the streams was kept as the one object that it consists of. */
const isStream = ({ operation }: Recording): boolean => operation.endsWith('-stream');
const whole = chats.filter((recording) => !isStream(recording));
const streamed = [...chats, ...completions].filter(isStream);

const NAMES = { id: 'made-up', model: 'made-up' };

// Reading Ollama's own words, with nothing of the gateway's.

function truthOf(recording: Recording): Gist {
  const lines = responseBytes(recording)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
  const messages = lines.map((line) => (line['message'] as Json | undefined) ?? { content: line['response'] });
  const join = (name: string): string =>
    messages.map((message) => (message[name] as string | undefined) ?? '').join('');
  const last = lines.at(-1) ?? {};
  const calls = messages.flatMap((message) => (message['tool_calls'] as Json[] | undefined) ?? []);
  return {
    model: last['model'],
    content: join('content'),
    reasoning: join('thinking'),
    toolCalls: calls.map((call) => {
      const { name, arguments: input } = call['function'] as Json;
      return { id: call['id'], name, input };
    }),
    finish: calls.length > 0 ? 'tool_calls' : last['done_reason'],
    usage: {
      ...NO_TOKENS,
      inputUncached: Number(last['prompt_eval_count']),
      output: Number(last['eval_count']),
    },
  };
}

// Reading what the gateway made of it, as a client of OpenAI's would.

function gistOfMessage(head: Json, message: Json, finish: unknown, usage: TokenUsage | undefined): Gist {
  if (usage === undefined) throw new Error('The usage is missing.');
  const calls = (message['tool_calls'] as Json[] | undefined) ?? [];
  if (new Set(calls.map(({ id }) => id)).size < calls.length) throw new Error('Two calls have one id.');
  return {
    model: head['model'],
    content: (message['content'] as string | null) ?? '',
    reasoning: (message['reasoning_content'] as string | undefined) ?? '',
    toolCalls: calls.map(({ id, function: called }) => {
      const { name, arguments: text } = called as Json;
      return { id: /^call_[0-9a-f]{32}$/.test(String(id)) ? undefined : id, name, input: JSON.parse(String(text)) };
    }),
    finish,
    usage,
  };
}

/** Puts chunks together, as clients do. */
function gistOfChunks(text: string, usage: TokenUsage | undefined): Gist {
  let content = '';
  let reasoning = '';
  let finish: unknown;
  let head: Json = {};
  const calls: Json[] = [];
  for (const event of text.split('\n\n').slice(0, -1)) {
    head = JSON.parse(event.slice('data: '.length)) as Json;
    for (const choice of head['choices'] as Json[]) {
      const delta = (choice['delta'] as Json | undefined) ?? { content: choice['text'] };
      finish = choice['finish_reason'] ?? finish;
      content += (delta['content'] as string | undefined) ?? '';
      reasoning += (delta['reasoning_content'] as string | undefined) ?? '';
      for (const call of (delta['tool_calls'] as Json[] | undefined) ?? []) {
        if (call['index'] !== calls.length) throw new Error('A call is out of place.');
        calls.push(call);
      }
    }
  }
  return gistOfMessage(head, { content, reasoning_content: reasoning, tool_calls: calls }, finish, usage);
}

function stream(recording: Recording, pieces: Iterable<Buffer>): Gist {
  const chunks = recording.api === 'ollama.generate' ? new CompletionChunks(NAMES) : new ChatChunks(NAMES);
  const reader = new OllamaStreamReader(chunks, true);
  const parts: StreamPart[] = [];
  const add = (part: StreamPart | undefined): void => {
    if (part !== undefined) parts.push(part);
  };
  for (const piece of pieces) add(reader.push(piece));
  add(reader.end());
  const failure = parts.find((part) => part.error !== undefined)?.error;
  if (failure !== undefined) throw failure;
  if (parts.filter((part) => part.isLast).length !== 1) throw new Error('The stream has not one end.');
  const text = Buffer.concat(parts.map((part) => part.bytes)).toString();
  const gist = gistOfChunks(text, parts.findLast((part) => part.usage !== undefined)?.usage);
  const written = [gist.content, gist.reasoning, ...gist.toolCalls.map(({ input }) => JSON.stringify(input))];
  expect(parts.reduce((sum, part) => sum + part.textBytes, 0)).toBe(Buffer.byteLength(written.join('')));
  return gist;
}

function translate(recording: Recording, body = responseBytes(recording)): Gist {
  if (isStream(recording)) return stream(recording, [body]);
  const { bytes, usage } = toChatAnswer({ status: 200, headers: recording.response.headers, body }, NAMES);
  const completion = JSON.parse(bytes.toString()) as Json;
  const choice = (completion['choices'] as Json[])[0] ?? {};
  return gistOfMessage(completion, choice['message'] as Json, choice['finish_reason'], usage);
}

const rows = (recordings: readonly Recording[]) => recordings.map((recording) => [recording.id, recording] as const);

describe.skipIf(!recordingsAvailable)('recorded answers of Ollama', () => {
  it('are there', () => {
    expect([whole.length, streamed.length, embeddings.length, failed.length, lists.length]).toEqual([5, 7, 2, 2, 1]);
  });

  it.each(rows([...whole, ...streamed]))('%s says the same', (_, recording) => {
    const gist = translate(recording);
    expect(gist).toEqual(truthOf(recording));
    expect(gist.content !== '' || gist.toolCalls.length > 0).toBe(true);
  });

  it.each(rows(streamed))('%s says the same byte by byte', (_, recording) => {
    const body = responseBytes(recording);
    const bytes = Array.from(body, (_byte, at) => body.subarray(at, at + 1));
    expect(stream(recording, bytes)).toEqual(truthOf(recording));
  });

  it.each(rows(streamed))('%s says the same cut in two anywhere', (_, recording) => {
    const body = responseBytes(recording);
    const truth = truthOf(recording);
    // A hundred places, spread over the whole.
    const step = Math.max(1, Math.floor(body.length / 100));
    for (let at = 1; at < body.length; at += step) {
      expect(stream(recording, [body.subarray(0, at), body.subarray(at)])).toEqual(truth);
    }
  });

  it.each(rows(streamed))('%s is known to be cut off', (_, recording) => {
    const body = responseBytes(recording).toString().trimEnd();
    const broken = expect.objectContaining({ code: 'upstream_stream_broken' });
    for (const length of [0, Math.floor(body.length / 2), body.length - 1]) {
      expect(() => stream(recording, [Buffer.from(body.slice(0, length))])).toThrow(broken);
    }
    const beforeLast = body.slice(0, body.lastIndexOf('\n') + 1);
    expect(() => stream(recording, [Buffer.from(beforeLast)])).toThrow(broken);
  });

  it.each(rows(embeddings))('%s holds the same vectors', (_, recording) => {
    const body = recording.response.body as { embeddings: number[][]; prompt_eval_count?: number; model: string };
    const response = { status: 200, headers: {}, body: responseBytes(recording) };
    for (const format of ['float', 'base64'] as const) {
      const request = { model: 'any', input: 'any', encoding_format: format };
      const { bytes, usage } = toEmbeddings(response, { request, upstreamModel: 'any' });
      const list = JSON.parse(bytes.toString()) as { data: { embedding: unknown }[]; model: string };
      expect(list.model).toBe(body.model);
      expect(list.data.map(({ embedding }) => floatsOf(embedding))).toEqual(
        body.embeddings.map((vector) => vector.map((value) => (format === 'float' ? value : Math.fround(value)))),
      );
      expect(usage?.inputUncached).toBe(body.prompt_eval_count);
    }
  });

  it.each(rows(lists))('%s names the models', (_, recording) => {
    const names = readModelNames(responseBytes(recording));
    expect(names).toEqual((recording.response.body as { models: Json[] }).models.map(({ name }) => name));
    expect(names).toContain('qwen3:4b');
  });

  it.each(rows(failed))('%s is told', (_, recording) => {
    const { status, headers } = recording.response;
    const error = toOllamaError({ status, headers, body: responseBytes(recording) });
    expect(error).toMatchObject({
      status,
      message: (recording.response.body as Json)['error'],
      type: 'upstream_error',
      retryable: false,
    });
  });
});

function floatsOf(embedding: unknown): unknown {
  if (typeof embedding !== 'string') return embedding;
  const bytes = Buffer.from(embedding, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

describe.skipIf(!recordingsAvailable)('the comparison of answers', () => {
  const mutations: [string, (text: string) => string][] = [
    ['a wrong text', (text) => text.replace('"content":"', '"content":"wrong')],
    ['a wrong thought', (text) => text.replace('"thinking":"', '"thinking":"wrong')],
    ['a lost tool argument', (text) => text.replace(/"arguments":\{[^}]*\}/, '"arguments":{}')],
    ['a lost tool call', (text) => text.replace('"tool_calls":[{', '"tool_calls":[],"lost":[{')],
    ['another tool', (text) => text.replace(/("function":\{[^}]*"name":")/, '$1wrong_')],
    ['a wrong input count', (text) => text.replace('"prompt_eval_count":', '"prompt_eval_count":1')],
    ['a wrong output count', (text) => text.replace('"eval_count":', '"eval_count":1')],
    ['another finish', (text) => text.replace('"done_reason":"stop"', '"done_reason":"length"')],
    ['another model', (text) => text.replaceAll('"model":"', '"model":"wrong-')],
  ];

  it.each(mutations)('notices %s', (_, mutate) => {
    const tried = chats.filter((recording) => {
      const text = responseBytes(recording).toString();
      const mutated = mutate(text);
      if (mutated === text) return false;
      expect(translate(recording, Buffer.from(mutated))).not.toEqual(truthOf(recording));
      return true;
    });
    expect(tried.length).toBeGreaterThan(2);
  });
});
