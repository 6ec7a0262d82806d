import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gistOf } from '../recordings/openai-reader.js';
import {
  asksForUsage,
  chats,
  kindOf,
  kinds,
  Playback,
  type Recording,
  recordingsAvailable,
  requestBody,
  responseBytes,
  rows,
} from '../recordings/openai-recordings.js';
import { clientOf } from './openai-client.js';

/** What the official client makes of an answer: its value, or its chunks; and what it throws. */
interface Seen {
  readonly values: unknown[];
  readonly error: unknown;
}

async function ask(client: OpenAI, recording: Recording): Promise<Seen> {
  const values: unknown[] = [];
  try {
    const body = requestBody(recording) as unknown as OpenAI.ChatCompletionCreateParams;
    const answer = await client.chat.completions.create(body);
    if (Symbol.asyncIterator in answer) for await (const chunk of answer) values.push(chunk);
    else values.push(answer);
    return { values, error: undefined };
  } catch (error) {
    return { values, error };
  }
}

/** Mistral answers in parts where it thinks. */
const hasParts = (recording: Recording): boolean => responseBytes(recording).includes('"type":"thinking"');

const isUsageOnly = (value: unknown): boolean =>
  (value as OpenAI.ChatCompletionChunk).choices.length === 0 && Boolean((value as OpenAI.ChatCompletionChunk).usage);

describe.skipIf(!recordingsAvailable)('recorded answers', () => {
  it('are there', () => {
    expect(chats.length).toBeGreaterThan(100);
  });

  describe.each(kinds)('the official client, in front of recorded answers of %s,', (kind) => {
    let playback: Playback;

    beforeAll(async () => {
      playback = await Playback.start(kind);
    });

    afterAll(() => playback.close());

    it.each(rows(chats.filter((recording) => kindOf(recording) === kind && !hasParts(recording))))(
      'makes the same of %s as without the gateway',
      async (_, recording) => {
        playback.plays(recording);
        const direct = new OpenAI({ baseURL: playback.upstream.baseUrl, apiKey: 'sk-any', maxRetries: 0 });
        const without = await ask(direct, recording);
        const through = await ask(clientOf(playback.gateway), recording);
        const expected = without.values.filter((value) => asksForUsage(recording) || !isUsageOnly(value));
        expect(through.values).toEqual(expected);
        if (without.error === undefined) {
          expect(through.error).toBeUndefined();
          expect(expected.length).toBeGreaterThan(0);
          return;
        }
        expect(through.error).toBeInstanceOf(APIError);
        const { status, constructor } = without.error as APIError;
        expect(through.error).toMatchObject({ status, constructor });
      },
    );
  });

  describe('the official client, in front of answers in parts, for which it has no types,', () => {
    it.each(rows(chats.filter(hasParts)))('gets the text of %s', async (_, recording) => {
      const playback = await Playback.start(kindOf(recording));
      try {
        playback.plays(recording);
        const { values } = await ask(clientOf(playback.gateway), recording);
        const contents = (values as OpenAI.ChatCompletion[]).map(({ choices }) => choices[0]?.message.content);
        expect(contents).toEqual([gistOf(recording).choices[0]?.content]);
        expect(contents[0]).not.toBe('');
      } finally {
        await playback.close();
      }
    });
  });
});
