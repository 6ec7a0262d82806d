import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';
import { OPENAI_PRESETS, type OpenAiKind, type OpenAiPreset } from '../../src/providers/openai/openai.presets.js';
import { notCarriedOver } from './not-carried-over.js';
import {
  expectedError,
  expectedStream,
  expectedTokens,
  type Gist,
  gistOf,
  gistOfChunks,
  gistOfCompletion,
  inStreamError,
  type Json,
} from './openai-reader.js';
import {
  asksForUsage,
  chats,
  crumbs,
  hasForeignIds,
  isFailed,
  isInParts,
  isStream,
  kindOf,
  kinds,
  modelOf,
  Playback,
  type Recording,
  recordingsAvailable,
  requestBody,
  requestText,
  responseBytes,
  rows,
} from './openai-recordings.js';

const isWhole = (recording: Recording): boolean =>
  isStream(recording) && !isFailed(recording) && inStreamError(recording) === undefined;
const isBroken = (recording: Recording): boolean => inStreamError(recording) !== undefined;
const isJson = (recording: Recording): boolean => !isStream(recording) && !isFailed(recording);

/** The recorded request, asking for the usage or not. */
function streamRequest(recording: Recording, asks: boolean): Json {
  const body = requestBody(recording);
  if (asks === asksForUsage(recording)) return body;
  return asks ? { ...body, stream_options: { include_usage: true } } : withoutOptions(body);
}

/** Mistral and Perplexity count every stream; all others are asked to. */
const isAsked = (kind: string): boolean => kind !== 'mistral' && kind !== 'perplexity';

const isEstimated = ({ id }: Recording): boolean => notCarriedOver('usage').some(({ recording }) => recording === id);

const gistOfReceived = (recording: Recording, text: string): Gist =>
  isStream(recording) ? gistOfChunks(text) : gistOfCompletion(text);

describe.skipIf(!recordingsAvailable)('the recordings of OpenAI’s dialect', () => {
  it('are there', () => {
    expect(kinds).toEqual([
      'cerebras',
      'deepseek',
      'groq',
      'huggingface',
      'llamacpp',
      'mistral',
      'openai',
      'openai-compatible',
      'openrouter',
      'perplexity',
      'together',
      'xai',
      'zai',
    ]);
    expect(chats.filter(isJson).length).toBeGreaterThanOrEqual(52);
    expect(chats.filter(isWhole).length).toBeGreaterThanOrEqual(36);
    expect(chats.filter(isBroken).length).toBeGreaterThanOrEqual(2);
    expect(chats.filter(isFailed).length).toBeGreaterThanOrEqual(16);
  });
});

