import { describe, expect, it } from 'vitest';
import { type EmbeddingRequest } from '../../src/protocol/embeddings.js';
import { readVectors, toEmbeddingAnswer, toEmbeddingBatches } from '../../src/providers/bedrock/bedrock.embeddings.js';
import { toBedrockError } from '../../src/providers/bedrock/bedrock.errors.js';
import { toChatAnswer } from '../../src/providers/bedrock/bedrock.response.js';
import { BedrockStreamReader } from '../../src/providers/bedrock/bedrock.stream.js';
import { type StreamPart } from '../../src/providers/provider-adapter.interface.js';
import { UnsupportedParameters } from '../../src/providers/unsupported-parameters.js';
import { decodeEvents, event, exception } from '../support/aws.js';
import { loadRecordings, type Recording, recordingsAvailable, responseBytes } from '../support/recordings.js';
import {
  type Gist,
  gistOfChunks,
  gistOfCompletion,
  isStream,
  type Json,
  list,
  object,
  responseOf,
  truthOf,
} from './bedrock-reader.js';
import { notCarriedOver } from './not-carried-over.js';
import { selected } from './selections.js';

const answered = selected('bedrock-answers');
const whole = answered.filter((recording) => !isStream(recording));
const streamed = answered.filter(isStream);
const failed = selected('bedrock-errors');
const broken = selected('bedrock-broken-streams');
const embeddings = selected('bedrock-embeddings');

const rows = (recordings: readonly Recording[]): [string, Recording][] =>
  recordings.map((recording) => [recording.id, recording]);

interface Streamed {
  readonly text: string;
  readonly parts: readonly StreamPart[];
  readonly error: unknown;
}

function stream(pieces: Iterable<Buffer>, model: string): Streamed {
  const reader = new BedrockStreamReader({ showsUsage: true, head: { id: 'request-1', model } });
  const parts: StreamPart[] = [];
  const add = (part: StreamPart | undefined): void => {
    if (part !== undefined) parts.push(part);
  };
  for (const piece of pieces) add(reader.push(piece));
  add(reader.end());
  // The one field that differs between two runs.
  const text = Buffer.concat(parts.map(({ bytes }) => bytes))
    .toString()
    .replaceAll(/"created":\d+/g, '"created":0');
  return { text, parts, error: parts.find(({ error }) => error !== undefined)?.error };
}

const usageIn = ({ parts }: Streamed): StreamPart['usage'] => parts.findLast(({ usage }) => usage !== undefined)?.usage;

/** What two runs of one stream must have in common. */
const sumOf = ({ parts, text, error }: Streamed): unknown => ({
  text,
  error,
  usage: parts.findLast(({ usage }) => usage !== undefined)?.usage,
  hasContent: parts.some(({ hasContent }) => hasContent),
  textBytes: parts.reduce((sum, part) => sum + part.textBytes, 0),
  isLast: parts.map(({ isLast }) => isLast === true).filter(Boolean),
});

function translate(recording: Recording, body = responseBytes(recording)): Gist {
  const { model } = recording;
  if (isStream(recording)) {
    const read = stream([body], model);
    if (read.error !== undefined) throw read.error;
    return gistOfChunks(read.text, usageIn(read));
  }
  const { bytes, usage } = toChatAnswer({ status: 200, headers: {}, body }, { id: 'request-1', model });
  const completion = JSON.parse(bytes.toString()) as Json;
  expect(completion).toMatchObject({ id: 'request-1', object: 'chat.completion', model });
  return gistOfCompletion(completion, usage);
}

/** Every position of the smaller ones; a prime step for the others, so that it falls everywhere in a message. */
const stepOf = ({ length }: Buffer): number => (length < 2_000 ? 1 : length < 20_000 ? 61 : 1_997);

const bytesOf = (body: Buffer): Buffer[] => Array.from(body, (_, at) => body.subarray(at, at + 1));

describe.skipIf(!recordingsAvailable)('the recordings of Bedrock', () => {
  it('are there', () => {
    expect([whole.length, streamed.length, failed.length, broken.length, embeddings.length]).toEqual([11, 11, 5, 1, 1]);
  });

  it('are all played, but for those in the list', () => {
    const played = [answered, failed, broken, embeddings].flat().map(({ id }) => id);
    const mine = loadRecordings(({ provider }) => provider === 'bedrock').map(({ id }) => id);
    const left = notCarriedOver('recording').map(({ recording }) => recording);
    expect([...played, ...left.filter((id) => id.startsWith('bedrock/'))].sort()).toEqual(mine.sort());
  });
});

