import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_TOKENS, type TokenUsage } from '../../src/protocol/token-usage.js';
import { OPENAI_PRESETS, type OpenAiKind, type OpenAiPreset } from '../../src/providers/openai/openai.presets.js';
import { notCarriedOver } from './not-carried-over.js';
import { expectedError, type Json } from './openai-reader.js';
import {
  crumbs,
  isFailed,
  kindOf,
  modelOf,
  operations,
  Playback,
  type Recording,
  recordingsAvailable,
  requestBody,
  requestText,
  responseBytes,
  rows,
} from './openai-recordings.js';

/** The operation on the usage record, by the wire dialect. */
const OPERATIONS: Record<string, string> = {
  completions: 'text_completion',
  embeddings: 'embeddings',
  'images.generations': 'image_generation',
  'audio.speech': 'speech',
};

const answered = operations.filter((recording) => !isFailed(recording));
const failed = operations.filter(isFailed);
const kinds = [...new Set(operations.map(kindOf))].sort();

/** What the provider counted, read with nothing of the gateway's; `undefined` where it counted no tokens. */
function countedBy({ response }: Recording): TokenUsage | undefined {
  const usage = ((response.body as Json | undefined)?.['usage'] ?? {}) as Record<string, number | undefined>;
  const input = usage['prompt_tokens'] ?? usage['input_tokens'];
  if (input === undefined) return undefined;
  return { ...NO_TOKENS, inputUncached: input, output: usage['completion_tokens'] ?? usage['output_tokens'] ?? 0 };
}

/** The answer's substance: vectors, texts, pictures, sound. */
function substanceOf(recording: Recording, bytes: Buffer): unknown[] {
  if (recording.api === 'audio.speech') return [bytes.toString('base64')];
  const answer = JSON.parse(bytes.toString()) as { data?: Json[]; choices?: Json[] };
  return [...(answer.data ?? []), ...(answer.choices ?? [])].map(
    ({ embedding, url, b64_json: image, text }) => embedding ?? url ?? image ?? text,
  );
}

/** Whether what came is what was recorded: to the byte, in substance, and on the record. */
function verdictOf(
  recording: Recording,
  { bytes, record }: { bytes: Buffer; record: { grade: string; tokens: TokenUsage } },
) {
  const counted = countedBy(recording);
  return {
    toTheByte: bytes.equals(responseBytes(recording)),
    substance:
      JSON.stringify(substanceOf(recording, bytes)) ===
      JSON.stringify(substanceOf(recording, responseBytes(recording))),
    usage:
      counted === undefined
        ? record.grade === 'estimated'
        : record.grade === 'exact' && JSON.stringify(record.tokens) === JSON.stringify(counted),
  };
}

const RIGHT = { toTheByte: true, substance: true, usage: true };

describe.skipIf(!recordingsAvailable)('the recordings beside chat', () => {
  it('are there', () => {
    const count = (api: string): number => answered.filter((recording) => recording.api === api).length;
    expect(Object.keys(OPERATIONS).map(count)).toEqual([1, 7, 3, 2]);
    expect(failed).toHaveLength(2);
    expect(kinds).toEqual(['mistral', 'openai', 'openai-compatible', 'xai']);
  });
});

