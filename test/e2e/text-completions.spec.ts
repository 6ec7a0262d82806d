import { describe, expect, it } from 'vitest';
import { chat, type ClientAnswer, ChatClient } from '../support/chat-client.js';
import { DONE, openAiError, type SeenRequest, stream } from '../support/fake-upstream.js';
import { oneProvider, type Scene, twoProviders } from '../support/scene.js';

const PATH = '/v1/completions';
const REQUEST = { model: 'model', prompt: 'Once upon', stream: true };

const ask = ({ gateway }: Pick<Scene, 'gateway'>, body: object): Promise<ClientAnswer> =>
  chat(gateway, { model: 'model', prompt: 'Once upon', ...body }, { path: PATH });

const piece = (text: string, finishReason: string | null = null): object => ({
  id: 'cmpl-1',
  object: 'text_completion',
  choices: [{ index: 0, text, logprobs: null, finish_reason: finishReason }],
});

const counted = { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 };
const usageChunk = { id: 'cmpl-1', object: 'text_completion', choices: [], usage: counted };

const events = (...chunks: object[]): string => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');

const usage = async (seen: SeenRequest): Promise<void> => {
  if (seen.asksForUsage) await seen.write(events(usageChunk));
};

describe('/v1/completions, streamed', () => {
  it('comes event for event, with the usage on record', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(stream(piece(' a'), piece(' time'), piece('', 'stop'), usage, DONE));

    const answer = await chat(gateway, REQUEST, { path: PATH });

    expect(upstreams[0].last.json).toEqual({ ...REQUEST, stream_options: { include_usage: true } });
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(answer.text).toBe(events(piece(' a'), piece(' time'), piece('', 'stop')) + DONE);
    expect(await record()).toMatchObject({
      operation: 'text_completion',
      streaming: true,
      grade: 'exact',
      tokens: { inputUncached: 2, output: 3 },
    });
  });

  it('shows the usage to who asked for it', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].next(stream(piece(' a', 'stop'), usage, DONE));

    const answer = await chat(gateway, { ...REQUEST, stream_options: { include_usage: true } }, { path: PATH });

    expect(answer.text).toBe(events(piece(' a', 'stop'), usageChunk) + DONE);
  });

  it('counts as answered at its first text: before that the next provider is asked', async () => {
    const { gateway, upstreams } = await twoProviders({ first: { maxRetries: 0 } });
    const [first, second] = upstreams;
    first.always(stream(piece(''), (seen) => seen.reset()));
    second.always(stream(piece(' a'), piece('', 'stop'), DONE));

    const answer = await chat(gateway, REQUEST, { path: PATH });

    expect(answer.text).toBe(events(piece(' a'), piece('', 'stop')) + DONE);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });

  it('shows the first text when it comes, and is counted by its bytes where it breaks off', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    let cut = (): void => undefined;
    upstreams[0].always(
      stream(
        piece('x'.repeat(80)),
        (seen: SeenRequest) => new Promise<void>((resolve) => (cut = () => resolve(seen.reset()))),
      ),
    );
    const client = new ChatClient(gateway, REQUEST, { path: PATH });
    await client.waitFor(({ events: seen }) => seen.length === 1);
    cut();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.text).toContain('"type":"server_error"');
    expect(client.text).not.toContain('[DONE]');
    expect(await record()).toMatchObject({ status: 'failed', grade: 'estimated', tokens: { output: 20 } });
  });

  it('ends with the provider’s error where it had not begun', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 0 } });
    upstreams[0].always(openAiError(429, 'slow down'));
    expect((await chat(gateway, REQUEST, { path: PATH })).status).toBe(429);
  });
});

describe('/v1/completions', () => {
  it('is counted by its text where the provider does not count', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next((seen) => {
      seen.head(200, { 'content-type': 'application/json' });
      seen.end(JSON.stringify(piece('y'.repeat(40), 'stop')));
    });
    await chat(gateway, { ...REQUEST, stream: false }, { path: PATH });
    expect(await record()).toMatchObject({ grade: 'estimated', tokens: { output: 10 } });
  });

  it.each([
    ['no prompt', { prompt: undefined }, 'missing_required_parameter', 'prompt'],
    ['a prompt that is null', { prompt: null }, 'missing_required_parameter', 'prompt'],
    ['a prompt that is an object', { prompt: {} }, 'invalid_type', 'prompt'],
    ['a stream in words', { stream: 'yes' }, 'invalid_type', 'stream'],
    ['options of no stream', { stream_options: {} }, 'invalid_value', 'stream_options'],
    ['fewer than no tokens', { max_tokens: -1 }, 'invalid_value', 'max_tokens'],
    ['no choice', { n: 0 }, 'invalid_value', 'n'],
    ['too hot', { temperature: 3 }, 'invalid_value', 'temperature'],
    ['a stop that is a number', { stop: 1 }, 'invalid_type', 'stop'],
    ['a suffix that is a number', { suffix: 1 }, 'invalid_type', 'suffix'],
    ['an echo in words', { echo: 'yes' }, 'invalid_type', 'echo'],
    ['a list of biases', { logit_bias: [] }, 'invalid_type', 'logit_bias'],
  ])('refuses %s', async (_name, body, code, param) => {
    const scene = await oneProvider();
    const answer = await ask(scene, body);
    expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(scene.upstreams[0].dispatches).toBe(0);
  });
});
