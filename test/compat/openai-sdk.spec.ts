import type OpenAI from 'openai';
import { makeParseableResponseFormat } from 'openai/lib/parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChatUsage } from '../../src/protocol/chat-completions.js';
import { chunk, DONE, finish, forever, json, role, stream, text } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';
import { oneProvider } from '../support/scene.js';
import { clientOf, MESSAGES, runnableWeather, WEATHER } from './openai-client.js';

const model = 'simulator/echo';
const QUESTION = 'What is the weather?';

/** Fields that the client does not know travel on: the simulator has one of its own. */
const asked = (
  simulator: object,
): { model: string; messages: OpenAI.ChatCompletionMessageParam[]; simulator: object } => ({
  model,
  messages: MESSAGES,
  simulator,
});

const twoCalls = {
  tool_calls: [
    { name: 'weather', arguments: { city: 'Paris' } },
    { name: 'weather', arguments: { city: 'Oslo "north"' } },
  ],
};

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the official client, in front of the simulator', () => {
  let gateway: GatewayUnderTest;
  let client: OpenAI;

  beforeAll(async () => {
    gateway = await startGateway({ providers: [{ name: 'simulator', kind: 'simulator', maxRetries: 0 }] });
    client = clientOf(gateway);
  });

  afterAll(() => gateway.close());

  const recordOf = async (requestId: string | null | undefined) =>
    (await gateway.records()).find((record) => record.requestId === requestId);

  /** Sees that a usage told to the client is that of the record. */
  const expectRecorded = async (requestId: string | null | undefined, usage: ChatUsage | undefined): Promise<void> => {
    const record = await recordOf(requestId);
    expect(record).toMatchObject({ status: 'completed', grade: 'exact' });
    expect(record?.tokens).toMatchObject({
      inputUncached: usage?.prompt_tokens,
      output: (usage?.completion_tokens ?? 0) - (usage?.completion_tokens_details?.reasoning_tokens ?? 0),
      reasoning: usage?.completion_tokens_details?.reasoning_tokens,
    });
  };

  it('gets a chat completion', async () => {
    const completion = await client.chat.completions.create({ model, messages: MESSAGES });
    expect(completion).toMatchObject({ object: 'chat.completion', model });
    expect(completion.choices).toMatchObject([
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: QUESTION } },
    ]);
    await expectRecorded(completion._request_id, completion.usage as ChatUsage);
  });

  it('sees the headers', async () => {
    const { data, response, request_id } = await client.chat.completions
      .create({ model, messages: MESSAGES })
      .withResponse();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-nestgate-deployment': model,
      'x-nestgate-attempts': '1',
      'x-request-id': request_id,
    });
    expect(data.id).toMatch(/^chatcmpl-/);
    expect(await recordOf(request_id)).toBeDefined();
  });

  it('reads a stream', async () => {
    const { data, response, request_id } = await client.chat.completions
      .create({ model, messages: MESSAGES, stream: true })
      .withResponse();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const chunks = await all(data);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(QUESTION);
    expect(chunks.at(0)?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.filter(({ usage }) => usage)).toEqual([]);
    expect(await recordOf(request_id)).toMatchObject({ status: 'completed', grade: 'exact', streaming: true });
  });

  it('reads the usage of a stream where it asks for it', async () => {
    const { data, request_id } = await client.chat.completions
      .create({ model, messages: MESSAGES, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    const chunks = await all(data);
    const last = chunks.pop();
    expect(last?.choices).toEqual([]);
    expect(chunks.filter(({ usage }) => usage)).toEqual([]);
    await expectRecorded(request_id, last?.usage as ChatUsage);
  });

  it('has its stream put together by the helper', async () => {
    const runner = client.chat.completions.stream({ ...asked({}), stream_options: { include_usage: true } });
    const told: string[] = [];
    let deltas = '';
    runner
      .on('connect', () => told.push('connect'))
      .on('content.delta', ({ delta }) => (deltas += delta))
      .on('content.done', ({ content }) => told.push(`done: ${content}`))
      .on('message', ({ role: by }) => told.push(`message: ${by}`))
      .on('finalChatCompletion', () => told.push('final'))
      .on('error', (error) => told.push(error.message))
      .on('end', () => told.push('end'));
    const completion = await runner.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: QUESTION },
    });
    expect(await runner.finalContent()).toBe(QUESTION);
    expect(await runner.totalUsage()).toMatchObject({ total_tokens: completion.usage?.total_tokens });
    expect(completion.usage?.total_tokens).toBeGreaterThan(0);
    await runner.done();
    expect(deltas).toBe(QUESTION);
    expect(told).toEqual(['connect', `done: ${QUESTION}`, 'message: assistant', 'final', 'end']);
  });

  it('gets parallel tool calls', async () => {
    const { choices } = await client.chat.completions.create({ ...asked(twoCalls), tools: [WEATHER] });
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
      { type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo \\"north\\""}' } },
    ]);
  });

  it('gets parallel tool calls in a stream', async () => {
    const runner = client.chat.completions.stream({ ...asked(twoCalls), tools: [WEATHER] });
    const calls: [number, string][] = [];
    runner.on('tool_calls.function.arguments.done', ({ index, arguments: given }) => calls.push([index, given]));
    const { choices } = await runner.finalChatCompletion();
    const { choices: whole } = await client.chat.completions.create({ ...asked(twoCalls), tools: [WEATHER] });
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(choices[0]?.message.tool_calls).toMatchObject(whole[0]?.message.tool_calls ?? []);
    expect(calls).toEqual([
      [0, '{"city":"Paris"}'],
      [1, '{"city":"Oslo \\"north\\""}'],
    ]);
  });

  it('gets the tool call that it forces', async () => {
    const { choices } = await client.chat.completions.create({
      model,
      messages: MESSAGES,
      tools: [WEATHER],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
    expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { arguments: '{"city":"text"}' } }]);
  });

  it('gets reasoning, whole and in a stream', async () => {
    const simulator = { content: 'Fine.', reasoning: 'Let me look outside.' };
    const { choices } = await client.chat.completions.create(asked(simulator));
    expect(choices[0]?.message).toMatchObject({ content: 'Fine.', reasoning_content: 'Let me look outside.' });
    const chunks = await all(await client.chat.completions.create({ ...asked(simulator), stream: true }));
    const deltas = chunks.map(({ choices: [choice] }) => choice?.delta as { reasoning_content?: string } | undefined);
    expect(deltas.map((delta) => delta?.reasoning_content ?? '').join('')).toBe('Let me look outside.');
  });

  const schema: OpenAI.ResponseFormatJSONSchema = {
    type: 'json_schema',
    json_schema: {
      name: 'weather',
      strict: true,
      schema: {
        type: 'object',
        properties: { city: { type: 'string' }, degrees: { type: 'number' } },
        required: ['city', 'degrees'],
        additionalProperties: false,
      },
    },
  };
  const format = makeParseableResponseFormat(
    schema,
    (content) => JSON.parse(content) as { city: string; degrees: number },
  );

  it('parses an answer that follows a schema', async () => {
    const { choices } = await client.chat.completions.parse({ model, messages: MESSAGES, response_format: format });
    expect(choices[0]?.message.parsed).toEqual({ city: 'text', degrees: 1 });
  });

  it('parses a stream that follows a schema', async () => {
    const runner = client.chat.completions.stream({ model, messages: MESSAGES, response_format: format });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]?.message.parsed).toEqual({ city: 'text', degrees: 1 });
  });

  it('lists the models, page after page', async () => {
    expect(await all(client.models.list())).toMatchObject([{ id: model, object: 'model', owned_by: 'simulator' }]);
    const page = await client.models.list();
    expect(page.hasNextPage()).toBe(false);
    expect(page.object).toBe('list');
  });

  it('retrieves a model with a slash in its name', async () => {
    const found = await client.models.retrieve(model);
    expect(found).toMatchObject({ id: model, object: 'model', created: expect.any(Number) as number });
    expect(found._request_id).toEqual(expect.any(String));
  });
});

