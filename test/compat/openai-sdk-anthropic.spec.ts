import { APIError, BadRequestError, InternalServerError, RateLimitError } from 'openai';
import { describe, expect, it } from 'vitest';
import {
  anthropicAnswer,
  anthropicEvent,
  anthropicStream,
  type Behaviour,
  type FakeUpstream,
  forever,
  json,
  status,
  stream,
} from '../support/fake-upstream.js';
import { oneProvider, PROVIDER_KEY, type Scene } from '../support/scene.js';
import { clientOf, MESSAGES, runnableWeather, WEATHER } from './openai-client.js';

const request = { model: 'model', messages: MESSAGES };
const anthropic = (): Promise<Scene<[FakeUpstream]>> => oneProvider({ provider: { kind: 'anthropic', maxRetries: 0 } });

const message = (content: object[], stopReason: string): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'fake-claude',
  content,
  stop_reason: stopReason,
  stop_sequence: null,
  usage: { input_tokens: 20, output_tokens: 10, cache_read_input_tokens: 5, cache_creation_input_tokens: 0 },
});

const THINKING = { type: 'thinking', thinking: 'Two towns.', signature: 'sig-1' };
const CALLS = [
  { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Paris' } },
  { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { city: 'Oslo' } },
];

/** The events of one block: its start, its pieces, its end. */
const block = (index: number, start: object, ...deltas: object[]): string[] => [
  anthropicEvent({ type: 'content_block_start', index, content_block: start }),
  ...deltas.map((delta) => anthropicEvent({ type: 'content_block_delta', index, delta })),
  anthropicEvent({ type: 'content_block_stop', index }),
];

const pieces = (...texts: string[]): object[] =>
  texts.map((text) => ({ type: 'input_json_delta', partial_json: text }));

const streamOf = (blocks: readonly string[], stopReason: string): Behaviour =>
  stream(
    anthropicEvent({ type: 'message_start', message: { ...message([], ''), stop_reason: null } }),
    ...blocks,
    anthropicEvent({ type: 'message_delta', delta: { stop_reason: stopReason }, usage: { output_tokens: 10 } }),
    anthropicEvent({ type: 'message_stop' }),
  );

const streamedTools = streamOf(
  [
    ...block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'Two ' },
      { type: 'thinking_delta', thinking: 'towns.' },
      { type: 'signature_delta', signature: 'sig-1' },
    ),
    ...block(1, { type: 'text', text: '' }, { type: 'text_delta', text: 'Looking.' }),
    ...block(
      2,
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
      ...pieces('', '{"city"', ': "Paris"}'),
    ),
    ...block(3, { type: 'tool_use', id: 'toolu_2', name: 'weather', input: {} }, ...pieces('{"city": "Oslo"}')),
  ],
  'tool_use',
);

const RESULTS = [
  { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'Sunny in Paris' }] },
  { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'Sunny in Oslo' }] },
];

