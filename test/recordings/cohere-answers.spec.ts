import { describe, expect, it } from 'vitest';
import { NO_TOKENS, type TokenUsage } from '../../src/protocol/token-usage.js';
import { toCohereError } from '../../src/providers/cohere/cohere.errors.js';
import { toEmbeddingAnswer } from '../../src/providers/cohere/cohere.embeddings.js';
import { toChatAnswer } from '../../src/providers/cohere/cohere.response.js';
import { CohereStreamReader } from '../../src/providers/cohere/cohere.stream.js';
import { type StreamPart } from '../../src/providers/provider-adapter.interface.js';
import { recordingsAvailable, responseBytes, type Recording } from '../support/recordings.js';
import { selected } from './selections.js';

type Json = Record<string, unknown>;

/** An answer, however it came and whoever wrote it down. */
interface Gist {
  readonly id: unknown;
  readonly content: string;
  readonly toolCalls: { id: unknown; name: unknown; input: unknown }[];
  readonly thinking: string;
  readonly plan: string;
  /** Words cited, with their sources. */
  readonly cited: unknown[];
  readonly finish: unknown;
  readonly usage: TokenUsage;
}

const FINISH: Record<string, string> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
};

const isStream = (recording: Recording): boolean => recording.response.body_text !== undefined;
const answered = selected('cohere-answers');
const whole = answered.filter((recording) => !isStream(recording));
const streamed = answered.filter(isStream);
const broken = selected('cohere-broken-streams');
const failed = selected('cohere-errors');
const embedded = selected('cohere-embeddings');
const rows = (recordings: readonly Recording[]): [string, Recording][] =>
  recordings.map((recording) => [recording.id, recording]);

// Reading Cohere's own words, with nothing of the gateway's.

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

function gistOfAnswer(answer: Json): Gist {
  const message = answer['message'] as Json;
  const of = (type: string): string =>
    list(message['content'])
      .filter((block) => block['type'] === type)
      .map((block) => block[type])
      .join('');
  return {
    id: answer['id'],
    content: of('text'),
    toolCalls: list(message['tool_calls']).map((call) => {
      const { name, arguments: text } = call['function'] as Json;
      return { id: call['id'], name, input: (JSON.parse(String(text) || '{}') as unknown) ?? {} };
    }),
    thinking: of('thinking'),
    plan: (message['tool_plan'] as string | undefined) ?? '',
    cited: list(message['citations']),
    finish: FINISH[String(answer['finish_reason'])],
    usage: usageOf(answer['usage'] as Json),
  };
}

function usageOf(usage: Json): TokenUsage {
  const billed = usage['billed_units'] as Record<string, number>;
  const reasoning = (usage['tokens'] as Record<string, number>)['reasoning_tokens'] ?? 0;
  const output = billed['output_tokens'] ?? 0;
  return { ...NO_TOKENS, inputUncached: billed['input_tokens'] ?? 0, output: output - reasoning, reasoning };
}

/** The answer that a stream spells. */
function answerOfStream(text: string): Json {
  const blocks: Json[] = [];
  const calls: Json[] = [];
  const citations: unknown[] = [];
  const answer: Json = {};
  let plan = '';
  for (const line of text.split('\n').filter((one) => one.startsWith('data: {'))) {
    const event = JSON.parse(line.slice('data: '.length)) as Json;
    const index = event['index'] as number;
    const delta = (event['delta'] as Json | undefined) ?? {};
    const message = (delta['message'] as Json | undefined) ?? {};
    if (event['type'] === 'message-start') answer['id'] = event['id'];
    if (event['type'] === 'content-start') blocks[index] = { ...(message['content'] as Json) };
    if (event['type'] === 'content-delta') {
      const block = blocks[index] ?? {};
      for (const [name, piece] of Object.entries(message['content'] as Json)) {
        block[name] = ((block[name] as string | undefined) ?? '') + String(piece);
      }
    }
    if (event['type'] === 'tool-plan-delta') plan += String(message['tool_plan']);
    if (event['type'] === 'tool-call-start') {
      const call = message['tool_calls'] as Json;
      calls.push({ ...call, function: { ...(call['function'] as Json) } });
    }
    if (event['type'] === 'tool-call-delta') {
      const called = calls.at(-1)?.['function'] as Json;
      const { arguments: piece } = (message['tool_calls'] as Json)['function'] as Json;
      called['arguments'] = String(called['arguments']) + String(piece);
    }
    if (event['type'] === 'citation-start') citations.push(message['citations']);
    if (event['type'] === 'message-end') Object.assign(answer, delta);
  }
  return { ...answer, message: { content: blocks, tool_plan: plan, tool_calls: calls, citations } };
}

