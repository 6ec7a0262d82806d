import { describe, expect, it, onTestFinished } from 'vitest';
import { chat, ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  type Behaviour,
  DONE,
  FakeUpstream,
  json,
  status,
  streamOf,
  type StreamStep,
} from '../support/fake-upstream.js';
import { startGateway } from '../support/gateway.js';
import { oneProvider, PROVIDER_KEY, type SceneOptions } from '../support/scene.js';

const HEAD = { model: 'qwen3:4b', created_at: '2025-06-09T17:58:55Z' };
const COUNTS = { prompt_eval_count: 21, eval_count: 9 };
const TOKENS = { inputUncached: 21, output: 9, reasoning: 0 };

const line = (fields: object): string => `${JSON.stringify({ ...HEAD, done: false, ...fields })}\n`;
const says = (fields: object): string => line({ message: { role: 'assistant', content: '', ...fields } });
const END = line({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...COUNTS });
const lines = (...steps: StreamStep[]): Behaviour => streamOf('application/x-ndjson', ...steps);
const answers = (message: object): Behaviour =>
  json({
    ...HEAD,
    message: { role: 'assistant', content: '', ...message },
    done: true,
    done_reason: 'stop',
    ...COUNTS,
  });

const ollama = (options: SceneOptions = {}) =>
  oneProvider({
    ...options,
    provider: {
      kind: 'ollama',
      models: [{ name: 'model', upstreamModel: 'qwen3:4b' }],
      maxRetries: 0,
      ...options.provider,
    },
  });