describe('the official client, in front of Anthropic', () => {
  it('gets a chat completion', async () => {
    const { gateway, upstreams, record } = await anthropic();
    const [upstream] = upstreams;
    upstream.next(anthropicAnswer('Hello from Claude'));
    const completion = await clientOf(gateway).chat.completions.create({
      ...request,
      messages: [{ role: 'system', content: 'Be kind.' }, ...MESSAGES],
      max_tokens: 50,
      stop: ['END'],
    });
    expect(completion).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello from Claude' } }],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    });
    expect(upstream.last.path).toBe('/v1/messages');
    expect(upstream.last.headers).toMatchObject({ 'x-api-key': PROVIDER_KEY });
    expect(upstream.last.json).toMatchObject({ model: 'model', max_tokens: 50, stop_sequences: ['END'] });
    expect(JSON.stringify(upstream.last.json['system'])).toContain('Be kind.');
    expect(await record()).toMatchObject({ requestId: completion._request_id, grade: 'exact' });
  });

  it('reads a stream', async () => {
    const { gateway, upstreams, record } = await anthropic();
    upstreams[0].next(anthropicStream(['Hello ', 'from ', 'Claude']));
    const chunks = [];
    for await (const one of await clientOf(gateway).chat.completions.create({ ...request, stream: true })) {
      chunks.push(one);
    }
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello from Claude');
    expect(chunks.at(0)?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(
      chunks.every(
        ({ object, choices, usage }) => object === 'chat.completion.chunk' && choices.length === 1 && !usage,
      ),
    ).toBe(true);
    expect(await record()).toMatchObject({ grade: 'exact', tokens: { inputUncached: 11, output: 7 } });
  });

  it('has its stream put together by the helper', async () => {
    const { gateway, upstreams } = await anthropic();
    upstreams[0].next(anthropicStream(['Hello ', 'Claude']));
    const runner = clientOf(gateway).chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    expect(await runner.finalContent()).toBe('Hello Claude');
    expect(await runner.totalUsage()).toMatchObject({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
  });

  it('gets thinking and parallel tool calls', async () => {
    const { gateway, upstreams, record } = await anthropic();
    upstreams[0].next(json(message([THINKING, { type: 'text', text: 'Looking.' }, ...CALLS], 'tool_use')));
    const { choices, usage } = await clientOf(gateway).chat.completions.create({
      ...request,
      tools: [WEATHER],
      reasoning_effort: 'low',
    });
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Looking.',
        reasoning_content: 'Two towns.',
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        ],
      },
    });
    expect(usage).toMatchObject({
      prompt_tokens: 25,
      completion_tokens: 10,
      prompt_tokens_details: { cached_tokens: 5 },
    });
    expect(upstreams[0].last.json).toMatchObject({
      tools: [{ name: 'weather', input_schema: WEATHER.function.parameters }],
      thinking: expect.any(Object) as object,
    });
    expect(await record()).toMatchObject({ tokens: { inputUncached: 20, cacheRead: 5, output: 10 } });
  });

  it('gets thinking and parallel tool calls in a stream', async () => {
    const { gateway, upstreams } = await anthropic();
    upstreams[0].next(streamedTools);
    const runner = clientOf(gateway).chat.completions.stream({ ...request, tools: [WEATHER] });
    let reasoning = '';
    runner.on('chunk', ({ choices }) => {
      reasoning += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
    });
    const { choices } = await runner.finalChatCompletion();
    expect(reasoning).toBe('Two towns.');
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Looking.',
        tool_calls: [
          { id: 'toolu_1', function: { name: 'weather', arguments: '{"city": "Paris"}' } },
          { id: 'toolu_2', function: { name: 'weather', arguments: '{"city": "Oslo"}' } },
        ],
      },
    });
  });

  it('runs tools', async () => {
    const { gateway, upstreams } = await anthropic();
    const [upstream] = upstreams;
    upstream.next(json(message(CALLS, 'tool_use')), anthropicAnswer('All sunny.'));
    const { tool, cities } = runnableWeather();
    const runner = clientOf(gateway).chat.completions.runTools({ ...request, tools: [tool] });
    expect(await runner.finalContent()).toBe('All sunny.');
    expect(cities).toEqual(['Paris', 'Oslo']);
    const [, assistant, results] = upstream.last.json['messages'] as object[];
    expect(assistant).toMatchObject({ role: 'assistant', content: CALLS });
    expect(results).toMatchObject({ role: 'user', content: RESULTS });
  });

  it('sends the thinking back with the results of tools', async () => {
    const { gateway, upstreams } = await anthropic();
    const [upstream] = upstreams;
    upstream.next(json(message([THINKING, ...CALLS], 'tool_use')));
    const client = clientOf(gateway);
    const thoughtful = { ...request, tools: [WEATHER], reasoning_effort: 'low' as const };
    const { choices } = await client.chat.completions.create(thoughtful);
    const answer = choices[0]?.message;
    if (answer === undefined) throw new Error('There is no choice.');
    upstream.next(anthropicAnswer('All sunny.'));
    await client.chat.completions.create({
      ...thoughtful,
      messages: [
        ...MESSAGES,
        answer,
        { role: 'tool', tool_call_id: 'toolu_1', content: 'Sunny in Paris' },
        { role: 'tool', tool_call_id: 'toolu_2', content: 'Sunny in Oslo' },
      ],
    });
    const [, assistant, results] = upstream.last.json['messages'] as object[];
    expect(assistant).toMatchObject({ role: 'assistant', content: [THINKING, ...CALLS] });
    expect(results).toMatchObject({ role: 'user', content: RESULTS });
    expect(upstream.last.json['thinking']).toBeDefined();
  });

  // runTools sends only the fields it knows: without its thinking Anthropic would refuse to go on thinking.
  it('runs tools although the runner drops the thinking', async () => {
    const { gateway, upstreams } = await anthropic();
    const [upstream] = upstreams;
    upstream.next(json(message([THINKING, ...CALLS], 'tool_use')), anthropicAnswer('All sunny.'));
    const { tool } = runnableWeather();
    const runner = clientOf(gateway).chat.completions.runTools({ ...request, tools: [tool], reasoning_effort: 'low' });
    expect(await runner.finalContent()).toBe('All sunny.');
    expect(upstream.requests[0]?.json['thinking']).toBeDefined();
    expect(upstream.last.json['thinking']).toBeUndefined();
  });

  it('runs tools of streams', async () => {
    const { gateway, upstreams } = await anthropic();
    const [upstream] = upstreams;
    upstream.next(streamedTools, anthropicStream(['All ', 'sunny.']));
    const { tool, cities } = runnableWeather();
    const runner = clientOf(gateway).chat.completions.runTools({ ...request, tools: [tool], stream: true });
    expect(await runner.finalContent()).toBe('All sunny.');
    expect(cities).toEqual(['Paris', 'Oslo']);
    const results = (upstream.last.json['messages'] as object[]).at(-1);
    expect(results).toMatchObject({ role: 'user', content: RESULTS });
  });

  it('leaves in mid-stream', async () => {
    const { gateway, upstreams, record } = await anthropic();
    const [upstream] = upstreams;
    upstream.next(
      stream(
        anthropicEvent({ type: 'message_start', message: { ...message([], ''), stop_reason: null } }),
        ...block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'Once upon a time' }),
        forever,
      ),
    );
    const runner = clientOf(gateway).chat.completions.stream(request);
    runner.on('content', () => runner.abort());
    await expect(runner.done()).rejects.toThrow('Request was aborted.');
    await upstream.waitFor(() => upstream.last.leftByPeer);
    expect(await record()).toMatchObject({ status: 'aborted', httpStatus: 499, grade: 'estimated' });
  });

  it.each([
    [400, 'invalid_request_error', BadRequestError, 400],
    [429, 'rate_limit_error', RateLimitError, 429],
    [500, 'api_error', InternalServerError, 500],
    [529, 'overloaded_error', InternalServerError, 503],
  ] as const)('is told of status %i', async (code, type, kind, shown) => {
    const { gateway, upstreams } = await anthropic();
    upstreams[0].always(status(code, { type: 'error', error: { type, message: 'Claude says no.' } }));
    for (const streamed of [false, true]) {
      const answer = clientOf(gateway).chat.completions.create({ ...request, stream: streamed });
      await expect(answer).rejects.toBeInstanceOf(kind);
      await expect(answer).rejects.toMatchObject({
        status: shown,
        code: type,
        type: 'upstream_error',
        message: `${shown} Claude says no.`,
      });
    }
  });

  it('is told of an error in mid-stream', async () => {
    const { gateway, upstreams } = await anthropic();
    upstreams[0].next(
      stream(
        anthropicEvent({ type: 'message_start', message: { ...message([], ''), stop_reason: null } }),
        ...block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'Once' }),
        anthropicEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
      ),
    );
    const chunks = await clientOf(gateway).chat.completions.create({ ...request, stream: true });
    let content = '';
    const reading = (async () => {
      for await (const { choices } of chunks) content += choices[0]?.delta.content ?? '';
    })();
    await expect(reading).rejects.toBeInstanceOf(APIError);
    await expect(reading).rejects.toMatchObject({ code: 'overloaded_error', message: 'Overloaded' });
    expect(content).toBe('Once');
  });
});