describe.skipIf(!recordingsAvailable)('recorded answers of Bedrock', () => {
  it.each(rows(answered))('%s says the same', (_, recording) => {
    const gist = translate(recording);
    expect(gist).toEqual(truthOf(recording));
    expect(gist.content !== '' || gist.toolCalls.length > 0).toBe(true);
  });

  it.each(rows(answered))('%s is counted to the last token', (_, recording) => {
    const { totalTokens } = object(responseOf(recording)['usage']);
    const { usage } = translate(recording);
    expect(Object.values(usage).reduce((sum, tokens) => sum + tokens, 0)).toBe(totalTokens);
  });

  it('lose nothing but what is in the list', () => {
    const lost = answered.flatMap((recording) => lostMembers(responseOf(recording)));
    const named = notCarriedOver('bedrock member').map(({ name }) => name);
    expect([...new Set(lost)].sort()).toEqual(named.sort());
  });

  it.each(rows(streamed))('%s says the same byte by byte', (_, recording) => {
    const body = responseBytes(recording);
    expect(sumOf(stream(bytesOf(body), recording.model))).toEqual(sumOf(stream([body], recording.model)));
  });

  it.each(rows(streamed))('%s says the same cut in two anywhere', (_, recording) => {
    const body = responseBytes(recording);
    const uncut = stream([body], recording.model);
    for (let at = 1; at < body.length; at += stepOf(body)) {
      const cut = stream([body.subarray(0, at), body.subarray(at)], recording.model);
      if (cut.text !== uncut.text) expect.fail(`Cut at ${at}, it says something else.`);
      expect(usageIn(cut)).toEqual(usageIn(uncut));
    }
  });

  it('hold text beyond ASCII, so that cuts fall inside characters', () => {
    const beyond = streamed.filter((recording) => responseBytes(recording).includes('°'));
    expect(beyond.length).toBeGreaterThan(0);
  });

  it.each(rows(streamed))('%s counts its text', (_, recording) => {
    const { content, reasoning, toolCalls } = truthOf(recording);
    const { parts } = stream([responseBytes(recording)], recording.model);
    expect(parts.some(({ hasContent }) => hasContent)).toBe(true);
    const textBytes = parts.reduce((sum, part) => sum + part.textBytes, 0);
    expect(textBytes).toBeGreaterThanOrEqual(Buffer.byteLength(content + reasoning) + toolCalls.length * 2);
  });

  it.each(rows(streamed))('%s is broken wherever it ends too soon', (_, recording) => {
    const body = responseBytes(recording);
    const messages = decodeEvents(body);
    const stop = messages.findIndex(({ headers }) => headers[':event-type'] === 'messageStop');
    const ends = messages.slice(0, stop + 1).flatMap(({ start }) => [start, start + 5, start + 20]);
    for (const end of ends) {
      expect(stream([body.subarray(0, end)], recording.model).error).toMatchObject({ code: 'upstream_stream_broken' });
    }
  });

  it.each(rows(streamed))('%s is whole, though uncounted, without its last message', (_, recording) => {
    const body = responseBytes(recording);
    const { start } = decodeEvents(body).at(-1) ?? { start: 0 };
    const read = stream([body.subarray(0, start)], recording.model);
    expect(read.error).toBeUndefined();
    expect(usageIn(read)).toBeUndefined();
    const { content, finish } = truthOf(recording);
    expect(gistOfChunks(read.text, truthOf(recording).usage)).toMatchObject({ content, finish });
  });

  it.each(rows(streamed))('%s fails on any byte that is wrong', (_, recording) => {
    const body = responseBytes(recording);
    const { start } = decodeEvents(body).at(-1) ?? { start: 0 };
    for (let at = 0; at < start; at += stepOf(body)) {
      const wrong = Buffer.from(body);
      wrong.writeUInt8(wrong.readUInt8(at) ^ 0x10, at);
      const { error } = stream([wrong], recording.model);
      if (error === undefined) expect.fail(`The byte at ${at} may be anything.`);
      expect(error).toMatchObject({ code: 'upstream_invalid_response', status: 502 });
    }
  });
});

describe.skipIf(!recordingsAvailable)('recorded errors of Bedrock', () => {
  it.each(rows(failed))('%s keeps its status, code and message', (_, recording) => {
    const { status, headers, body } = recording.response;
    const error = toBedrockError({ status, headers, body: responseBytes(recording) });
    expect(error).toMatchObject({
      status,
      upstreamStatus: status,
      type: 'upstream_error',
      code: String(headers['x-amzn-errortype']).split(':')[0],
      message: (body as Json)['message'],
      retryable: status === 429,
    });
  });

  it.each(rows(broken))('%s fails with its exception', (_, recording) => {
    const body = responseBytes(recording);
    const [message] = decodeEvents(body);
    const told = JSON.parse(String(message?.payload)) as Json;
    for (const pieces of [[body], bytesOf(body)]) {
      expect(stream(pieces, recording.model)).toMatchObject({
        text: '',
        error: { status: 400, code: 'ValidationException', message: told['message'], retryable: false },
      });
    }
  });

  it.each(rows(streamed))('%s fails with an exception in its middle', (_, recording) => {
    const body = responseBytes(recording);
    const messages = decodeEvents(body);
    const { start } = messages[messages.length - 3] ?? { start: 0 };
    const head = body.subarray(0, start);
    const cut = Buffer.concat([head, exception('throttlingException', 'Too many tokens'), body.subarray(start)]);
    const read = stream([cut], recording.model);
    expect(read.error).toMatchObject({ status: 429, code: 'ThrottlingException', retryable: true });
    // What came before is told.
    expect(read.text).toBe(stream([head], recording.model).text);
  });
});

