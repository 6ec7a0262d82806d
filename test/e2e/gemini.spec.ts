import { Global, Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { GoogleCredential } from '../../src/providers/gemini/vertex.credentials.js';
import { chat, ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import { type Behaviour, DONE, json, status, stream } from '../support/fake-upstream.js';
import { oneProvider, PROVIDER_KEY, type SceneOptions } from '../support/scene.js';

const HEAD = { responseId: 'r1', modelVersion: 'gemini-2.5-flash' };
const COUNTS = { promptTokenCount: 21, candidatesTokenCount: 9, thoughtsTokenCount: 5, totalTokenCount: 35 };
const TOKENS = { inputUncached: 21, output: 9, reasoning: 5 };
const MODELS = [{ name: 'model', upstreamModel: 'gemini-2.5-flash' }];

const answers = (...parts: object[]): Behaviour =>
  json({
    ...HEAD,
    candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: COUNTS,
  });

/** Google ends the lines of its events with CRLF. */
const piece = (parts: object[], more = {}): string =>
  `data: ${JSON.stringify({ ...HEAD, candidates: [{ content: { parts }, index: 0, ...more }], usageMetadata: COUNTS })}\r\n\r\n`;

const gemini = (options: SceneOptions = {}) =>
  oneProvider({
    ...options,
    provider: { kind: 'gemini', models: MODELS, maxRetries: 0, ...options.provider },
  });

/** The base URL of the tests ends with a version. */
const PATH = '/v1/models/gemini-2.5-flash';

const user = { role: 'user', content: 'How is the weather?' };
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];

describe('Gemini behind the gateway', () => {
  it('answers a chat', async () => {
    const { gateway, upstreams, record } = await gemini();
    upstreams[0].next(answers({ text: 'Hm.', thought: true }, { text: 'Hello' }));

    const answer = await chat(gateway);

    expect(answer.json).toMatchObject({
      id: 'r1',
      object: 'chat.completion',
      model: 'gemini-2.5-flash',
      choices: [{ message: { role: 'assistant', content: 'Hello', reasoning_content: 'Hm.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 21, completion_tokens: 14, total_tokens: 35 },
    });
    const { path, headers, json: sent } = upstreams[0].last;
    expect([path, headers['x-goog-api-key']]).toEqual([`${PATH}:generateContent`, PROVIDER_KEY]);
    expect(sent).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] });
    expect(await record()).toMatchObject({ provider: 'first', grade: 'exact', tokens: TOKENS });
  });

  it('streams, cut within a letter', async () => {
    const { gateway, upstreams, record } = await gemini();
    const bytes = Buffer.from(piece([{ text: 'Grüße ' }]) + piece([{ text: '😀' }], { finishReason: 'STOP' }));
    const umlaut = bytes.indexOf('ü') + 1;
    const smile = bytes.indexOf('😀') + 2;
    upstreams[0].next(stream(bytes.subarray(0, umlaut), bytes.subarray(umlaut, smile), bytes.subarray(smile)));

    const answer = new ChatClient(gateway, { ...STREAM_REQUEST, stream_options: { include_usage: true } });
    await answer.waitFor(({ isOver }) => isOver);

    expect([answer.content, answer.text.endsWith(DONE)]).toEqual(['Grüße 😀', true]);
    expect(dataOf(answer.text).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 35 } });
    expect(upstreams[0].last.path).toBe(`${PATH}:streamGenerateContent?alt=sse`);
    expect(await record()).toMatchObject({ streaming: true, grade: 'exact', tokens: TOKENS });
  });

  it('takes the result of a tool, and the signature of its call, back', async () => {
    const { gateway, upstreams } = await gemini();
    const [upstream] = upstreams;
    const made = { functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2lnbmVk' };
    upstream.next(answers(made), answers({ text: 'Fine.' }));

    const first = await chat(gateway, { model: 'model', messages: [user], tools });
    const { choices } = first.json as {
      choices: { message: { tool_calls: { id: string }[] }; finish_reason: string }[];
    };
    const [choice] = choices;
    const result = { role: 'tool', tool_call_id: choice?.message.tool_calls[0]?.id, content: 'Sunny.' };
    const second = await chat(gateway, { model: 'model', messages: [user, choice?.message, result], tools });

    expect(choice?.finish_reason).toBe('tool_calls');
    expect(second.json).toMatchObject({ choices: [{ message: { content: 'Fine.' } }] });
    expect(upstream.last.json).toMatchObject({
      contents: [
        { role: 'user', parts: [{ text: 'How is the weather?' }] },
        { role: 'model', parts: [made] },
        { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { result: 'Sunny.' } } }] },
      ],
    });
  });

  it('tells an error in the one envelope, without its key', async () => {
    const { gateway, upstreams } = await gemini();
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }];
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', message: `Too much by ${PROVIDER_KEY}.`, details };
    upstreams[0].next(status(429, { error }));

    const answer = await chat(gateway);

    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
    expect(answer.json).toEqual({
      error: { message: 'Too much by [redacted].', type: 'upstream_error', param: null, code: 'RESOURCE_EXHAUSTED' },
    });
  });

  it('tells an error within a stream', async () => {
    const { gateway, upstreams, record } = await gemini();
    const error = { error: { code: 503, status: 'UNAVAILABLE', message: 'Busy.' } };
    upstreams[0].next(stream(piece([{ text: 'Hel' }]), `data: ${JSON.stringify(error)}\r\n\r\n`));

    const answer = new ChatClient(gateway, STREAM_REQUEST);
    await answer.waitFor(({ isOver }) => isOver);

    expect([answer.content, answer.text.endsWith(DONE)]).toEqual(['Hel', false]);
    expect(dataOf(answer.text).at(-1)).toMatchObject({ error: { code: 'UNAVAILABLE', message: 'Busy.' } });
    expect(await record()).toMatchObject({ grade: 'estimated', errorCode: 'UNAVAILABLE' });
  });

  it('tells what it cannot do', async () => {
    const { gateway, upstreams } = await gemini();
    upstreams[0].always(answers({ text: 'Hello' }));
    const request = { model: 'model', messages: [user], logit_bias: { 1: 1 } };

    const warned = await chat(gateway, request);
    const refused = await chat(gateway, request, { headers: { 'x-nestgate-parameters': 'strict' } });

    expect(warned.status).toBe(200);
    expect(JSON.stringify(warned.headers)).toContain('logit_bias');
    expect([refused.status, refused.json]).toMatchObject([400, { error: { param: 'logit_bias' } }]);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('embeds', async () => {
    const { gateway, upstreams } = await gemini();
    upstreams[0].next(json({ embeddings: [{ values: [1, 0.5] }, { values: [0, 1] }] }));
    const answer = await chat(
      gateway,
      { model: 'model', input: ['a', 'b'], dimensions: 2 },
      { path: '/v1/embeddings' },
    );
    expect(answer.json).toMatchObject({
      object: 'list',
      data: [
        { index: 0, embedding: [1, 0.5] },
        { index: 1, embedding: [0, 1] },
      ],
    });
    expect(upstreams[0].last.path).toBe(`${PATH}:batchEmbedContents`);
  });

  it('draws', async () => {
    const { gateway, upstreams, record } = await gemini();
    upstreams[0].next(answers({ inlineData: { mimeType: 'image/png', data: 'AAAA' } }));
    const answer = await chat(gateway, { model: 'model', prompt: 'A cat.' }, { path: '/v1/images/generations' });
    expect(answer.json).toMatchObject({ data: [{ b64_json: 'AAAA' }] });
    expect(await record()).toMatchObject({ grade: 'exact', tokens: TOKENS });
  });
});

