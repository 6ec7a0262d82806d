import { describe, expect, it } from 'vitest';
import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { type StreamPart } from '../../src/providers/provider-adapter.interface.js';
import { toAnthropicError } from '../../src/providers/anthropic/anthropic.errors.js';
import { toChatAnswer } from '../../src/providers/anthropic/anthropic.response.js';
import { AnthropicStreamReader } from '../../src/providers/anthropic/anthropic.stream.js';
import { recordingsAvailable, responseBytes, type Recording } from '../support/recordings.js';
import { selected } from './selections.js';

type Json = Record<string, unknown>;

/** An answer, however it came and whoever wrote it down. */
interface Gist {
  readonly id: unknown;
  readonly model: unknown;
  readonly content: string;
  readonly toolCalls: { id: unknown; name: unknown; input: unknown }[];
  readonly reasoning: string;
  /** Signatures and encrypted thinking, in their order. */
  readonly seals: unknown[];
  /** URLs cited, in their order. */
  readonly cited: unknown[];
  readonly finish: unknown;
  readonly usage: TokenUsage;
}

const FINISH: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  pause_turn: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

const isStream = (recording: Recording): boolean => recording.response.body_text !== undefined;
const answered = selected('anthropic-answers');
const whole = answered.filter((recording) => !isStream(recording));
const streamed = answered.filter(isStream);
const failed = selected('anthropic-errors');

// Reading Anthropic's own words, with nothing of the gateway's.

function gistOfMessage(message: Json): Gist {
  const blocks = (message['content'] as Json[]) ?? [];
  const of = (type: string): Json[] => blocks.filter((block) => block['type'] === type);
  return {
    id: message['id'],
    model: message['model'],
    content: of('text')
      .map((block) => block['text'])
      .join(''),
    toolCalls: of('tool_use').map(({ id, name, input }) => ({ id, name, input })),
    reasoning: of('thinking')
      .map((block) => block['thinking'])
      .join(''),
    seals: blocks.flatMap((block) =>
      block['type'] === 'thinking'
        ? [block['signature']]
        : block['type'] === 'redacted_thinking'
          ? [block['data']]
          : [],
    ),
    cited: of('text').flatMap((block) =>
      ((block['citations'] as Json[] | null) ?? []).map((citation) => citation['url']),
    ),
    finish: FINISH[String(message['stop_reason'])],
    usage: usageOf(message['usage'] as Json),
  };
}

function usageOf(usage: Json): TokenUsage {
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  const lifetimes = (usage['cache_creation'] as Json | undefined) ?? {};
  const thinking = number(((usage['output_tokens_details'] as Json | undefined) ?? {})['thinking_tokens']);
  return {
    inputUncached: number(usage['input_tokens']),
    cacheRead: number(usage['cache_read_input_tokens']),
    cacheWrite5m: number(usage['cache_creation_input_tokens']) - number(lifetimes['ephemeral_1h_input_tokens']),
    cacheWrite1h: number(lifetimes['ephemeral_1h_input_tokens']),
    inputAudio: 0,
    output: number(usage['output_tokens']) - thinking,
    reasoning: thinking,
    outputAudio: 0,
  };
}

/** The message that a stream spells. */
function messageOfStream(text: string): Json {
  let message: Json = {};
  const blocks: Json[] = [];
  for (const line of text.split('\n').filter((one) => one.startsWith('data:'))) {
    const event = JSON.parse(line.slice('data:'.length)) as Json;
    const index = event['index'] as number;
    const delta = (event['delta'] as Json | undefined) ?? {};
    const block = blocks[index] ?? {};
    const append = (name: string, piece: unknown): void => {
      block[name] = `${typeof block[name] === 'string' ? block[name] : ''}${String(piece)}`;
    };
    if (event['type'] === 'message_start') message = event['message'] as Json;
    if (event['type'] === 'content_block_start') blocks[index] = { ...(event['content_block'] as Json), json: '' };
    if (delta['type'] === 'text_delta') append('text', delta['text']);
    if (delta['type'] === 'thinking_delta') append('thinking', delta['thinking']);
    if (delta['type'] === 'signature_delta') append('signature', delta['signature']);
    if (delta['type'] === 'input_json_delta') append('json', delta['partial_json']);
    if (event['type'] === 'message_delta') {
      message = { ...message, ...delta, usage: { ...(message['usage'] as Json), ...(event['usage'] as Json) } };
    }
  }
  for (const block of blocks) if (block['json']) block['input'] = JSON.parse(block['json'] as string);
  return { ...message, content: blocks };
}

