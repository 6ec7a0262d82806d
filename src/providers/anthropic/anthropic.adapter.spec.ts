import { UnsupportedParameters } from '../unsupported-parameters.js';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type ProviderCall } from '../provider-adapter.interface.js';
import { AnthropicAdapter } from './anthropic.adapter.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly body: unknown;
}

const client = new UpstreamClient();
let server: Server;
let seen: Seen[];
let reply: (seen: Seen) => Reply;

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    const one = { method: request.method, url: request.url, headers: request.headers, body };
    seen.push(one);
    const { status = 200, type = 'application/json', body: answer } = reply(one);
    response.writeHead(status, { 'content-type': type });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await client.onApplicationShutdown();
  await new Promise((resolve) => server.close(resolve));
});

function connect(path = '') {
  const { port } = server.address() as AddressInfo;
  return new AnthropicAdapter(client).connect({
    name: 'anthropic',
    kind: 'anthropic',
    apiKey: 'sk-ant-1',
    baseUrl: `http://127.0.0.1:${port}${path}`,
    headers: { 'anthropic-beta': 'some-beta' },
    connectTimeout: 5_000,
    idleTimeout: 5_000,
  });
}

function call(fields: Partial<ChatCompletionRequest> = {}): ProviderCall<ChatCompletionRequest> {
  const request: ChatCompletionRequest = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return {
    requestId: 'request-1',
    request,
    body: JsonBody.of(request),
    upstreamModel: 'claude-haiku-4-5',
    unsupported: new UnsupportedParameters('warn'),
    cancellation: new Cancellation(),
  };
}

const MESSAGE = {
  id: 'msg_1',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 2 },
};

describe('AnthropicAdapter', () => {
  it('asks the Messages API', async () => {
    reply = () => ({ body: MESSAGE });
    const answer = await connect().chat?.answer(call());
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/v1/messages',
      headers: {
        'x-api-key': 'sk-ant-1',
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'some-beta',
        'content-type': 'application/json',
      },
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      model: 'claude-haiku-4-5',
      max_tokens: 64_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    });
    expect(answer?.bytes.toString()).toContain('"content":"Hello"');
    expect(answer?.usage).toMatchObject({ inputUncached: 3, output: 2 });
  });

  it.each(['/v1', '/v1/', '/prefix'])('takes a base URL that ends in %s', async (path) => {
    reply = () => ({ body: MESSAGE });
    await connect(path).chat?.answer(call());
    expect(seen[0]?.url).toBe(path === '/prefix' ? '/prefix/v1/messages' : '/v1/messages');
  });

  it('streams', async () => {
    const events = [
      { type: 'message_start', message: MESSAGE },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ];
    reply = () => ({
      type: 'text/event-stream',
      body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
    });
    const stream = connect().chat?.stream?.(call({ stream_options: { include_usage: true } }));
    if (stream === undefined) throw new Error('It cannot stream.');
    const parts = await lastValueFrom(stream.parts.pipe(toArray()));
    const text = parts.map((part) => part.bytes.toString()).join('');
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ stream: true });
    expect(text).toContain('"content":"Hello"');
    expect(text).toContain('"prompt_tokens":3');
    expect(text).not.toContain('[DONE]');
  });

  it('tells errors', async () => {
    reply = () => ({
      status: 529,
      body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    });
    const { chat } = connect();
    await expect(chat?.answer(call())).rejects.toMatchObject({
      status: 503,
      code: 'overloaded_error',
      retryable: true,
    });
    const stream = chat?.stream?.(call());
    if (stream === undefined) throw new Error('It cannot stream.');
    await expect(lastValueFrom(stream.parts)).rejects.toMatchObject({ status: 503, code: 'overloaded_error' });
  });

  it('sends nothing that it cannot translate', async () => {
    await expect(connect().chat?.answer(call({ n: 2 }))).rejects.toMatchObject({ code: 'unsupported_parameter' });
    expect(seen).toHaveLength(0);
  });

  it('lists models page by page', async () => {
    reply = ({ url }) =>
      url?.includes('after_id=b') === true
        ? { body: { data: [{ id: 'c' }], has_more: false, last_id: 'c' } }
        : { body: { data: [{ id: 'a' }, { id: 'b' }], has_more: true, last_id: 'b' } };
    await expect(connect().listModels?.(new Cancellation())).resolves.toEqual(['a', 'b', 'c']);
    expect(seen.map(({ url }) => url)).toEqual(['/v1/models?limit=1000', '/v1/models?limit=1000&after_id=b']);
    expect(seen[0]?.headers['x-api-key']).toBe('sk-ant-1');
  });
});