describe.skipIf(!recordingsAvailable)('recorded embeddings of Bedrock', () => {
  it.each(rows(embeddings))('%s is asked for and told in OpenAI’s words', (_, recording) => {
    const native = recording.request.body ?? {};
    const { texts, output_dimension: dimensions } = native as { texts: string[]; output_dimension: number };
    const request: EmbeddingRequest = { model: 'embedder', input: texts, dimensions };
    const unsupported = new UnsupportedParameters('strict');
    const batches = toEmbeddingBatches(request, { upstreamModel: recording.model, unsupported });
    expect(batches.map(({ body }) => body)).toEqual([native]);

    const { headers } = recording.response;
    const vectors = readVectors({ status: 200, headers, body: responseBytes(recording) }, texts.length);
    const { bytes, usage } = toEmbeddingAnswer([vectors], request, recording.model);
    const truth = object(object(recording.response.body)['embeddings'])['float'];
    const tokens = Number(headers['x-amzn-bedrock-input-token-count']);
    expect(JSON.parse(bytes.toString())).toEqual({
      object: 'list',
      data: (truth as number[][]).map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: recording.model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
    expect(usage?.inputUncached).toBe(tokens);
  });
});

describe.skipIf(!recordingsAvailable)('the comparison of answers', () => {
  const both = (situation: string): Recording[] =>
    [whole, streamed].flatMap((recordings) =>
      recordings.filter((one) => one.situations.includes(situation)).slice(0, 1),
    );

  const mutations: [string, string, (gist: Gist) => Gist][] = [
    ['a wrong text', 'finish-end_turn', (gist) => ({ ...gist, content: `${gist.content}.` })],
    [
      'a wrong tool argument',
      'tool-call',
      (gist) => ({ ...gist, toolCalls: gist.toolCalls.map((call) => ({ ...call, input: { other: 1 } })) }),
    ],
    ['a lost tool call', 'tool-call', (gist) => ({ ...gist, toolCalls: gist.toolCalls.slice(1) })],
    ['a wrong usage', 'finish-end_turn', (gist) => ({ ...gist, usage: { ...gist.usage, cacheRead: 99 } })],
    ['a lost signature', 'reasoning', (gist) => ({ ...gist, seals: gist.seals.slice(1) })],
    ['another finish', 'finish-max_tokens', (gist) => ({ ...gist, finish: 'stop' })],
  ];

  it.each(mutations)('notices %s', (_, situation, mutate) => {
    const recordings = both(situation);
    expect(recordings).toHaveLength(2);
    for (const recording of recordings) {
      expect(mutate(translate(recording))).not.toEqual(truthOf(recording));
    }
  });

  it('notices a changed event', () => {
    for (const recording of streamed) {
      const body = responseBytes(recording);
      const changed = decodeEvents(body).map(({ headers, payload }) => {
        const { p: _padding, ...told } = JSON.parse(payload.toString()) as Json;
        const delta = object(told['delta']);
        const isText = typeof delta['text'] === 'string';
        return event(
          String(headers[':event-type']),
          isText ? { ...told, delta: { text: `${String(delta['text'])}!` } } : told,
        );
      });
      const hasText = truthOf(recording).content !== '';
      const isSame =
        JSON.stringify(translate(recording, Buffer.concat(changed)).content) ===
        JSON.stringify(truthOf(recording).content);
      expect(isSame).toBe(!hasText);
    }
  });
});

/** Names of what the reader of this suite does not look at, and the gateway does not tell. */
function lostMembers(response: Json): string[] {
  const {
    output,
    usage,
    stopReason: _stop,
    trace: _trace,
    additionalModelResponseFields: _fields,
    ...others
  } = response;
  const blocks = list(object(object(output)['message'])['content']);
  return [
    ...Object.keys(others),
    ...Object.keys(object(usage))
      .filter(
        (name) => !['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens'].includes(name),
      )
      .map((name) => `usage.${name}`),
    ...blocks.flatMap(lostOfBlock),
  ];
}

function lostOfBlock(block: Json): string[] {
  return Object.entries(block).flatMap(([name, value]) => {
    if (name === 'toolUse') return object(value)['type'] === 'server_tool_use' ? ['toolUse of the provider’s'] : [];
    return name === 'text' || name === 'reasoningContent' ? [] : [name];
  });
}