describe('Vertex AI behind the gateway', () => {
  class StandIn extends GoogleCredential {
    override getToken() {
      return Promise.resolve({ token: 'stand-in-token', expiresAt: Date.now() + 3_600_000 });
    }
    override getProjectId() {
      return Promise.resolve('own-project');
    }
  }

  /** As a host provides a credential of its own. */
  @Global()
  @Module({ providers: [{ provide: GoogleCredential, useClass: StandIn }], exports: [GoogleCredential] })
  class CredentialModule {}

  const vertex = () =>
    gemini({
      provider: { kind: 'vertex', region: 'europe-west4' },
      first: { apiKey: undefined as never },
      extras: { imports: [CredentialModule] },
    });

  it('is let in by the credential that the host provides', async () => {
    const { gateway, upstreams, record } = await vertex();
    upstreams[0].next(answers({ text: 'Hello' }));

    const answer = await chat(gateway);

    expect(answer.json).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
    const { path, headers } = upstreams[0].last;
    expect([path, headers.authorization, headers['x-goog-api-key']]).toEqual([
      '/v1/projects/own-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent',
      'Bearer stand-in-token',
      undefined,
    ]);
    expect(await record()).toMatchObject({ grade: 'exact', tokens: TOKENS });
  });

  it('streams', async () => {
    const { gateway, upstreams } = await vertex();
    upstreams[0].next(stream(piece([{ text: 'Hello' }], { finishReason: 'STOP' })));
    const answer = new ChatClient(gateway, STREAM_REQUEST);
    await answer.waitFor(({ isOver }) => isOver);
    expect([answer.content, answer.text.endsWith(DONE)]).toEqual(['Hello', true]);
    expect(upstreams[0].last.headers.authorization).toBe('Bearer stand-in-token');
  });
});