describe('the official client, in front of a provider of OpenAI’s dialect', () => {
  const call = (id: string, city: string) => ({
    id,
    type: 'function',
    function: { name: 'weather', arguments: JSON.stringify({ city }) },
  });
  const callsTools = json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'model',
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: { role: 'assistant', content: null, tool_calls: [call('call_1', 'Paris'), call('call_2', 'Oslo')] },
      },
    ],
    usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
  });
  it('lists models with what is known of them beside', async () => {
    const facts = { contextWindow: 8_192, inputModalities: ['text' as const], tools: true };
    const { gateway } = await oneProvider({ first: { models: [{ name: 'model', facts }] } });
    const described = {
      id: 'model',
      object: 'model',
      created: expect.any(Number) as number,
      owned_by: 'first',
      context_window: 8_192,
      input_modalities: ['text'],
      capabilities: { tools: true },
    };
    expect(await all(clientOf(gateway).models.list())).toEqual([described]);
    expect(await clientOf(gateway).models.retrieve('model')).toMatchObject(described);
  });

  const toolDelta = (index: number, delta: object): object => chunk({ tool_calls: [{ index, ...delta }] });
  const streamsTools = stream(
    role,
    toolDelta(0, { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }),
    toolDelta(0, { function: { arguments: '{"city":' } }),
    toolDelta(0, { function: { arguments: '"Paris"}' } }),
    toolDelta(1, { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '' } }),
    toolDelta(1, { function: { arguments: '{"city":"Oslo"}' } }),
    chunk({}, 'tool_calls'),
    DONE,
  );
  const results = [
    { role: 'tool', tool_call_id: 'call_1', content: 'Sunny in Paris' },
    { role: 'tool', tool_call_id: 'call_2', content: 'Sunny in Oslo' },
  ];

  it('runs tools', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    const [upstream] = upstreams;
    upstream.next(callsTools);
    const { tool, cities } = runnableWeather();
    const runner = clientOf(gateway).chat.completions.runTools({ model: 'model', messages: MESSAGES, tools: [tool] });
    expect(await runner.finalContent()).toBe('Hello');
    expect(cities).toEqual(['Paris', 'Oslo']);
    const [, assistant, ...answers] = upstream.last.json['messages'] as object[];
    expect(assistant).toMatchObject({ tool_calls: [call('call_1', 'Paris'), call('call_2', 'Oslo')] });
    expect(answers).toEqual(results);
    expect(await records()).toMatchObject([
      { grade: 'exact', tokens: { inputUncached: 20, output: 10 } },
      { grade: 'exact', tokens: { inputUncached: 11, output: 7 } },
    ]);
  });

  it('runs tools of streams', async () => {
    const { gateway, upstreams } = await oneProvider();
    const [upstream] = upstreams;
    upstream.next(streamsTools, stream(role, text('All '), text('sunny.'), finish, DONE));
    const { tool, cities } = runnableWeather();
    const runner = clientOf(gateway).chat.completions.runTools({
      model: 'model',
      messages: MESSAGES,
      tools: [tool],
      stream: true,
    });
    expect(await runner.finalContent()).toBe('All sunny.');
    expect(cities).toEqual(['Paris', 'Oslo']);
    expect((upstream.last.json['messages'] as object[]).slice(2)).toEqual(results);
  });

  it('gets several choices', async () => {
    const { gateway, upstreams } = await oneProvider();
    const [upstream] = upstreams;
    const choice = (index: number, content: string) => ({
      index,
      finish_reason: 'stop',
      message: { role: 'assistant', content },
    });
    upstream.next(json({ id: 'chatcmpl-1', choices: [choice(0, 'One'), choice(1, 'Two')] }));
    const { choices } = await clientOf(gateway).chat.completions.create({ model: 'model', messages: MESSAGES, n: 2 });
    expect(choices.map(({ message }) => message.content)).toEqual(['One', 'Two']);
    expect(upstream.last.json['n']).toBe(2);
  });

  it('gets several choices of a stream', async () => {
    const { gateway, upstreams } = await oneProvider();
    const [upstream] = upstreams;
    const delta = (index: number, content: string, reason: string | null = null): object => ({
      ...chunk({}),
      choices: [{ index, delta: { role: 'assistant', content }, finish_reason: reason }],
    });
    upstream.next(stream(delta(0, 'On'), delta(1, 'Tw'), delta(1, 'o', 'stop'), delta(0, 'e', 'stop'), DONE));
    const runner = clientOf(gateway).chat.completions.stream({ model: 'model', messages: MESSAGES, n: 2 });
    const { choices } = await runner.finalChatCompletion();
    expect(choices.map(({ message }) => message.content)).toEqual(['One', 'Two']);
  });

  it('hides the usage that the gateway asked for and the client did not', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const [upstream] = upstreams;
    const counted = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
    upstream.next(stream(role, text('Hi'), finish, { ...chunk({}), choices: [], usage: counted }, DONE));
    const client = clientOf(gateway);
    const chunks = await all(
      await client.chat.completions.create({ model: 'model', messages: MESSAGES, stream: true }),
    );
    expect(upstream.last.asksForUsage).toBe(true);
    expect(chunks.every(({ choices, usage }) => choices.length === 1 && !usage)).toBe(true);
    expect(await record()).toMatchObject({ grade: 'exact', tokens: { inputUncached: 5, output: 3 } });
  });

  it('passes on fields that nobody here knows, both ways', async () => {
    const { gateway, upstreams } = await oneProvider();
    const [upstream] = upstreams;
    upstream.next(json({ id: 'chatcmpl-1', choices: [], x_new: { field: 1.5 } }));
    const request = { model: 'model', messages: MESSAGES, x_wish: { deep: [1, null] } };
    expect(await clientOf(gateway).chat.completions.create(request)).toMatchObject({ x_new: { field: 1.5 } });
    expect(upstream.last.json).toEqual(request);
  });

  it('leaves in mid-stream', async () => {
    const { gateway, upstreams, watch, record } = await oneProvider();
    const [upstream] = upstreams;
    upstream.next(stream(role, text('Once upon a time'), forever));
    const chunks = await clientOf(gateway).chat.completions.create({
      model: 'model',
      messages: MESSAGES,
      stream: true,
    });
    for await (const { choices } of chunks) if (choices[0]?.delta.content) break;
    await upstream.waitFor(() => upstream.last.leftByPeer);
    await watch.allOver();
    expect(await record()).toMatchObject({ status: 'aborted', httpStatus: 499, grade: 'estimated' });
    expect((await record()).tokens.output).toBeGreaterThan(0);
  });

  it('aborts with a signal before the answer', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const [upstream] = upstreams;
    upstream.next(forever);
    const leaving = new AbortController();
    const answer = clientOf(gateway).chat.completions.create(
      { model: 'model', messages: MESSAGES },
      { signal: leaving.signal },
    );
    await upstream.request(0);
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ message: 'Request was aborted.' });
    await upstream.waitFor(() => upstream.last.leftByPeer);
    expect(await record()).toMatchObject({ status: 'aborted', httpStatus: 499 });
  });
});