const truthOf = (recording: Recording): Gist =>
  gistOfMessage(
    isStream(recording) ? messageOfStream(responseBytes(recording).toString()) : (recording.response.body as Json),
  );

// Reading what the gateway made of it, as a client of OpenAI's would.

function gistOfCompletion(bytes: Buffer, usage: TokenUsage | undefined): Gist {
  const completion = JSON.parse(bytes.toString()) as Json;
  const choice = (completion['choices'] as Json[])[0] ?? {};
  return gistOfParts(completion, choice['message'] as Json, choice['finish_reason'], usage);
}

function gistOfParts(head: Json, message: Json, finish: unknown, usage: TokenUsage | undefined): Gist {
  if (usage === undefined) throw new Error('The usage is missing.');
  const details = (message['reasoning_details'] as Json[] | undefined) ?? [];
  return {
    id: head['id'],
    model: head['model'],
    content: (message['content'] as string | null) ?? '',
    toolCalls: ((message['tool_calls'] as Json[] | undefined) ?? []).map((call) => {
      const { name, arguments: text } = call['function'] as Json;
      return { id: call['id'], name, input: JSON.parse(String(text)) };
    }),
    reasoning: (message['reasoning_content'] as string | undefined) ?? '',
    seals: details.flatMap((detail) =>
      [detail['signature'], detail['data']].filter((seal) => typeof seal === 'string'),
    ),
    cited: ((message['annotations'] as Json[] | undefined) ?? []).map((one) => (one['url_citation'] as Json)['url']),
    finish,
    usage,
  };
}

