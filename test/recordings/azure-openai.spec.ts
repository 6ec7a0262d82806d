import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OpenAiStreamReader } from '../../src/providers/openai/openai.stream.js';
import { expectedError, expectedStream, gistOf, gistOfChunks, gistOfCompletion, type Json } from './openai-reader.js';
import {
  crumbs,
  type Exchange,
  isFailed,
  isStream,
  modelOf,
  Playback,
  type Recording,
  recordingsAvailable,
  requestText,
  responseBytes,
  rows,
} from './openai-recordings.js';
import { selected } from './selections.js';

// Everything that Azure sends goes through as it is, and every recording is asked for at the address where it was
// recorded: by version 1, by dated versions with the deployment in the path, by the API for models of other makers.

const recordings = selected('azure-openai');
const isChat = ({ operation }: Recording): boolean => operation.startsWith('chat');

/** Where the recorder's client had two slashes Azure saw one. */
const pathOf = ({ request }: Recording): string => request.path.replace(/^\/+/, '/');

/** How a provider has to be set up for these addresses. */
interface Setup {
  readonly path: string;
  readonly apiVersion: string | undefined;
}

function setupOf(recording: Recording): Setup {
  const path = pathOf(recording);
  const apiVersion = /api-version=(.*)$/.exec(path)?.[1];
  return { path: path.startsWith('/models/') ? '/models' : '', apiVersion };
}

const setups = [...new Map(recordings.map((recording) => [JSON.stringify(setupOf(recording)), setupOf(recording)]))];

/** The name that goes into the path, or the body, as the upstream's. */
const deploymentOf = (recording: Recording): string =>
  /deployments\/([^/]+)\//.exec(pathOf(recording))?.[1] ?? modelOf(recording);

const requestOf = (recording: Recording): Json => ({
  messages: [{ role: 'user', content: 'Hello' }],
  ...(isStream(recording) ? { stream: true, stream_options: { include_usage: true } } : {}),
  ...recording.request.body,
  model: deploymentOf(recording),
});

const start = (mine: readonly Recording[], { path, apiVersion }: Setup): Promise<Playback> =>
  Playback.start('azure-openai', [...mine], (origin) => ({
    baseUrl: origin + path,
    ...(apiVersion === undefined ? {} : { apiVersion }),
    models: [...new Set(mine.map(deploymentOf))].map((name) => ({ name })),
  }));

const play = (playback: Playback, recording: Recording, bytes = responseBytes(recording)): Promise<Exchange> =>
  playback.exchange(recording, {
    body: requestText(requestOf(recording)),
    bytes,
    path: isChat(recording) ? '/v1/chat/completions' : '/v1/embeddings',
  });

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** What the provider counted, read with nothing of the gateway's. */
function countedBy(usage: unknown): object {
  const raw = usage as Json;
  const cached = number((raw['prompt_tokens_details'] as Json | undefined)?.['cached_tokens']);
  const reasoning = number((raw['completion_tokens_details'] as Json | undefined)?.['reasoning_tokens']);
  const prompt = number(raw['prompt_tokens']);
  return {
    inputUncached: Math.max(prompt - cached, 0),
    // A model of another maker's was seen to read more from its cache than it was given.
    cacheRead: Math.min(cached, prompt),
    output: number(raw['completion_tokens']) - reasoning,
    reasoning,
  };
}

describe.skipIf(!recordingsAvailable)('the recordings of Azure', () => {
  it('are there', () => {
    expect(recordings.filter(isChat).length).toBeGreaterThanOrEqual(17);
    expect(recordings.filter((recording) => !isChat(recording))).toHaveLength(2);
    expect(recordings.filter(isStream)).toHaveLength(5);
    expect(recordings.filter(isFailed)).toHaveLength(5);
    expect(setups.length).toBeGreaterThanOrEqual(6);
  });
});