const truthOf = (recording: Recording): Gist =>
  gistOfAnswer(
    isStream(recording) ? answerOfStream(responseBytes(recording).toString()) : (recording.response.body as Json),
  );

// Reading what the gateway made of it, as a client of OpenAI's would.

function gistOfParts(head: Json, message: Json, finish: unknown, usage: TokenUsage | undefined): Gist {
  if (usage === undefined) throw new Error('The usage is missing.');
  const textOf = (format: string): string =>
    list(message['reasoning_details'])
      .filter((detail) => detail['format'] === format)
      .map((detail) => detail['text'])
      .join('');
  const gist = {
    id: head['id'],
    content: (message['content'] as string | null) ?? '',
    toolCalls: list(message['tool_calls']).map((call) => {
      const { name, arguments: text } = call['function'] as Json;
      return { id: call['id'], name, input: JSON.parse(String(text)) as unknown };
    }),
    thinking: textOf('cohere-thinking-v2'),
    plan: textOf('cohere-tool-plan-v2'),
    cited: list(message['citations']),
    finish,
    usage,
  };
  if (((message['reasoning_content'] as string | undefined) ?? '') !== gist.thinking + gist.plan) {
    throw new Error('The reasoning is not that of its details.');
  }
  return gist;
}

function gistOfCompletion(bytes: Buffer, usage: TokenUsage | undefined): Gist {
  const completion = JSON.parse(bytes.toString()) as Json;
  const choice = list(completion['choices'])[0] ?? {};
  return gistOfParts(completion, choice['message'] as Json, choice['finish_reason'], usage);
}

/** Puts chunks together, as clients do. */
function gistOfChunks(text: string, usage: TokenUsage | undefined): Gist {
  const message = { content: '', reasoning_content: '', reasoning_details: [] as Json[], citations: [] as Json[] };
  const calls: { id: unknown; function: { name: unknown; arguments: string } }[] = [];
  let finish: unknown;
  let head: Json = {};
  for (const event of text.split('\n\n').slice(0, -1)) {
    head = JSON.parse(event.slice('data: '.length)) as Json;
    for (const { delta: given, finish_reason: reason } of list(head['choices'])) {
      const delta = given as Json;
      finish = reason ?? finish;
      message.content += (delta['content'] as string | undefined) ?? '';
      message.reasoning_content += (delta['reasoning_content'] as string | undefined) ?? '';
      message.reasoning_details.push(...list(delta['reasoning_details']));
      message.citations.push(...list(delta['citations']));
      for (const call of list(delta['tool_calls'])) {
        const index = call['index'] as number;
        if (index > calls.length) throw new Error('An index was left out.');
        const { name, arguments: piece } = call['function'] as Json;
        const known = (calls[index] ??= { id: call['id'], function: { name, arguments: '' } });
        known.function.arguments += String(piece);
        if (known.id === undefined) throw new Error('The first delta of a call has no id.');
      }
    }
  }
  return gistOfParts(head, { ...message, tool_calls: calls }, finish, usage);
}

interface Streamed {
  readonly text: string;
  readonly usage: TokenUsage | undefined;
  readonly hasContent: boolean;
  readonly textBytes: number;
}