/** Puts chunks together, as clients do. */
function gistOfChunks(text: string, usage: TokenUsage | undefined): Gist {
  const message: Json = { content: '', reasoning_content: '', reasoning_details: [] as Json[], annotations: [] };
  const calls: Json[] = [];
  let finish: unknown;
  let head: Json = {};
  for (const event of text.split('\n\n').slice(0, -1)) {
    head = JSON.parse(event.slice('data: '.length)) as Json;
    for (const { delta, finish_reason: reason } of head['choices'] as { delta: Json; finish_reason: unknown }[]) {
      finish = reason ?? finish;
      message['content'] = `${String(message['content'])}${(delta['content'] as string | undefined) ?? ''}`;
      message['reasoning_content'] =
        `${String(message['reasoning_content'])}${(delta['reasoning_content'] as string | undefined) ?? ''}`;
      (message['reasoning_details'] as Json[]).push(...((delta['reasoning_details'] as Json[] | undefined) ?? []));
      for (const call of (delta['tool_calls'] as Json[] | undefined) ?? []) {
        const index = call['index'] as number;
        if (index > calls.length) throw new Error('An index was left out.');
        const { name, arguments: piece } = call['function'] as Json;
        const known = (calls[index] ??= { id: call['id'], function: { name, arguments: '' } });
        const fields = known['function'] as Json;
        fields['arguments'] = `${String(fields['arguments'])}${String(piece)}`;
        if (known['id'] === undefined) throw new Error('The first delta of a call has no id.');
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
  const reader = new AnthropicStreamReader({ showsUsage: true, fallback: { id: 'fallback', model: 'fallback' } });
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
  const { bytes, usage } = toChatAnswer({ status: 200, headers: recording.response.headers, body });
  return gistOfCompletion(bytes, usage);
};

const bytesOf = (body: Buffer): Buffer[] => Array.from(body, (_, at) => body.subarray(at, at + 1));

describe.skipIf(!recordingsAvailable)('recorded answers of Anthropic', () => {
  it('are there', () => {
    expect(whole.length).toBeGreaterThan(20);
    expect(streamed.length).toBeGreaterThan(15);
    expect(failed.length).toBeGreaterThan(4);
  });

  it.each(answered.map((recording) => [recording.id, recording] as const))('%s says the same', (_, recording) => {
    const gist = translate(recording);
    expect(gist).toEqual(truthOf(recording));
    const isSomething =
      gist.content !== '' || gist.toolCalls.length > 0 || recording.situations.includes('empty-content');
    expect(isSomething).toBe(true);
  });

  it.each(streamed.map((recording) => [recording.id, responseBytes(recording)] as const))(
    '%s says the same byte by byte',
    (_, body) => {
      expect(stream(bytesOf(body))).toEqual(stream([body]));
    },
  );

  it.each(streamed.map((recording) => [recording.id, responseBytes(recording)] as const))(
    '%s says the same cut in two anywhere',
    (_, body) => {
      const uncut = stream([body]);
      // Every position of the smaller ones; a prime step for the others, so that cuts fall everywhere in an event.
      const step = body.length < 3_000 ? 1 : 61;
      for (let at = 1; at < body.length; at += step) {
        const cut = stream([body.subarray(0, at), body.subarray(at)]);
        if (cut.text !== uncut.text) expect.fail(`Cut at ${at}, it says something else.`);
        expect(cut.usage).toEqual(uncut.usage);
      }
    },
  );

  it('hold text beyond ASCII, so that cuts fall inside characters', () => {
    const beyond = streamed.filter((recording) => {
      const body = responseBytes(recording);
      return body.length < 3_000 && body.some((byte) => byte > 0x7f);
    });
    expect(beyond.length).toBeGreaterThan(0);
  });

  it.each(streamed.map((recording) => [recording.id, recording] as const))('%s counts its text', (_, recording) => {
    const { content, reasoning, toolCalls } = truthOf(recording);
    const { hasContent, textBytes } = stream([responseBytes(recording)]);
    expect(hasContent).toBe(true);
    expect(textBytes).toBeGreaterThanOrEqual(Buffer.byteLength(content + reasoning) + toolCalls.length * 2);
  });

  it.each(streamed.map((recording) => [recording.id, responseBytes(recording)] as const))(
    '%s is broken when its end is missing',
    (_, body) => {
      const end = body.lastIndexOf('event: message_stop');
      expect(() => stream([body.subarray(0, end)])).toThrow(
        expect.objectContaining({ code: 'upstream_stream_broken' }),
      );
    },
  );
});

describe.skipIf(!recordingsAvailable)('the comparison of answers', () => {
  const [json] = whole.filter((recording) => recording.situations.includes('text+tool-call'));
  const [sse] = streamed.filter((recording) => recording.situations.includes('text+tool-call'));

  const mutations: [string, (gist: Gist) => Gist][] = [
    ['a wrong text', (gist) => ({ ...gist, content: `${gist.content}.` })],
    [
      'a lost tool argument',
      (gist) => ({ ...gist, toolCalls: gist.toolCalls.map((call) => ({ ...call, input: {} })) }),
    ],
    ['a lost tool call', (gist) => ({ ...gist, toolCalls: gist.toolCalls.slice(1) })],
    ['a wrong usage', (gist) => ({ ...gist, usage: { ...gist.usage, cacheRead: gist.usage.cacheRead + 1 } })],
    ['a lost signature', (gist) => ({ ...gist, seals: ['another', ...gist.seals] })],
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
    const changed = responseBytes(sse).toString().replace('"partial_json":"{', '"partial_json":"{\\"more\\": 1, ');
    const { text, usage } = stream([Buffer.from(changed)]);
    expect(gistOfChunks(text, usage)).not.toEqual(truthOf(sse));
    expect(gistOfChunks(text, usage)).toEqual(gistOfMessage(messageOfStream(changed)));
  });
});

describe.skipIf(!recordingsAvailable)('recorded errors of Anthropic', () => {
  it.each(failed.map((recording) => [recording.id, recording] as const))('%s is told', (_, recording) => {
    const { status, headers } = recording.response;
    const error = toAnthropicError({ status, headers, body: responseBytes(recording) });
    const told = (recording.response.body as Json)['error'] as Json;
    expect(error).toMatchObject({
      status: status === 529 ? 503 : status,
      code: told['type'],
      message: told['message'],
      retryable: status === 429 || status >= 500,
    });
  });
});