describe.skipIf(!recordingsAvailable).each(kinds)('recorded with %s, played through the gateway:', (kind) => {
  const mine = chats.filter((recording) => kindOf(recording) === kind);
  const json = rows(mine.filter(isJson));
  const streams = rows(mine.filter(isWhole));
  const broken = rows(mine.filter(isBroken));
  const failed = rows(mine.filter(isFailed));
  let playback: Playback;

  beforeAll(async () => {
    playback = await Playback.start(kind);
  });

  afterAll(() => playback.close());

  it('has its preset at the host of the recordings', () => {
    const { baseUrl }: OpenAiPreset = OPENAI_PRESETS[kind as OpenAiKind];
    const hosts = new Set(mine.map(({ request }) => request.host));
    if (baseUrl !== undefined) expect([...hosts]).toEqual([new URL(baseUrl).host]);
  });

  it.skipIf(json.length === 0).each(json)('%s arrives to the byte', async (_, recording) => {
    const { status, headers, text, record } = await playback.exchange(recording);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(recording.response.headers['content-type'] ?? 'application/json');
    if (isInParts(recording)) expect(rest(text)).toEqual(rest(responseBytes(recording).toString()));
    else expect(text).toBe(responseBytes(recording).toString());
    const gist = gistOfCompletion(text);
    expect(gist).toEqual(gistOf(recording));
    expectSomething(recording, gist);
    expect(record).toMatchObject({
      status: 'completed',
      grade: 'exact',
      streaming: false,
      provider: kind,
      model: modelOf(recording),
      tokens: expectedTokens(recording, gist.usage),
    });
    expectSum(record.tokens, gist.usage);
  });

  describe.skipIf(streams.length === 0).each([true, false])('with the usage asked for: %s,', (asks) => {
    it.each(streams)('%s arrives to the byte', async (_, recording) => {
      const body = requestText(streamRequest(recording, asks));
      const { status, headers, text, record } = await playback.exchange(recording, { body });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(text).toBe(expectedStream(responseBytes(recording).toString(), asks));
      const truth = gistOf(recording);
      const gist = gistOfChunks(text);
      expect({ ...gist, usage: truth.usage }).toEqual(truth);
      if (asks) expect(gist.usage).toEqual(truth.usage);
      expectSomething(recording, gist);
      expect(record).toMatchObject({ status: 'completed', streaming: true, provider: kind, model: modelOf(recording) });
      expect(record.firstChunkMs).not.toBeNull();
      if (isEstimated(recording)) {
        expect(truth.usage).toBeUndefined();
        expect(record.grade).toBe('estimated');
        expect(record.tokens.output).toBeGreaterThan(0);
      } else {
        expect(record.grade).toBe('exact');
        expect(record.tokens).toEqual(expectedTokens(recording, truth.usage));
        expectSum(record.tokens, truth.usage);
      }
    });
  });

  it.skipIf(streams.length === 0)('the smallest stream arrives whole in pieces of 1 to 7 bytes', async () => {
    const [smallest] = streams.map(([, recording]) => recording).sort((a, b) => size(a) - size(b));
    if (smallest === undefined) throw new Error('There is no stream.');
    const { text, record } = await playback.exchange(smallest, { pieces: crumbs });
    expect(text).toBe(expectedStream(responseBytes(smallest).toString(), asksForUsage(smallest)));
    expect(record).toMatchObject({ status: 'completed' });
  });

  it.skipIf(broken.length === 0).each(broken)('%s ends with its error', async (_, recording) => {
    const { status, text, record } = await playback.exchange(recording);
    expect(status).toBe(200);
    expect(text).toBe(expectedStream(responseBytes(recording).toString(), asksForUsage(recording)));
    expect(text).not.toContain('[DONE]');
    const { message, code } = inStreamError(recording) ?? {};
    const last = JSON.parse(text.trimEnd().split('\n').at(-1)?.slice('data: '.length) ?? '') as Json;
    expect(last).toEqual({ error: { message, type: 'server_error', param: null, code: String(code) } });
    expect(record).toMatchObject({ status: 'failed', errorCode: String(code), grade: 'estimated' });
    expect(isEstimated(recording)).toBe(true);
    expect(record.tokens.output + record.tokens.reasoning).toBeGreaterThan(0);
  });

  it.skipIf(failed.length === 0).each(failed)('%s is told', async (_, recording) => {
    const { status, headers, text, record } = await playback.exchange(recording);
    expect(status).toBe(recording.response.status);
    expect(headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(text)).toEqual({ error: expectedError(recording) });
    expect(headers.get('retry-after')).toBe(recording.response.headers['retry-after'] ?? null);
    const { code } = expectedError(recording);
    expect(record).toMatchObject({
      status: 'failed',
      httpStatus: status,
      errorCode: code ?? 'upstream_error',
      grade: 'none',
      tokens: NO_TOKENS,
      attempts: [{ status, error: code ?? 'upstream_error' }],
    });
  });

  it.each(rows(mine.filter((one) => !hasForeignIds(one))))(
    '%s is asked for in the client’s own bytes',
    async (_, recording) => {
      const body = requestBody(recording);
      await playback.exchange(recording, { body: requestText(body) });
      const seen = playback.upstream.last;
      expect(seen).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
      expect(seen.headers).toMatchObject({ authorization: 'Bearer sk-upstream', 'content-type': 'application/json' });
      const asks = body['stream'] === true && !asksForUsage(recording) && isAsked(kind);
      expect(seen.text).toBe(withUsage(requestText(body), asks));
    },
  );

  it.each(rows(mine.filter((one) => !hasForeignIds(one))))(
    '%s is asked for with nothing changed but the model',
    async (_, recording) => {
      const body = withoutOptions(requestBody(recording));
      const model = modelOf(recording);
      const renamed = requestText({ ...body, model: `${kind}/${model}` });
      await playback.exchange(recording, { body: renamed });
      const expected = renamed.replace(
        `\n  "model": ${JSON.stringify(`${kind}/${model}`)}`,
        () => `\n  "model": ${JSON.stringify(model)}`,
      );
      expect(expected).not.toBe(renamed);
      expect(playback.upstream.last.text).toBe(withUsage(expected, body['stream'] === true && isAsked(kind)));
    },
  );

  it.skipIf(!mine.some(hasForeignIds)).each(rows(mine.filter(hasForeignIds)))(
    '%s is asked for with ids that Mistral takes',
    async (_, recording) => {
      const body = requestText(requestBody(recording));
      await playback.exchange(recording, { body });
      const { text } = playback.upstream.last;
      const idsIn = (written: string): string[] => [
        ...new Set([...written.matchAll(/"(?:id|tool_call_id)": ?"([^"]*)"/g)].map(([, id = '']) => id)),
      ];
      const ids = idsIn(text);
      for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
      const recorded = idsIn(body);
      const restored = ids.reduce((sent, id, at) => sent.replaceAll(`"${id}"`, () => `"${recorded[at]}"`), text);
      expect(JSON.parse(restored)).toEqual(JSON.parse(body));
    },
  );

  it('replaces the options of a stream where they do not ask for the usage', async () => {
    const [recording] = mine;
    if (recording === undefined) throw new Error('There is no recording.');
    const body = (include_usage: boolean): string =>
      requestText({
        model: modelOf(recording),
        stream_options: { include_obfuscation: false, include_usage },
        messages: [{ role: 'user', content: 'Hello' }],
        stream: true,
      });
    await playback.exchange(recording, { body: body(false) });
    const changed = body(false).replace(
      /\{\s*"include_obfuscation": false,\s*"include_usage": false\s*\}/,
      '{"include_obfuscation":false,"include_usage":true}',
    );
    expect(changed).not.toBe(body(false));
    const expectSent = (text: string): void => {
      const { text: seen } = playback.upstream.last;
      // Mistral refuses a request for one field that it does not know.
      if (kind === 'mistral') expect(JSON.parse(seen)).toEqual(withoutOptions(JSON.parse(text) as Json));
      else expect(seen).toBe(text);
    };
    expectSent(isAsked(kind) ? changed : body(false));
    await playback.exchange(recording, { body: body(true) });
    expectSent(body(true));
  });
});

/** Audio; a model that had nothing to say; tokens that all went into hidden reasoning. */
const WORDLESS: ReadonlySet<string> = new Set([
  'openai/chat--audio-out--gpt-4o-mini-audio-preview',
  'openai/chat--finish-length--gpt-5-nano',
  'openai/chat--finish-length--gpt-5.1',
  'openai/chat-stream--finish-length--gpt-5-nano',
  'openrouter/chat--plain--claude-haiku-4.5',
]);

/** A few recordings hold an answer without a word; every other says something. */
function expectSomething(recording: Recording, { choices }: Gist): void {
  const says = choices.some(
    ({ content, refusal, reasoning, toolCalls, functionCall }) =>
      content !== '' || refusal !== '' || reasoning !== '' || toolCalls.length > 0 || functionCall !== undefined,
  );
  expect(says).toBe(!WORDLESS.has(recording.id));
  for (const { toolCalls } of choices) {
    for (const call of toolCalls) {
      expect(call.id).toEqual(expect.any(String));
      expect(call.name).not.toBe('');
      // Arguments cut short by a token limit are no JSON.
      if (choices[0]?.finish !== 'length') expect(JSON.parse(call.arguments)).toEqual(expect.any(Object));
    }
  }
}

/** Whatever the provider includes in what: the buckets together are all that it counted. */
function expectSum(tokens: object, usage: unknown): void {
  const sum = Object.values(tokens).reduce<number>((total, count) => total + Number(count), 0);
  expect(sum).toBe((usage as Json)['total_tokens']);
}

/** A request's text as the provider gets it: with one member more, in front, where the gateway asks for the usage. */
function withUsage(text: string, asks: boolean): string {
  return asks ? text.replace('{', '{"stream_options":{"include_usage":true},') : text;
}

/** A completion without what its message says. */
function rest(text: string): unknown {
  const { choices, ...others } = JSON.parse(text) as { choices: { message: Json }[] };
  const said = new Set(['content', 'reasoning_content', 'reasoning_details']);
  return {
    ...others,
    choices: choices.map((choice) => ({
      ...choice,
      message: Object.fromEntries(Object.entries(choice.message).filter(([name]) => !said.has(name))),
    })),
  };
}

function withoutOptions(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'stream_options'));
}