function stream(pieces: Iterable<Buffer>): Streamed {
  const reader = new CohereStreamReader({ showsUsage: true, fallback: { id: 'fallback', model: 'fallback' } });
  const parts: StreamPart[] = [];
  const add = (part: StreamPart | undefined): void => {
    if (part !== undefined) parts.push(part);
  };
  for (const piece of pieces) add(reader.push(piece));
  add(reader.end());
  const failure = parts.find((part) => part.error !== undefined)?.error;
  if (failure !== undefined) throw failure;
  return {
    // The one field that differs between two runs.
    text: Buffer.concat(parts.map((part) => part.bytes))
      .toString()
      .replaceAll(/"created":\d+/g, '"created":0'),
    usage: parts.findLast((part) => part.usage !== undefined)?.usage,
    hasContent: parts.some((part) => part.hasContent),
    textBytes: parts.reduce((sum, part) => sum + part.textBytes, 0),
  };
}

const translate = (recording: Recording): Gist => {
  const body = responseBytes(recording);
  if (isStream(recording)) {
    const { text, usage } = stream([body]);
    return gistOfChunks(text, usage);
  }
  const response = { status: 200, headers: recording.response.headers, body };
  const { bytes, usage } = toChatAnswer(response, { upstreamModel: 'command' });
  return gistOfCompletion(bytes, usage);
};

describe.skipIf(!recordingsAvailable)('recorded answers of Cohere', () => {
  it('are there', () => {
    expect(whole.length).toBeGreaterThanOrEqual(13);
    expect(streamed.length).toBeGreaterThanOrEqual(7);
    expect([broken.length, failed.length, embedded.length]).toEqual([1, 4, 1]);
  });

  it.each(rows(answered))('%s says the same', (_, recording) => {
    const gist = translate(recording);
    expect(gist).toEqual(truthOf(recording));
    expect(gist.content !== '' || gist.toolCalls.length > 0).toBe(true);
    expect(gist.finish).toEqual(expect.any(String));
  });

  it('hold what they are here for', () => {
    const gists = answered.map(translate);
    expect(gists.some(({ thinking }) => thinking !== '')).toBe(true);
    expect(gists.some(({ plan }) => plan !== '')).toBe(true);
    expect(gists.some(({ cited }) => cited.length > 1)).toBe(true);
    expect(gists.some(({ toolCalls }) => toolCalls.length > 1)).toBe(true);
    expect(gists.some(({ toolCalls }) => toolCalls.some(({ input }) => JSON.stringify(input) === '{}'))).toBe(true);
    expect(new Set(gists.map(({ finish }) => finish))).toEqual(new Set(['stop', 'length', 'tool_calls']));
  });

  it.each(rows(streamed))('%s says the same byte by byte', (_, recording) => {
    const body = responseBytes(recording);
    expect(stream(Array.from(body, (_byte, at) => body.subarray(at, at + 1)))).toEqual(stream([body]));
  });

  it.each(rows(streamed))('%s says the same cut in two anywhere', (_, recording) => {
    const body = responseBytes(recording);
    const uncut = stream([body]);
    // Every position of the smaller ones; a prime step for the others, so that cuts fall everywhere in an event.
    const step = body.length < 6_000 ? 1 : 61;
    for (let at = 1; at < body.length; at += step) {
      const cut = stream([body.subarray(0, at), body.subarray(at)]);
      if (cut.text !== uncut.text) expect.fail(`Cut at ${at}, it says something else.`);
      expect(cut.usage).toEqual(uncut.usage);
    }
  });

  it.each(rows(streamed))('%s counts its text', (_, recording) => {
    const { content, thinking, plan, toolCalls } = truthOf(recording);
    const { hasContent, textBytes } = stream([responseBytes(recording)]);
    expect(hasContent).toBe(true);
    expect(textBytes).toBeGreaterThanOrEqual(Buffer.byteLength(content + thinking + plan) + toolCalls.length * 2);
  });

  it.each(rows(streamed))('%s is broken when its end is missing', (_, recording) => {
    const body = responseBytes(recording);
    const end = body.lastIndexOf('event: message-end');
    expect(() => stream([body.subarray(0, end)])).toThrow(expect.objectContaining({ code: 'upstream_stream_broken' }));
  });

  it.each(rows(broken))('%s ends with its error', (_, recording) => {
    expect(() => stream([responseBytes(recording)])).toThrow(
      expect.objectContaining({
        status: 502,
        code: 'INVALID_TOOL_GENERATION',
        message: expect.stringContaining('invalid tool generation') as unknown,
      }),
    );
  });
});

