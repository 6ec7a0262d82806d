import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../src/protocol/chat-completions.js';
import { JsonBody } from '../../src/protocol/json-body.js';
import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { toGeminiError } from '../../src/providers/gemini/gemini.errors.js';
import { type EmbeddingBatch, toEmbeddingAnswer, toListPiece } from '../../src/providers/gemini/gemini.embeddings.js';
import { toImageAnswer } from '../../src/providers/gemini/gemini.images.js';
import { toChatAnswer } from '../../src/providers/gemini/gemini.response.js';
import { GeminiStreamReader } from '../../src/providers/gemini/gemini.stream.js';
import { type ProviderCall, type StreamPart } from '../../src/providers/provider-adapter.interface.js';
import { UnsupportedParameters } from '../../src/providers/unsupported-parameters.js';
import { Cancellation } from '../../src/upstream/cancellation.js';
import { loadRecordings, recordingsAvailable, responseBytes, type Recording } from '../support/recordings.js';
import { type ChoiceGist, type Gist, gistOfPieces, isStreamed, type Json, totalOf, truthOf } from './gemini-reader.js';
import { notCarriedOver } from './not-carried-over.js';
import { selected, SELECTIONS } from './selections.js';

const answered = selected('gemini-answers');
const whole = answered.filter((recording) => !isStreamed(recording));
const streamed = answered.filter(isStreamed);
const broken = selected('gemini-broken-streams');
const failed = selected('gemini-errors');

const FALLBACK = 'fallback';

const call = (request: Partial<ChatCompletionRequest> = {}): ProviderCall<ChatCompletionRequest> => ({
  requestId: FALLBACK,
  request: { model: 'm', messages: [], ...request },
  body: JsonBody.of({}),
  upstreamModel: FALLBACK,
  unsupported: new UnsupportedParameters('warn'),
  cancellation: new Cancellation(),
});

// Reading what the gateway made of it, as a client of OpenAI's would.

function gistOfCompletion(bytes: Buffer, usage: TokenUsage | undefined): Gist {
  const completion = JSON.parse(bytes.toString()) as Json;
  return {
    id: known(completion['id']),
    model: known(completion['model']),
    choices: (completion['choices'] as Json[]).map((choice) =>
      gistOfChoice(choice, choice['message'] as Json, choice['logprobs'] as Json | null),
    ),
    usage,
  };
}

const known = (value: unknown): unknown => (value === FALLBACK ? undefined : value);

