import { UnsupportedParameters } from '../unsupported-parameters.js';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletion, type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { type Answer, type AnswerStream, type ProviderCall, type StreamPart } from '../provider-adapter.interface.js';
import { SimulatorAdapter } from './simulator.adapter.js';

const { chat, listModels } = new SimulatorAdapter().connect();

function callOf(fields: Partial<ChatCompletionRequest> = {}): ProviderCall<ChatCompletionRequest> {
  const request: ChatCompletionRequest = {
    model: 'simulator/echo',
    messages: [{ role: 'user', content: 'one two three' }],
    ...fields,
  };
  return {
    requestId: 'request-1',
    request,
    body: JsonBody.of(request),
    upstreamModel: 'simulator/echo',
    unsupported: new UnsupportedParameters('warn'),
    cancellation: new Cancellation(),
  };
}

async function answerOf(call: ProviderCall<ChatCompletionRequest>): Promise<Answer> {
  if (chat === undefined) throw new Error('It cannot chat.');
  return chat.answer(call);
}

function streamOf(call: ProviderCall<ChatCompletionRequest>): AnswerStream {
  const stream = chat?.stream?.(call);
  if (stream === undefined) throw new Error('It cannot stream.');
  return stream;
}

/** Subscribes, and keeps what comes. */
function listen({ parts }: AnswerStream): { heard: StreamPart[]; over: Promise<unknown> } {
  const heard: StreamPart[] = [];
  const over = new Promise((resolve) => {
    parts.subscribe({ next: (part) => heard.push(part), error: resolve, complete: () => resolve('whole') });
  });
  return { heard, over };
}

const textOf = (parts: readonly StreamPart[]): string => parts.map(({ bytes }) => bytes.toString()).join('');
const FAILURE = { status: 429, message: 'Slow down', code: 'busy', retry_after: 3 };

describe('SimulatorAdapter', () => {
  it('offers its model', async () => {
    expect(await listModels?.(new Cancellation())).toEqual(['simulator/echo']);
  });

  it('answers, with its usage', async () => {
    const { bytes, usage } = await answerOf(callOf());
    const completion = JSON.parse(bytes.toString()) as ChatCompletion;
    expect(completion.choices[0]?.message.content).toBe('one two three');
    expect(usage).toMatchObject({ inputUncached: completion.usage?.prompt_tokens, output: 4 });
  });

  it('streams the same, twice the same', async () => {
    const once = await lastValueFrom(streamOf(callOf()).parts.pipe(toArray()));
    const again = await lastValueFrom(streamOf(callOf()).parts.pipe(toArray()));
    expect(textOf(again)).toBe(textOf(once));
    expect(once.at(-1)?.usage).toEqual((await answerOf(callOf())).usage);
  });

  it('fails as it is asked to', async () => {
    const expected = { status: 429, message: 'Slow down', code: 'busy', retryAfter: 3, retryable: true };
    await expect(answerOf(callOf({ simulator: { error: FAILURE } }))).rejects.toMatchObject(expected);
    const { heard, over } = listen(streamOf(callOf({ simulator: { error: FAILURE } })));
    expect(await over).toMatchObject(expected);
    expect(heard).toEqual([]);
  });

  it('fails in the middle of a stream', async () => {
    const { heard, over } = listen(streamOf(callOf({ simulator: { error: { ...FAILURE, after_chunks: 3 } } })));
    expect(await over).toMatchObject({ status: 429 });
    expect(heard.map(({ hasContent }) => hasContent)).toEqual([false, true, true]);
    expect(textOf(heard)).not.toContain('three');
  });

  it('refuses controls that it does not know, streamed or not', async () => {
    const refused = { status: 400, param: 'simulator' };
    const call = callOf({ simulator: { pace: 'slow' } });
    await expect(answerOf(call)).rejects.toMatchObject(refused);
    expect(await listen(streamOf(call)).over).toMatchObject(refused);
  });

  it.each([
    ['before', { delay_ms: 600_000 }],
    ['within', { chunk_delay_ms: 600_000 }],
  ])('stops when cancelled %s its answer', async (_name, simulator) => {
    const reason = new GatewayError('client_closed_request');
    const call = callOf({ simulator });
    const { over } = listen(streamOf(call));
    call.cancellation.cancel(reason);
    expect(await over).toBe(reason);
    await expect(
      answerOf({ ...callOf({ simulator: { delay_ms: 600_000 } }), cancellation: call.cancellation }),
    ).rejects.toBe(reason);
  });

  it('says nothing while it is paused', async () => {
    const stream = streamOf(callOf());
    stream.pause();
    const { heard, over } = listen(stream);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
    stream.resume();
    expect(await over).toBe('whole');
    expect(textOf(heard)).toContain('three');
  });
});
