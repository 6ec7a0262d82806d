import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ChatClient, dataOf } from '../support/chat-client.js';
import { status } from '../support/fake-upstream.js';
import { PLAIN, USAGE } from './cases/feature-case.js';
import { DOUBLES } from './doubles.js';
import { type Json, list, object, type Scene } from './provider-double.js';
import { Stage } from './stage.js';
import { type Told } from './told.js';

const FORMS = [
  ['whole', false],
  ['streamed', true],
] as const;

const STATUSES = [400, 401, 403, 404, 429, 500, 503];

/** Beyond ASCII, beyond the basic plane, joined by marks; what JSON escapes; ends of lines that are none for JSON. */
const UNICODE = ['Größe ', '漢字 ', '👩‍👩‍👧 ', 'e\u0301 ', '"quoted" \\ ', 'line\nline\r\n\t', '\u2028\u2029 ', 'عربى'];

const WORDS = ['alpha ', 'beta ', 'gamma ', 'omega'];

/** Lets what was written be read: another turn of the loop for each side. */
const turn = async (): Promise<void> => {
  for (let count = 0; count < 3; count++) await new Promise((resolve) => setImmediate(resolve));
};

describe.each(DOUBLES.map((double) => [double.kind, double] as const))('%s', (_kind, double) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open(double);
  });

  afterAll(() => stage.close());

  async function ownStage(): Promise<Stage> {
    const own = await Stage.open(double);
    onTestFinished(() => own.close());
    return own;
  }

  /** A stream as its client gets it. */
  async function streamed(body: Json = {}): Promise<ChatClient> {
    const client = new ChatClient(stage.gateway, {
      model: 'model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      ...body,
    });
    await client.waitFor(({ isOver }) => isOver);
    return client;
  }

  describe.each(FORMS)('%s:', (_form, streaming) => {
    it('asks where and as whom the provider wants it', async () => {
      stage.plays(PLAIN);
      const { seen, native } = await stage.ask({}, { streaming });
      expect([seen.method, seen.path]).toEqual(['POST', double.chatPath(streaming)]);
      expect(double.letsIn(seen)).toBe(true);
      expect(JSON.stringify(seen.headers)).not.toContain(stage.gateway.key);
      expect([native.model, native.streaming]).toEqual([double.model, streaming]);
    });

    it('carries a conversation, its system text first', async () => {
      stage.plays(PLAIN);
      const messages = [
        { role: 'system', content: 'Be kind.' },
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'How ' },
            { type: 'text', text: 'are you?' },
          ],
        },
      ];
      const { native } = await stage.ask({ messages }, { streaming, policy: 'strict' });
      expect(native.system.join('\n\n').replaceAll(/\n+/g, '\n')).toBe('Be kind.\nBe brief.');
      const said = native.turns.map(({ role, parts }) => [
        role,
        // Where a message is one text, its parts may be kept apart by the end of a line.
        parts
          .map((part) => (part.type === 'text' ? part.text : '?'))
          .join('')
          .replaceAll(/\s+/g, ' '),
      ]);
      expect(said).toEqual([
        ['user', 'Hi'],
        ['assistant', 'Hello'],
        ['user', 'How are you?'],
      ]);
      expect([native.tools, native.toolChoice, native.format]).toEqual([[], undefined, undefined]);
    });

    it('answers, and counts', async () => {
      stage.plays({ ...PLAIN, usage: { input: 21, cacheRead: 3, output: 9, reasoning: 2 } });
      const outcome = await stage.ask({}, { streaming });
      const { text, finish, usage, calls, refusal, reasoning } = outcome.told;
      expect([text, finish, calls, refusal, reasoning]).toEqual(['Hello', 'stop', [], '', '']);
      const tokens = double.tokens({ input: 21, cacheRead: 3, output: 9, reasoning: 2 });
      const prompt = tokens.inputUncached + tokens.cacheRead;
      const completion = tokens.output + tokens.reasoning;
      expect(usage).toMatchObject({
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: prompt + completion,
      });
      expect(await outcome.record()).toMatchObject({ status: 'completed', grade: 'exact', streaming, tokens });
    });

    it('carries text beyond ASCII both ways', async () => {
      stage.plays({ ...PLAIN, text: UNICODE });
      const content = UNICODE.join('');
      const { told, native } = await stage.ask({ messages: [{ role: 'user', content }] }, { streaming });
      expect(told.text).toBe(content);
      expect(native.turns).toEqual([{ role: 'user', parts: [{ type: 'text', text: content }] }]);
    });

    it('answers where there is nothing to say', async () => {
      stage.plays({ text: [], finish: 'stop', usage: { ...USAGE, output: 0 } });
      const { told, status: code } = await stage.ask({}, { streaming });
      expect([code, told.text, told.finish, told.calls]).toEqual([200, '', 'stop', []]);
    });

    it.each(double.tells.finishes)('says why it ended: %s', async (finish) => {
      const calls = [{ id: 'call_1', name: 'get_time', arguments: {} }];
      const scene: Scene = { ...PLAIN, finish, ...(finish === 'tool_calls' ? { calls } : {}) };
      stage.plays(scene);
      const { told } = await stage.ask({}, { streaming });
      expect(told.finish).toBe(finish);
    });

    it('gives every tool call an id of its own', async () => {
      const calls = ['one', 'two'].map((id) => ({ id, name: 'get_time', arguments: {} }));
      stage.plays({ calls, finish: 'tool_calls', usage: USAGE });
      const ids = (await stage.ask({}, { streaming })).told.calls.map(({ id }) => id);
      if (double.tells.callIds) expect(ids).toEqual(['one', 'two']);
      else expect(new Set(ids.filter(Boolean)).size).toBe(2);
    });

    it.each(STATUSES)('tells the provider’s error %i', async (code) => {
      // A key that its provider limits is left alone for a while.
      const own = await ownStage();
      const headers = code === 429 ? { 'retry-after': '7' } : {};
      own.upstream.always(status(code, double.error(code, `What went wrong: ${code}`), headers));
      const outcome = await own.ask({}, { streaming });
      expect(outcome.status).toBe(code);
      expect(outcome.error).toMatchObject({ message: `What went wrong: ${code}`, type: 'upstream_error' });
      expect(outcome.answer.headers['retry-after']).toBe(code === 429 ? '7' : undefined);
      expect(outcome.answer.headers['content-type']).toMatch(/^application\/json/);
      expect(await outcome.record()).toMatchObject({ status: 'failed', httpStatus: code, grade: 'none' });
    });

    it('tells an error that is a proxy’s page', async () => {
      stage.upstream.always(status(503, '<html><h1>Bad gateway</h1></html>', { 'content-type': 'text/html' }));
      const outcome = await stage.ask({}, { streaming });
      expect(outcome.status).toBe(503);
      expect(outcome.error).toMatchObject({ type: 'upstream_error', message: expect.any(String) as string });
      expect(outcome.answer.text).not.toContain('<html>');
    });

    it.each([
      ['no JSON', 'Hello'],
      ['JSON of another sort', '{"unexpected":true}'],
      ['no object', '[]'],
      ['cut off', '{"choices":[{"message":'],
      ['empty', ''],
    ])('finds an answer not valid that is %s', async (_what, body) => {
      stage.upstream.always((seen) => {
        seen.head(200, { 'content-type': streaming ? double.streamType : 'application/json' });
        seen.end(body);
      });
      const { status: code, error } = await stage.ask({}, { streaming });
      expect(code).toBe(502);
      expect(error).toMatchObject({ type: 'upstream_error', code: expect.stringMatching(/^upstream_/) as string });
    });
  });

  it('ends a stream with [DONE], and shows the usage only where it is asked for', async () => {
    stage.plays(PLAIN);
    const client = await streamed();
    expect([client.status, client.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(client.events.at(-1)).toBe('data: [DONE]');
    const chunks = dataOf(client.text).map(object);
    // Beside a choice it is the provider's own.
    const isUsage = ({ usage, choices }: Json): boolean => Boolean(usage) && list(choices).length === 0;
    expect(chunks.filter(isUsage)).toEqual([]);
    expect(new Set(chunks.map(({ id }) => id).filter((id) => id !== '')).size).toBe(1);
    const record = await stage.recordOf(client);
    expect(record).toMatchObject({ grade: 'exact', tokens: double.tokens(PLAIN.usage) });
  });

  const FULL: Scene = {
    ...(double.tells.reasoning ? { reasoning: { pieces: ['Hm, ', 'größer.'], seal: 'c2VhbA==' } } : {}),
    text: UNICODE,
    finish: 'stop',
    usage: USAGE,
  };
  const CALLING: Scene = {
    calls: ['call_1', 'call_2'].map((id) => ({ id, name: 'get_weather', arguments: { city: 'Zürich 😀', days: 3 } })),
    finish: 'tool_calls',
    usage: USAGE,
  };
  /** Whole, for the comparison, and in pieces. */
  async function bothWays(scene: Scene, size: number): Promise<[uncut: Told, cut: Told]> {
    stage.plays(scene);
    const { told: uncut } = await stage.ask({}, { streaming: true });
    const bytes = Buffer.concat(double.events(scene));
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    stage.upstream.always(async (seen) => {
      seen.head(200, { 'content-type': double.streamType });
      for (const piece of pieces) {
        await seen.write(piece);
        await turn();
      }
      seen.end();
    });
    return [uncut, (await stage.ask({}, { streaming: true })).told];
  }

  it.each([1, 2, 3, 7, 61])('reads a stream that comes in pieces of %i bytes', async (size) => {
    for (const scene of [FULL, CALLING]) {
      const [uncut, cut] = await bothWays(scene, size);
      expect(cut.text).toBe((scene.text ?? []).join(''));
      expect(cut.reasoning).toBe((scene.reasoning?.pieces ?? []).join(''));
      expect(cut.calls.map(({ name, arguments: value }) => ({ name, arguments: value }))).toEqual(
        (scene.calls ?? []).map(({ name, arguments: value }) => ({ name, arguments: value })),
      );
      expect([cut.finish, cut.usage]).toEqual([uncut.finish, uncut.usage]);
    }
  });

  it('hands on every piece of a slow stream as it comes', async () => {
    const events = double.events({ ...PLAIN, text: WORDS });
    const client = new ChatClient(stage.gateway, {
      model: 'model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    });
    let heard = '';
    stage.upstream.always(async (seen) => {
      seen.head(200, { 'content-type': double.streamType });
      for (const event of events) {
        await seen.write(event);
        const word = WORDS.find((one) => event.includes(JSON.stringify(one)));
        if (word === undefined) continue;
        heard += word;
        await client.waitFor(({ content }) => content === heard);
      }
      seen.end();
    });
    await client.waitFor(({ isOver }) => isOver);
    expect(heard).toBe(WORDS.join(''));
    expect([client.content, client.events.at(-1)]).toEqual([heard, 'data: [DONE]']);
  });

  const eventOf = (events: readonly Buffer[], word: string): number =>
    events.findIndex((event) => event.includes(JSON.stringify(word)));

  it('says so when a stream breaks off after its first words', async () => {
    const events = double.events({ ...PLAIN, text: WORDS });
    const pieces = events.slice(0, eventOf(events, WORDS[1] ?? '') + 1);
    stage.upstream.always(stage.stream(PLAIN, pieces));
    const client = await streamed();
    expect([client.status, client.content]).toEqual([200, 'alpha beta ']);
    expect(client.text).not.toContain('[DONE]');
    expect(object(dataOf(client.text).at(-1))['error']).toMatchObject({ code: 'upstream_stream_broken' });
    expect(await stage.recordOf(client)).toMatchObject({ status: 'failed', grade: 'estimated' });
  });

  it('answers with a status when a stream breaks off before its first words', async () => {
    const events = double.events({ ...PLAIN, text: WORDS });
    stage.upstream.always(stage.stream(PLAIN, events.slice(0, eventOf(events, WORDS[0] ?? ''))));
    const client = await streamed();
    expect([client.status, object(client.json['error'])['code']]).toEqual([502, 'upstream_stream_broken']);
  });

  const { streamError } = double;

  it.skipIf(streamError === undefined)('tells an error inside a stream', async () => {
    const events = double.events({ ...PLAIN, text: WORDS });
    const before = events.slice(0, eventOf(events, WORDS[1] ?? '') + 1);
    const failure = streamError?.('Too many people') ?? Buffer.alloc(0);
    stage.upstream.always(stage.stream(PLAIN, [...before, failure, ...events.slice(before.length)]));
    const client = await streamed();
    expect([client.status, client.content]).toEqual([200, 'alpha beta ']);
    expect(client.text).not.toContain('[DONE]');
    expect(object(dataOf(client.text).at(-1))['error']).toMatchObject({ message: 'Too many people' });
    expect(await stage.recordOf(client)).toMatchObject({ status: 'failed', grade: 'estimated' });
  });

  it.skipIf(streamError === undefined)('answers with a status to an error that begins a stream', async () => {
    const events = double.events({ ...PLAIN, text: WORDS });
    const failure = streamError?.('Too many people') ?? Buffer.alloc(0);
    stage.upstream.always(stage.stream(PLAIN, [...events.slice(0, eventOf(events, WORDS[0] ?? '')), failure]));
    const client = await streamed();
    expect(client.status).toBeGreaterThanOrEqual(400);
    expect(client.json['error']).toMatchObject({ message: 'Too many people', type: 'upstream_error' });
  });
});