function gistOfChoice(choice: Json, message: Json, logprobs: Json | null): ChoiceGist {
  const calls = (message['tool_calls'] as Json[] | undefined) ?? [];
  const names = new Map(calls.map((one) => [one['id'], (one['function'] as Json)['name']]));
  if (names.size !== calls.length) throw new Error('Two calls share an id.');
  const details = (message['reasoning_details'] as Json[] | undefined) ?? [];
  const ofCalls = calls.flatMap((one) => signatureOf(one));
  const ofCallDetails = details.filter(({ id }) => id !== undefined).map(({ data }) => data);
  if (JSON.stringify(ofCalls) !== JSON.stringify(ofCallDetails)) throw new Error('The signatures of calls differ.');
  const images = ((message['images'] as Json[] | undefined) ?? []).map((image) =>
    String((image['image_url'] as Json)['url']).replace(/^data:(.*?);base64,/, '$1 '),
  );
  const audio = message['audio'] as Json | undefined;
  return {
    index: choice['index'] as number,
    content: (message['content'] as string | null) ?? '',
    reasoning: ((message['reasoning_content'] as string | undefined) ?? '').replaceAll(
      /```(python)?\n(print[^`]*)```\n/g,
      '$2',
    ),
    calls: calls.map((one) => {
      const { name, arguments: text } = one['function'] as Json;
      // An id that the gateway made up is no part of what Google said.
      const id = /^call_[0-9a-f]{24}$/.test(String(one['id'])) ? {} : { id: one['id'] };
      return { ...id, name, args: JSON.parse(String(text)) as unknown };
    }),
    seals: details.map((detail) => {
      const of = detail['id'] === undefined ? 'text' : names.get(detail['id']);
      return `${String(of)} ${String(detail['data'] ?? detail['signature'])}`;
    }),
    media: [...images, ...(audio === undefined ? [] : [`audio/L16;codec=pcm;rate=24000 ${String(audio['data'])}`])],
    cited: ((message['annotations'] as Json[] | undefined) ?? []).map((one) => (one['url_citation'] as Json)['url']),
    finish: choice['finish_reason'],
    refusal: message['refusal'] ?? undefined,
    logprobs: ((logprobs?.['content'] as Json[] | undefined) ?? []).map(({ token, logprob }) => [token, logprob]),
  };
}

function signatureOf(one: Json): unknown[] {
  const google = ((one['extra_content'] as Json | undefined)?.['google'] as Json | undefined) ?? {};
  return google['thought_signature'] === undefined ? [] : [google['thought_signature']];
}

/** Puts chunks together, as clients do. */
function gistOfChunks(text: string, usage: TokenUsage | undefined): Gist {
  const messages = new Map<number, Json>();
  const ends = new Map<number, Json>();
  let head: Json = {};
  for (const event of text.split('\n\n').slice(0, -1)) {
    head = JSON.parse(event.slice('data: '.length)) as Json;
    for (const choice of head['choices'] as Json[]) {
      const index = choice['index'] as number;
      const delta = choice['delta'] as Json;
      const message = messages.get(index) ?? {};
      if (messages.get(index) === undefined && delta['role'] !== 'assistant') throw new Error('No role came first.');
      messages.set(index, message);
      for (const name of ['content', 'reasoning_content', 'refusal']) {
        if (typeof delta[name] === 'string')
          message[name] = `${(message[name] as string | undefined) ?? ''}${delta[name]}`;
      }
      for (const name of ['reasoning_details', 'annotations', 'images']) {
        if (delta[name] !== undefined)
          message[name] = [...((message[name] as Json[]) ?? []), ...(delta[name] as Json[])];
      }
      for (const piece of (delta['tool_calls'] as Json[] | undefined) ?? []) addCall(message, piece);
      const end = ends.get(index) ?? { index };
      ends.set(index, end);
      if (choice['logprobs'] !== null) {
        const { content } = choice['logprobs'] as Json;
        end['logprobs'] = {
          content: [...(((end['logprobs'] as Json)?.['content'] as Json[]) ?? []), ...(content as Json[])],
        };
      }
      if (end['finish_reason'] !== undefined) throw new Error('Something follows the end.');
      if (choice['finish_reason'] !== null) end['finish_reason'] = choice['finish_reason'];
    }
  }
  return {
    id: known(head['id']),
    model: known(head['model']),
    choices: [...messages].map(([index, message]) => {
      const end = ends.get(index) ?? {};
      return gistOfChoice(end, message, (end['logprobs'] as Json | undefined) ?? null);
    }),
    usage,
  };
}

function addCall(message: Json, piece: Json): void {
  const calls = (message['tool_calls'] ??= []) as Json[];
  const index = piece['index'] as number;
  if (index > calls.length) throw new Error('An index was left out.');
  const { name, arguments: text } = piece['function'] as Json;
  const open = (calls[index] ??= { ...piece, function: { name, arguments: '' } });
  if (open['id'] === undefined) throw new Error('The first delta of a call has no id.');
  const fields = open['function'] as Json;
  fields['arguments'] = `${String(fields['arguments'])}${String(text)}`;
}

interface Streamed {
  readonly text: string;
  readonly usage: TokenUsage | undefined;
  readonly hasContent: boolean;
  readonly textBytes: number;
  readonly error: unknown;
  readonly isWhole: boolean;
}

function stream(pieces: Iterable<Buffer>): Streamed {
  const reader = new GeminiStreamReader({ showsUsage: false, fallback: { id: FALLBACK, model: FALLBACK } });
  const parts: StreamPart[] = [];
  const add = (part: StreamPart | undefined): void => {
    if (part !== undefined) parts.push(part);
  };
  for (const piece of pieces) add(reader.push(piece));
  add(reader.end());
  return {
    // What differs between two runs: the time, and ids that are made up.
    text: sameEachTime(Buffer.concat(parts.map((part) => part.bytes)).toString()),
    usage: parts.findLast((part) => part.usage !== undefined)?.usage,
    hasContent: parts.some((part) => part.hasContent),
    textBytes: parts.reduce((sum, part) => sum + part.textBytes, 0),
    error: parts.find((part) => part.error !== undefined)?.error,
    isWhole: parts.at(-1)?.isLast === true,
  };
}

function sameEachTime(text: string): string {
  const ids = new Map<string, string>();
  return text.replaceAll(/"created":\d+/g, '"created":0').replaceAll(/call_[0-9a-f]{24}/g, (id) => {
    if (!ids.has(id)) ids.set(id, `call_${String(ids.size).padStart(24, '0')}`);
    return ids.get(id) ?? id;
  });
}

const translate = (recording: Recording): Gist => {
  const body = responseBytes(recording);
  if (isStreamed(recording)) {
    const { text, usage, error } = stream([body]);
    if (error !== undefined) throw error as Error;
    return gistOfChunks(text, usage);
  }
  const { bytes, usage } = toChatAnswer({ status: 200, headers: recording.response.headers, body }, call());
  return gistOfCompletion(bytes, usage);
};

/** Of a prompt that was blocked, and of a reason without words, the gateway makes a sentence. */
function sameRefusals(told: Gist, truth: Gist): Gist {
  return {
    ...truth,
    choices: truth.choices.map((choice, at) => {
      const { refusal } = told.choices[at] ?? {};
      const isTold = typeof refusal === 'string' && refusal.includes(String(choice.refusal));
      return choice.refusal !== undefined && isTold ? { ...choice, refusal } : choice;
    }),
  };
}

const rows = (recordings: readonly Recording[]): [string, Recording][] =>
  recordings.map((recording) => [recording.id, recording]);

describe.skipIf(!recordingsAvailable)('recorded answers of Google', () => {
  it('are there', () => {
    expect(whole.length).toBeGreaterThan(28);
    expect(streamed.length).toBeGreaterThan(28);
    expect(failed.length).toBeGreaterThan(7);
    expect(broken).toHaveLength(2);
  });

  it('are all that there are, but for those that are listed as not played', () => {
    const all = loadRecordings(({ provider }) => provider === 'gemini' || provider === 'vertex');
    const unplayed = all.filter((recording) => !Object.values(SELECTIONS).some((takes) => takes(recording)));
    const listed = notCarriedOver('recording').map(({ recording }) => recording);
    expect(all).toHaveLength(87);
    expect(unplayed.map(({ id }) => id)).toEqual(listed.filter((id) => /^(gemini|vertex)\//.test(id)));
  });

  it.each(rows(answered))('%s says the same', (_, recording) => {
    const gist = translate(recording);
    expect(gist).toEqual(sameRefusals(gist, truthOf(recording)));
    const isSomething = gist.choices.some(
      ({ content, calls, media, refusal }) =>
        content !== '' || calls.length > 0 || media.length > 0 || refusal !== undefined,
    );
    expect(isSomething || recording.situations.includes('empty-content')).toBe(true);
  });

  it.each(rows(answered))('%s counts what Google counted', (_, recording) => {
    const { usage } = translate(recording);
    const sum = usage === undefined ? undefined : Object.values(usage).reduce((all, count) => all + count, 0);
    expect(sum).toBe(totalOf(recording));
  });

  it.each(rows(streamed))('%s says the same byte by byte', (_, recording) => {
    const body = responseBytes(recording);
    expect(stream(Array.from(body, (_byte, at) => body.subarray(at, at + 1)))).toEqual(stream([body]));
  });

  it.each(rows(streamed))('%s says the same cut in two anywhere', (_, recording) => {
    const body = responseBytes(recording);
    const uncut = stream([body]);
    // Every position of the smaller ones; a prime step for the others, so that cuts fall everywhere in an event.
    const step = body.length < 3_000 ? 1 : body.length < 30_000 ? 61 : 997;
    for (let at = 1; at < body.length; at += step) {
      const cut = stream([body.subarray(0, at), body.subarray(at)]);
      if (cut.text !== uncut.text) expect.fail(`Cut at ${at}, it says something else.`);
      expect(cut.usage).toEqual(uncut.usage);
    }
  });

  it.each(rows(streamed))('%s counts its text and is whole', (_, recording) => {
    const { choices } = truthOf(recording);
    const { hasContent, textBytes, isWhole } = stream([responseBytes(recording)]);
    const written = choices.map(({ content, reasoning, calls }) => content + reasoning + '{}'.repeat(calls.length));
    expect([hasContent, isWhole]).toEqual([true, true]);
    expect(textBytes).toBeGreaterThanOrEqual(Buffer.byteLength(written.join('')));
  });

  it.each(rows(streamed.filter((recording) => !recording.situations.includes('prompt-blocked'))))(
    '%s is broken when its end is missing',
    (_, recording) => {
      const body = responseBytes(recording);
      // Older ones tell their end in every piece: there it has to be cut within the last.
      const pieces = body.toString().match(/"finishReason"/g)?.length ?? 0;
      const end = pieces > 1 ? body.lastIndexOf('}') : body.lastIndexOf('"finishReason"');
      const { error, isWhole } = stream([body.subarray(0, end)]);
      expect(error).toMatchObject({ code: 'upstream_stream_broken' });
      expect(isWhole).toBe(false);
    },
  );
});

describe.skipIf(!recordingsAvailable)('recorded streams that broke', () => {
  it('tells the error after what came before it', () => {
    const recording = broken.find(({ id }) => id.includes('bare-json'));
    if (recording === undefined) throw new Error('There is no such recording.');
    const { text, error, isWhole } = stream([responseBytes(recording)]);
    expect([text.includes('First '), text.includes('Second '), isWhole]).toEqual([true, true, false]);
    expect(error).toMatchObject({ status: 502, code: 'CANCELLED', message: 'The operation was cancelled.' });
  });

  it('knows a stream without an end', () => {
    const recording = broken.find(({ id }) => id.includes('empty-content'));
    if (recording === undefined) throw new Error('There is no such recording.');
    const { error, hasContent } = stream([responseBytes(recording)]);
    expect(error).toMatchObject({ code: 'upstream_stream_broken', retryable: true });
    expect(hasContent).toBe(false);
  });
});

describe.skipIf(!recordingsAvailable)('the comparison of answers', () => {
  const json = whole.find(
    ({ situations }) => situations.includes('text+tool-call') && situations.includes('signature'),
  );
  const sse = streamed.find(({ situations }) => situations.includes('parallel-tool-calls'));
  const thinking = streamed.find(
    ({ situations }) => situations.includes('reasoning') && situations.includes('signature'),
  );
  const image = whole.find(({ situations }) => situations.includes('image-out'));

  const each = (gist: Gist, mutate: (choice: ChoiceGist) => ChoiceGist): Gist => ({
    ...gist,
    choices: gist.choices.map(mutate),
  });
  const mutations: [string, Recording | undefined, (gist: Gist) => Gist][] = [
    ['a wrong text', json, (gist) => each(gist, (one) => ({ ...one, content: `${one.content}.` }))],
    ['lost thoughts', thinking, (gist) => each(gist, (one) => ({ ...one, reasoning: '' }))],
    [
      'a lost tool argument',
      sse,
      (gist) => each(gist, (one) => ({ ...one, calls: one.calls.map((made) => ({ ...made, args: {} })) })),
    ],
    ['a lost tool call', sse, (gist) => each(gist, (one) => ({ ...one, calls: one.calls.slice(1) }))],
    ['a lost signature', json, (gist) => each(gist, (one) => ({ ...one, seals: one.seals.slice(1) }))],
    ['a lost image', image, (gist) => each(gist, (one) => ({ ...one, media: [] }))],
    ['another finish', sse, (gist) => each(gist, (one) => ({ ...one, finish: 'stop' }))],
    ['a lost choice', json, (gist) => ({ ...gist, choices: [] })],
    ['a wrong usage', json, (gist) => ({ ...gist, usage: { ...tokens(gist), cacheRead: tokens(gist).cacheRead + 1 } })],
    [
      'thoughts counted as text',
      json,
      (gist) => ({
        ...gist,
        usage: { ...tokens(gist), reasoning: 0, output: tokens(gist).output + tokens(gist).reasoning },
      }),
    ],
  ];

  it.each(mutations)('notices %s', (_, recording, mutate) => {
    if (recording === undefined) throw new Error('There is no recording to try it on.');
    const gist = translate(recording);
    expect(gist).toEqual(truthOf(recording));
    expect(mutate(gist)).not.toEqual(truthOf(recording));
  });

  it('notices a changed recording', () => {
    if (sse === undefined) throw new Error('There is no recording to try it on.');
    const changed = responseBytes(sse).toString().replace('"args": {', '"args": {"more": 1,');
    const { text, usage } = stream([Buffer.from(changed)]);
    const pieces = changed
      .split(/\r?\n/)
      .filter(Boolean)
      .map((line) => JSON.parse(line.slice(5)) as Json);
    expect(gistOfChunks(text, usage)).not.toEqual(truthOf(sse));
    expect(gistOfChunks(text, usage)).toEqual(gistOfPieces(pieces));
  });
});

function tokens({ usage }: Gist): TokenUsage {
  if (usage === undefined) throw new Error('The usage is missing.');
  return usage;
}

describe.skipIf(!recordingsAvailable)('recorded errors of Google', () => {
  it.each(rows(failed))('%s is told', (_, recording) => {
    const { status, headers } = recording.response;
    const error = toGeminiError({ status, headers, body: responseBytes(recording) });
    const told = (recording.response.body as Json)['error'] as Json;
    const details = (told['details'] as Json[] | undefined) ?? [];
    const reason = details.find((detail) => detail['reason'] !== undefined)?.['reason'];
    const delay = details.find((detail) => detail['retryDelay'] !== undefined)?.['retryDelay'];
    expect(error).toMatchObject({
      status,
      code: reason ?? told['status'],
      message: told['message'],
      retryable: status === 429 || status >= 500,
      retryAfter: delay === undefined ? undefined : Number.parseFloat(delay as string),
    });
  });

  it('hold a time to wait for', () => {
    expect(failed.some((recording) => JSON.stringify(recording.response.body).includes('retryDelay'))).toBe(true);
  });
});

describe.skipIf(!recordingsAvailable)('recorded embeddings of Google', () => {
  const embedded = selected('gemini-embeddings');

  it('are there, of both services', () => {
    expect(embedded.map(({ provider }) => provider)).toEqual(['gemini', 'vertex']);
  });

  it.each(rows(embedded))('%s has its vectors and its tokens', (_, recording) => {
    const { embeddings, predictions } = recording.response.body as { embeddings?: Json[]; predictions?: Json[] };
    const vectors = (embeddings ?? predictions?.map((one) => one['embeddings'] as Json) ?? []).map(
      (one) => one['values'],
    );
    const counted = predictions?.map(
      (one) => ((one['embeddings'] as Json)['statistics'] as Json)['token_count'] as number,
    );
    const batch: EmbeddingBatch = {
      texts: vectors.map(String),
      offset: 0,
      format: 'float',
      dimensions: undefined,
      taskType: undefined,
    };
    const piece = toListPiece({ status: 200, headers: {}, body: responseBytes(recording) }, batch);
    const answer = toEmbeddingAnswer([piece], 'm');
    const list = JSON.parse(answer.bytes.toString()) as { data: Json[]; usage: Json };
    expect(list.data.map(({ embedding, index }) => [index, embedding])).toEqual(
      vectors.map((values, at) => [at, values]),
    );
    expect(list.data[0]?.['embedding']).toHaveLength(768);
    expect(answer.usage?.inputUncached).toBe(counted?.reduce((sum, count) => sum + count, 0));
    expect(() =>
      toListPiece({ status: 200, headers: {}, body: responseBytes(recording) }, { ...batch, texts: ['a', 'b'] }),
    ).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});

describe.skipIf(!recordingsAvailable)('recorded images of Google', () => {
  const drawn = selected('gemini-images');

  it('are listed', () => {
    const recording = drawn.find(({ id }) => id.endsWith('base64'));
    if (recording === undefined) throw new Error('There is no such recording.');
    const { predictions } = recording.response.body as { predictions: Json[] };
    const { bytes } = toImageAnswer(
      { status: 200, headers: {}, body: responseBytes(recording) },
      'imagen-4.0-generate-001',
    );
    const { data } = JSON.parse(bytes.toString()) as { data: Json[] };
    expect(data.map((one) => one['b64_json'])).toEqual(predictions.map((one) => one['bytesBase64Encoded']));
    expect(data).toHaveLength(4);
  });

  it('are an error where all were filtered', () => {
    const recording = drawn.find(({ id }) => id.endsWith('filtered'));
    if (recording === undefined) throw new Error('There is no such recording.');
    const [told] = (recording.response.body as { predictions: Json[] }).predictions;
    expect(() =>
      toImageAnswer({ status: 200, headers: {}, body: responseBytes(recording) }, 'imagen-4.0-generate-001'),
    ).toThrow(expect.objectContaining({ status: 400, message: told?.['raiFilteredReason'] }));
  });

  it('come of chats too', () => {
    const recording = whole.find(({ situations }) => situations.includes('image-out'));
    if (recording === undefined) throw new Error('There is no such recording.');
    const { bytes, usage } = toImageAnswer(
      { status: 200, headers: {}, body: responseBytes(recording) },
      'gemini-2.5-flash-image',
    );
    const { data } = JSON.parse(bytes.toString()) as { data: Json[] };
    expect(`image/jpeg ${String(data[0]?.['b64_json'])}`).toBe(truthOf(recording).choices[0]?.media[0]);
    expect(usage).toEqual(truthOf(recording).usage);
  });
});