describe.skipIf(!recordingsAvailable).each(kinds)('recorded with %s, played through the gateway:', (kind) => {
  const mine = operations.filter((recording) => kindOf(recording) === kind);
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

  it.each(rows(mine.filter((recording) => !isFailed(recording))))('%s arrives to the byte', async (_, recording) => {
    const exchange = await playback.exchange(recording);
    expect(exchange.status).toBe(200);
    expect(exchange.headers.get('content-type')).toBe(recording.response.headers['content-type']);
    expect(verdictOf(recording, exchange)).toEqual(RIGHT);
    expect(substanceOf(recording, exchange.bytes).every(Boolean)).toBe(true);
    expect(exchange.record).toMatchObject({
      status: 'completed',
      operation: OPERATIONS[recording.api],
      provider: kind,
      model: modelOf(recording),
    });
    const isEstimated = notCarriedOver('usage').some(({ recording: id }) => id === recording.id);
    expect(countedBy(recording) === undefined).toBe(isEstimated);
  });

  it.each(rows(mine.filter((recording) => !isFailed(recording))))(
    '%s arrives in pieces of 1 to 7 bytes',
    async (_, recording) => {
      const bytes = responseBytes(recording);
      // Of the longer ones the beginning and the end in crumbs, where the members stand.
      const pieces = (): Iterable<Buffer> =>
        bytes.length < 6_000
          ? crumbs(bytes)
          : [...crumbs(bytes.subarray(0, 300)), bytes.subarray(300, -300), ...crumbs(bytes.subarray(-300))];
      expect(verdictOf(recording, await playback.exchange(recording, { pieces }))).toEqual(RIGHT);
    },
  );

  it.each(rows(mine))('%s is asked for in the client’s own bytes', async (_, recording) => {
    const body = requestText(requestBody(recording));
    await playback.exchange(recording, { body });
    const seen = playback.upstream.last;
    expect(seen).toMatchObject({ method: 'POST', path: recording.request.path });
    expect(seen.text).toBe(body);
  });

  it.each(rows(mine))('%s is asked for with nothing changed but the model', async (_, recording) => {
    const body = requestBody(recording);
    const model = modelOf(recording);
    const renamed = requestText({ ...body, model: `${kind}/${model}` });
    await playback.exchange(recording, { body: renamed });
    expect(playback.upstream.last.text).toBe(requestText({ ...body, model }));
  });

  it.skipIf(!mine.some(isFailed)).each(rows(mine.filter(isFailed)))('%s is told', async (_, recording) => {
    const { status, headers, text, record } = await playback.exchange(recording);
    expect(status).toBe(recording.response.status);
    expect(headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(text)).toEqual({ error: expectedError(recording) });
    expect(record).toMatchObject({ status: 'failed', httpStatus: status, grade: 'none', tokens: NO_TOKENS });
  });
});

describe.skipIf(!recordingsAvailable)('the comparison beside chat', () => {
  const counted = answered.filter((recording) => kindOf(recording) === 'openai' && countedBy(recording) !== undefined);
  const speech = answered.filter(({ api }) => api === 'audio.speech');
  let playback: Playback;

  beforeAll(async () => {
    playback = await Playback.start('openai');
  });

  afterAll(() => playback.close());

  it.each(rows(counted))('notices a wrong usage of %s', async (_, recording) => {
    const changed = responseBytes(recording)
      .toString()
      .replace(/("(?:prompt|input)_tokens":\s?)(\d+)/, '$19$2');
    const verdict = verdictOf(recording, await playback.exchange(recording, { bytes: Buffer.from(changed) }));
    expect(verdict).toEqual({ toTheByte: false, substance: true, usage: false });
  });

  it.each(rows([...counted, ...speech]))('notices another content of %s', async (_, recording) => {
    const bytes = responseBytes(recording);
    const text = bytes.toString('latin1');
    const changed =
      recording.api === 'audio.speech'
        ? Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)])
        : Buffer.from(text.replace(/("(?:embedding|b64_json|text)":\s?[["]+)(.)/, '$17$2'), 'latin1');
    const verdict = verdictOf(recording, await playback.exchange(recording, { bytes: changed }));
    expect(verdict).toMatchObject({ toTheByte: false, substance: false });
  });

  it('notices sound that is cut short', async () => {
    const [recording] = speech;
    if (recording === undefined) throw new Error('There is no recording to try it on.');
    const bytes = responseBytes(recording).subarray(0, -1);
    expect(verdictOf(recording, await playback.exchange(recording, { bytes }))).toMatchObject({ toTheByte: false });
  });
});