describe('Ollama behind the gateway', () => {
  it('answers a chat', async () => {
    const { gateway, upstreams, record } = await ollama();
    const [upstream] = upstreams;
    upstream.next(answers({ content: 'Hello', thinking: 'Hm.' }));

    const answer = await chat(gateway);

    expect(answer.json).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-.+/) as unknown,
      choices: [{ message: { content: 'Hello', reasoning_content: 'Hm.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
    });
    const { path, headers, json: sent } = upstream.last;
    // The base URL of the test ends with /v1, as many write it.
    expect([path, headers.authorization]).toEqual(['/api/chat', `Bearer ${PROVIDER_KEY}`]);
    expect(sent).toEqual({ model: 'qwen3:4b', messages: [{ role: 'user', content: 'Hi' }], stream: false });
    expect(await record()).toMatchObject({ provider: 'first', grade: 'exact', tokens: TOKENS });
  });

  it('streams, cut within a letter', async () => {
    const { gateway, upstreams, record } = await ollama();
    const bytes = Buffer.from(says({ content: 'Grüße ' }) + says({ content: '😀' }) + END);
    const umlaut = bytes.indexOf('ü') + 1;
    const smile = bytes.indexOf('😀') + 2;
    upstreams[0].next(lines(bytes.subarray(0, umlaut), bytes.subarray(umlaut, smile), bytes.subarray(smile)));

    const answer = new ChatClient(gateway, { ...STREAM_REQUEST, stream_options: { include_usage: true } });
    await answer.waitFor(({ isOver }) => isOver);

    expect([answer.content, answer.text.endsWith(DONE)]).toEqual(['Grüße 😀', true]);
    expect(dataOf(answer.text).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 30 } });
    expect(await record()).toMatchObject({ streaming: true, grade: 'exact', tokens: TOKENS });
  });

  it('takes the result of a call whose id the gateway made up', async () => {
    const { gateway, upstreams } = await ollama();
    const [upstream] = upstreams;
    const call = (name: string) => ({ function: { name, arguments: { city: 'Paris' } } });
    upstream.next(
      answers({ thinking: 'Look.', tool_calls: [call('weather'), call('time')] }),
      answers({ content: '.' }),
    );
    const tools = ['weather', 'time'].map((name) => ({ type: 'function', function: { name, parameters: {} } }));
    const question = { role: 'user', content: 'Weather and time in Paris?' };

    const first = await chat(gateway, { model: 'model', messages: [question], tools });
    const [choice] = first.json['choices'] as { finish_reason: string; message: { tool_calls: { id: string }[] } }[];
    expect(choice?.finish_reason).toBe('tool_calls');
    const results = (choice?.message.tool_calls ?? []).map(({ id }, index) => ({
      role: 'tool',
      tool_call_id: id,
      content: `result ${index}`,
    }));
    await chat(gateway, { model: 'model', messages: [question, choice?.message, ...results.reverse()], tools });

    expect(upstream.last.json['messages']).toMatchObject([
      question,
      {
        role: 'assistant',
        thinking: 'Look.',
        tool_calls: [
          { function: { name: 'weather', arguments: { city: 'Paris' } } },
          { function: { name: 'time', arguments: { city: 'Paris' } } },
        ],
      },
      { role: 'tool', tool_name: 'time', content: 'result 1' },
      { role: 'tool', tool_name: 'weather', content: 'result 0' },
    ]);
  });

  it('tells its errors, without its key', async () => {
    const { gateway, upstreams, record } = await ollama();
    upstreams[0].next(status(404, { error: `model 'qwen3:4b' not found, try pulling it first (${PROVIDER_KEY})` }));
    const answer = await chat(gateway);
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({
      error: { message: expect.stringContaining("model 'qwen3:4b' not found") as unknown, type: 'upstream_error' },
    });
    expect(answer.text).not.toContain(PROVIDER_KEY);
    expect(await record()).toMatchObject({ grade: 'none' });
  });

  it('is asked again where a stream fails before its content', async () => {
    const { gateway, upstreams } = await ollama({ provider: { maxRetries: 1 } });
    const [upstream] = upstreams;
    upstream.next(lines('{"error":"model runner has unexpectedly stopped"}\n'), lines(says({ content: 'Hello' }), END));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(answer.text).toContain('"content":"Hello"');
    expect(upstream.dispatches).toBe(2);
  });

  it.each([
    ['tells an error', [says({ content: 'Hel' }), '{"error":"out of memory"}\n'], 'out of memory'],
    ['breaks off', [says({ content: 'Hel' })], undefined],
  ])('%s in the middle of a stream', async (_, steps, message) => {
    const { gateway, upstreams, record } = await ollama();
    upstreams[0].next(lines(...steps));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(answer.text).not.toContain(DONE);
    expect(dataOf(answer.text).at(-1)).toMatchObject({
      error: message === undefined ? { code: 'upstream_stream_broken' } : { message },
    });
    expect(await record()).toMatchObject({ status: 'failed', grade: 'estimated' });
  });

  it('says what it has nothing for, or refuses it', async () => {
    const { gateway, upstreams } = await ollama();
    const [upstream] = upstreams;
    upstream.always(answers({ content: 'Hello' }));
    const tools = [{ type: 'function', function: { name: 'weather', parameters: {} } }];
    const body = { ...STREAM_REQUEST, stream: false, logit_bias: { '1': 1 }, tools, tool_choice: 'required' };

    const warned = await chat(gateway, body);
    expect([warned.status, warned.headers['x-nestgate-warnings']]).toEqual([
      200,
      expect.stringMatching(/logit_bias.*tool_choice/),
    ]);
    const refused = await chat(gateway, body, { headers: { 'x-nestgate-parameters': 'strict' } });
    expect([refused.status, refused.json['error']]).toEqual([400, expect.objectContaining({ param: 'logit_bias' })]);
    expect(upstream.dispatches).toBe(1);
  });

  it('refuses an image that is elsewhere', async () => {
    const { gateway, upstreams } = await ollama();
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/cat.png' } }];
    const answer = await chat(gateway, { model: 'model', messages: [{ role: 'user', content }] });
    expect([answer.status, answer.json['error']]).toEqual([
      400,
      expect.objectContaining({ code: 'unsupported_parameter', param: 'messages[0].content[0].image_url.url' }),
    ]);
    expect(upstreams[0].dispatches).toBe(0);
  });

  it('gives embeddings', async () => {
    const { gateway, upstreams, record } = await ollama();
    const [upstream] = upstreams;
    upstream.next(
      json({
        model: 'qwen3:4b',
        embeddings: [
          [1, -2],
          [0.5, 0],
        ],
        prompt_eval_count: 8,
      }),
    );
    const body = { model: 'model', input: ['a', 'b'], encoding_format: 'base64', dimensions: 2 };
    const answer = await chat(gateway, body, { path: '/v1/embeddings' });
    expect(answer.json).toMatchObject({
      data: [{ embedding: Buffer.from('0000803f000000c0', 'hex').toString('base64') }, { index: 1 }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    });
    expect([upstream.last.path, upstream.last.json]).toEqual([
      '/api/embed',
      { model: 'qwen3:4b', input: ['a', 'b'], dimensions: 2 },
    ]);
    expect(await record()).toMatchObject({ operation: 'embeddings', grade: 'exact', tokens: { inputUncached: 8 } });
  });

  it('completes texts', async () => {
    const { gateway, upstreams, record } = await ollama();
    const [upstream] = upstreams;
    upstream.next(
      lines(
        line({ response: ' upon' }),
        line({ response: ' a' }),
        line({ response: '', done: true, done_reason: 'length', ...COUNTS }),
      ),
    );
    const body = { model: 'model', prompt: 'Once', max_tokens: 2, stream: true };
    const answer = await chat(gateway, body, { path: '/v1/completions' });
    expect(dataOf(answer.text)).toMatchObject([
      { object: 'text_completion', choices: [{ text: ' upon' }] },
      { choices: [{ text: ' a' }] },
      { choices: [{ text: '', finish_reason: 'length' }] },
    ]);
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect([upstream.last.path, upstream.last.json]).toEqual([
      '/api/generate',
      { model: 'qwen3:4b', prompt: 'Once', raw: true, stream: true, options: { num_predict: 2 } },
    ]);
    expect(await record()).toMatchObject({ operation: 'text_completion', grade: 'exact', tokens: TOKENS });
  });

  it('needs no key, and lists its models by itself', async () => {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    upstream.models = json({ models: [{ name: 'llama3.2:latest', model: 'llama3.2:latest' }] });
    upstream.next(answers({ content: 'Hello' }));
    const gateway = await startGateway({
      providers: [{ name: 'ollama', kind: 'ollama', baseUrl: upstream.baseUrl.replace('/v1', '') }],
    });
    onTestFinished(() => gateway.close());

    const list = await chat(gateway, undefined, { path: '/v1/models', method: 'GET' });
    const answer = await chat(gateway, { model: 'llama3.2:latest', messages: [{ role: 'user', content: 'Hi' }] });

    expect(list.json).toMatchObject({ data: [{ id: 'llama3.2:latest', owned_by: 'ollama' }] });
    expect([answer.status, upstream.last.json['model']]).toEqual([200, 'llama3.2:latest']);
    expect(upstream.modelRequests[0]?.path).toBe('/api/tags');
    for (const { headers } of [upstream.last, ...upstream.modelRequests]) {
      expect(headers).not.toHaveProperty('authorization');
    }
  });
});
