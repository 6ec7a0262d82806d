import { describe, expect, it } from 'vitest';
import { chat, ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  anthropicAnswer,
  anthropicEvent,
  anthropicStream,
  DONE,
  forever,
  openAiError,
  role,
  type SeenRequest,
  status,
  stream,
  text,
} from '../support/fake-upstream.js';
import { oneProvider, PROVIDER_KEY, twoProviders } from '../support/scene.js';

const ANTHROPIC = { provider: { maxRetries: 0 }, second: { kind: 'anthropic' } };
const TOKENS = { input: 21, output: 9 };

describe('a deployment of another dialect', () => {
  it('takes over from the first', async () => {
    const { gateway, upstreams, record } = await twoProviders(ANTHROPIC);
    const [first, second] = upstreams;
    first.next(openAiError(503, 'busy'));
    second.next(anthropicAnswer('From the second', TOKENS));

    const answer = await chat(gateway);

    expect(answer.json).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'From the second' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
    });
    expect([second.last.path, second.last.headers['x-api-key']]).toEqual(['/v1/messages', PROVIDER_KEY]);
    expect(second.last.headers.authorization).toBeUndefined();
    expect(await record()).toMatchObject({ provider: 'second', tokens: { inputUncached: 21, output: 9 } });
    expect(second.tokens).toEqual(TOKENS);
  });

  it('takes over a stream that broke before its content', async () => {
    const { gateway, upstreams, record } = await twoProviders(ANTHROPIC);
    const [first, second] = upstreams;
    first.next(stream(role));
    second.next(anthropicStream(['Hel', 'lo'], TOKENS));

    const answer = new ChatClient(gateway, { ...STREAM_REQUEST, stream_options: { include_usage: true } });
    await answer.waitFor(({ isOver }) => isOver);

    expect([answer.status, answer.content, answer.text.endsWith(DONE)]).toEqual([200, 'Hello', true]);
    expect(dataOf(answer.text).at(-1)).toMatchObject({ usage: { prompt_tokens: 21, completion_tokens: 9 } });
    expect(await record()).toMatchObject({ grade: 'exact', tokens: { inputUncached: 21, output: 9 } });
  });

  it('hands over to the first as well', async () => {
    const { gateway, upstreams } = await twoProviders({ provider: { maxRetries: 0 }, first: { kind: 'anthropic' } });
    const [first, second] = upstreams;
    first.next(
      stream(
        anthropicEvent({ type: 'message_start', message: { id: 'm', usage: { input_tokens: 1, output_tokens: 0 } } }),
        anthropicEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
      ),
    );
    second.next(stream(role, text('Hello'), DONE));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(dataOf(answer.text)).toEqual([role, text('Hello')]);
    expect([first.dispatches, second.dispatches]).toEqual([1, 1]);
  });

  it('says its errors in the one envelope, without its key', async () => {
    const { gateway, upstreams } = await twoProviders(ANTHROPIC);
    const [first, second] = upstreams;
    first.next(openAiError(503, 'busy'));
    second.next(
      status(401, { type: 'error', error: { type: 'authentication_error', message: `no: ${PROVIDER_KEY}` } }),
    );

    const answer = await chat(gateway);

    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({
      error: { message: 'no: [redacted]', type: 'upstream_error', param: null, code: 'authentication_error' },
    });
  });
});

describe('a provider of another dialect whose stream is whole', () => {
  it.each([
    ['holds the connection', forever],
    ['cuts the connection', (seen: SeenRequest) => seen.cut()],
    ['goes on talking', (seen: SeenRequest) => seen.write('data: {nonsense\n\n')],
  ])('and that then %s', async (_name, behaviour) => {
    const { gateway, upstreams, record } = await oneProvider({ first: { kind: 'anthropic' } });
    upstreams[0].next(anthropicStream(['Hel', 'lo'], TOKENS, behaviour));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(dataOf(answer.text).at(-1)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] });
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect(upstreams[0].dispatches).toBe(1);
    expect(await record()).toMatchObject({
      status: 'completed',
      grade: 'exact',
      tokens: { inputUncached: 21, output: 9 },
    });
  });
});