describe.skipIf(!recordingsAvailable).each(setups)('recorded with %s, played through the gateway:', (key, setup) => {
  const mine = recordings.filter((recording) => JSON.stringify(setupOf(recording)) === key);
  const answered = rows(mine.filter((recording) => !isFailed(recording) && !isStream(recording)));
  const streams = rows(mine.filter(isStream));
  const failed = rows(mine.filter(isFailed));
  let playback: Playback;

  beforeAll(async () => {
    playback = await start(mine, setup);
  });

  afterAll(() => playback.close());

  /** One that a provider has told to wait sends nothing more for a while. */
  async function stageFor(recording: Recording): Promise<Playback> {
    if (recording.response.status !== 429) return playback;
    const own = await start(mine, setup);
    onTestFinished(() => own.close());
    return own;
  }

  it.each(rows(mine))('%s is asked for where it was recorded, in the client’s own bytes', async (_, recording) => {
    const stage = await stageFor(recording);
    await play(stage, recording);
    const { path, headers, text } = stage.upstream.last;
    expect(path).toBe(pathOf(recording));
    expect(headers).toMatchObject({ 'api-key': 'sk-upstream' });
    expect(headers).not.toHaveProperty('authorization');
    expect(text).toBe(requestText(requestOf(recording)));
  });

  it.skipIf(answered.length === 0).each(answered)('%s arrives to the byte', async (_, recording) => {
    const { status, text, record } = await play(playback, recording);
    expect([status, text]).toEqual([200, responseBytes(recording).toString()]);
    const { usage } = isChat(recording) ? gistOfCompletion(text) : (JSON.parse(text) as { usage: unknown });
    if (isChat(recording)) expect(gistOfCompletion(text)).toEqual(gistOf(recording));
    expect(record).toMatchObject({
      status: 'completed',
      grade: 'exact',
      provider: 'azure-openai',
      tokens: countedBy(usage),
    });
    const sum = Object.values(record.tokens).reduce((total, tokens) => total + tokens, 0);
    expect(sum).toBe((usage as Json)['total_tokens']);
  });

  it.skipIf(streams.length === 0).each(streams)('%s arrives to the byte', async (_, recording) => {
    const { status, text, record } = await play(playback, recording);
    expect([status, text]).toEqual([200, expectedStream(responseBytes(recording).toString(), true)]);
    expect(gistOfChunks(text)).toEqual(gistOf(recording));
    const { usage } = gistOf(recording);
    expect(record).toMatchObject({ status: 'completed', grade: 'exact', tokens: countedBy(usage) });
  });

  it.skipIf(failed.length === 0).each(failed)('%s is told', async (_, recording) => {
    const { status, headers, text } = await play(await stageFor(recording), recording);
    expect(status).toBe(recording.response.status);
    expect(JSON.parse(text)).toEqual({ error: expectedError(recording) });
    expect(headers.get('retry-after')).toBe(recording.response.headers['retry-after'] ?? null);
  });
});

describe.skipIf(!recordingsAvailable)('the streams of Azure', () => {
  it.each(rows(recordings.filter(isStream)))('%s says the same in pieces', (_, recording) => {
    const read = (pieces: Iterable<Buffer>): string => {
      const reader = new OpenAiStreamReader(true);
      const parts = [...Array.from(pieces, (piece) => reader.push(piece)), reader.end()];
      expect(parts.find((part) => part?.error)).toBeUndefined();
      return Buffer.concat(parts.flatMap((part) => part?.bytes ?? [])).toString();
    };
    const body = responseBytes(recording);
    const whole = read([body]);
    expect(`${whole}data: [DONE]\n\n`).toBe(expectedStream(body.toString(), true));
    expect(read(crumbs(body))).toBe(whole);
    expect(read(Array.from(body, (_byte, at) => body.subarray(at, at + 1)))).toBe(whole);
  });

  it('begin with what the filter says of the prompt, which is no content yet', () => {
    const first = recordings
      .filter(({ situations }) => situations.includes('prompt-filter-results'))
      .filter(isStream)
      .map((recording) => responseBytes(recording).toString().split('\n\n')[0] ?? '');
    expect(first.length).toBeGreaterThan(0);
    for (const event of first) {
      expect(event).toContain('"choices":[]');
      expect(new OpenAiStreamReader(true).push(Buffer.from(`${event}\n\n`))).toMatchObject({ hasContent: false });
    }
  });
});

describe.skipIf(!recordingsAvailable)('the comparison of what Azure said', () => {
  const changes: [string, (text: string) => string][] = [
    ['a wrong text', (text) => text.replace(/("content":\s?")(?!")/, '$1another ')],
    ['a lost tool argument', (text) => text.replace(/("arguments":\s?")((?:[^"\\]|\\.)+)"/, '$1"')],
    ['a wrong usage', (text) => text.replace(/("prompt_tokens":\s?)(\d+)/, '$19$2')],
  ];

  it.each(changes)('notices %s', async (name, change) => {
    const streams = recordings.filter(
      (recording) => isStream(recording) && setupOf(recording).apiVersion === undefined,
    );
    const playback = await start(streams, { path: '', apiVersion: undefined });
    let tried = 0;
    for (const recording of streams) {
      const recorded = responseBytes(recording).toString();
      const changed = change(recorded);
      if (changed === recorded) continue;
      tried++;
      const { text, record } = await play(playback, recording, Buffer.from(changed));
      const { usage } = gistOf(recording);
      expect(text).not.toBe(expectedStream(recorded, true));
      expect(gistOfChunks(text)).not.toEqual(gistOf(recording));
      if (name === 'a wrong usage') expect(record.tokens).not.toMatchObject(countedBy(usage));
    }
    await playback.close();
    expect(tried).toBeGreaterThan(0);
  });
});