const size = (recording: Recording): number => responseBytes(recording).length;

describe.skipIf(!recordingsAvailable)('the comparison', () => {
  const json = chats.find(({ id }) => id === 'openai/chat--tool-call+image-base64+system--gpt-4o');
  const stream = chats.find(({ id }) => id === 'openai/chat-stream--tool-call+system--gpt-4o-mini');
  const mutations: [string, (text: string) => string][] = [
    ['a wrong text', (text) => text.replace(/("content":\s?")(?!")/, '$1another ')],
    ['a lost tool argument', (text) => text.replace(/("arguments":\s?")((?:[^"\\]|\\.)+)"/, '$1"')],
    ['a wrong tool', (text) => text.replace(/("function":\s?\{"name":\s?")/, '$1other_')],
    ['a wrong id of a call', (text) => text.replace(/("id":\s?"call_)/, '$1x')],
    ['another finish', (text) => text.replace(/("finish_reason":\s?")(stop|tool_calls)/, '$1length')],
    ['a wrong usage', (text) => text.replace(/("prompt_tokens":\s?)(\d+)/, '$19$2')],
  ];
  let playback: Playback;

  beforeAll(async () => {
    playback = await Playback.start('openai');
  });

  afterAll(() => playback.close());

  const verdicts = async (recording: Recording | undefined, mutate: (text: string) => string): Promise<boolean[]> => {
    if (recording === undefined) throw new Error('There is no recording to try it on.');
    const recorded = responseBytes(recording).toString();
    const mutated = mutate(recorded);
    const { text, record } = await playback.exchange(recording, { bytes: Buffer.from(mutated) });
    const truth = gistOf(recording);
    const expected = isStream(recording) ? expectedStream(recorded, asksForUsage(recording)) : recorded;
    return [
      text === expected,
      isEqual(gistOfReceived(recording, text), truth),
      isEqual(record.tokens, expectedTokens(recording, truth.usage)),
    ];
  };

  it('finds nothing where nothing is changed', async () => {
    for (const recording of [json, stream]) {
      expect(await verdicts(recording, (text) => text)).toEqual([true, true, true]);
    }
  });

  it.each(mutations)('notices %s', async (name, mutate) => {
    const streamsText = chats.find(({ id }) => id === 'openai/chat-stream--system--gpt-4o-mini');
    const jsonText = chats.find(({ id }) => id === 'openai/chat--json-mode--gpt-4o');
    const isText = name === 'a wrong text';
    for (const recording of isText ? [jsonText, streamsText] : [json, stream]) {
      const [toTheByte, gist] = await verdicts(recording, mutate);
      expect({ toTheByte, gist }).toEqual({ toTheByte: false, gist: false });
    }
  });

  it('notices a wrong usage on the record', async () => {
    for (const recording of [json, stream]) {
      const [, , tokens] = await verdicts(recording, (text) => text.replace(/("completion_tokens":\s?)(\d+)/, '$19$2'));
      expect(tokens).toBe(false);
    }
  });

  it('notices a lost chunk', async () => {
    const [toTheByte, gist] = await verdicts(stream, (text) => {
      const events = text.split('\n\n');
      return events.filter((_, place) => place !== 3).join('\n\n');
    });
    expect({ toTheByte, gist }).toEqual({ toTheByte: false, gist: false });
  });
});

function isEqual(actual: unknown, expected: unknown): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