describe.skipIf(!recordingsAvailable)('the comparison of answers', () => {
  const [json] = whole.filter((recording) => recording.situations.includes('parallel-tool-calls'));
  const [sse] = streamed.filter((recording) => recording.situations.includes('tool-plan'));

  const mutations: [string, (gist: Gist) => Gist][] = [
    ['a wrong text', (gist) => ({ ...gist, content: `${gist.content}.` })],
    ['a lost plan', (gist) => ({ ...gist, plan: '' })],
    [
      'a lost tool argument',
      (gist) => ({ ...gist, toolCalls: gist.toolCalls.map((call) => ({ ...call, input: {} })) }),
    ],
    ['a lost tool call', (gist) => ({ ...gist, toolCalls: gist.toolCalls.slice(1) })],
    ['a wrong usage', (gist) => ({ ...gist, usage: { ...gist.usage, output: gist.usage.output + 1 } })],
    ['another finish', (gist) => ({ ...gist, finish: 'stop' })],
  ];

  it.each(mutations)('notices %s', (_, mutate) => {
    for (const recording of [json, sse]) {
      if (recording === undefined) throw new Error('There is no recording to try it on.');
      expect(mutate(translate(recording))).not.toEqual(truthOf(recording));
    }
  });

  it('notices a changed recording', () => {
    if (sse === undefined) throw new Error('There is no recording to try it on.');
    const changed = responseBytes(sse).toString().replace('"arguments":"{\\""', '"arguments":"{\\"more\\": 1, \\""');
    const { text, usage } = stream([Buffer.from(changed)]);
    expect(gistOfChunks(text, usage)).not.toEqual(truthOf(sse));
    expect(gistOfChunks(text, usage)).toEqual(gistOfAnswer(answerOfStream(changed)));
  });
});

describe.skipIf(!recordingsAvailable)('recorded embeddings of Cohere', () => {
  it.each(rows(embedded))('%s holds the same vectors', (_, recording) => {
    const input = (recording.request.body as Json)['texts'] as string[];
    const response = { status: 200, headers: {}, body: responseBytes(recording) };
    const read = (format: 'float' | 'base64') =>
      toEmbeddingAnswer(response, {
        upstreamModel: 'embed-v4.0',
        request: { model: 'embed', input, encoding_format: format },
      });
    const vectors = ((recording.response.body as Json)['embeddings'] as Json)['float'] as number[][];
    const { bytes, usage } = read('float');
    expect(JSON.parse(bytes.toString())).toEqual({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: 'embed-v4.0',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    expect(usage).toEqual({ ...NO_TOKENS, inputUncached: 3 });
    const encoded = JSON.parse(read('base64').bytes.toString()) as { data: { embedding: string }[] };
    expect(
      encoded.data.map(({ embedding }) => {
        const raw = Buffer.from(embedding, 'base64');
        return Array.from({ length: raw.length / 4 }, (_value, at) => raw.readFloatLE(at * 4));
      }),
    ).toEqual(vectors.map((vector) => vector.map(Math.fround)));
  });
});

describe.skipIf(!recordingsAvailable)('recorded errors of Cohere', () => {
  it.each(rows(failed))('%s is told', (_, recording) => {
    const { status, headers } = recording.response;
    const said = recording.response.body as Json;
    expect(toCohereError({ status, headers, body: responseBytes(recording) })).toMatchObject({
      status,
      message: said['message'],
      code: said['error_type'] ?? null,
      retryable: false,
    });
  });
});
