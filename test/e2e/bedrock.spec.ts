import { describe, expect, it } from 'vitest';
import { type AwsCredentials, AwsCredentialSource } from '../../src/providers/bedrock/bedrock.credentials.js';
import { converseEvents, event, eventStream, exception } from '../support/aws.js';
import { bedrockStage, converseAnswer, guarded, KEYS, MODEL, refuse, TOKENS } from '../support/bedrock-stage.js';
import { chat, CHAT_REQUEST, ChatClient, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import { DONE, status } from '../support/fake-upstream.js';

describe('chats with Bedrock', () => {
  it('are signed, and answered in OpenAI’s words', async () => {
    const { gateway, upstream } = await bedrockStage();
    upstream.always(guarded(converseAnswer([{ text: 'Hello' }])));

    const answer = await chat(gateway, { ...CHAT_REQUEST, max_tokens: 5 });

    expect(answer.json).toMatchObject({
      object: 'chat.completion',
      model: MODEL,
      choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
    });
    const { path, json: body, headers } = upstream.last;
    expect(path).toBe(`/model/${encodeURIComponent(MODEL)}/converse`);
    expect(body).toEqual({
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { maxTokens: 5 },
    });
    expect(headers['content-length']).toBe(String(upstream.last.body.length));
    expect(await gateway.records()).toMatchObject([
      { grade: 'exact', provider: 'aws', tokens: { inputUncached: 21, output: 9 } },
    ]);
  });

  it('are signed for the ARN of a profile', async () => {
    const upstreamModel = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc/1';
    const { gateway, upstream } = await bedrockStage({ upstreamModel });
    upstream.always(guarded(converseAnswer([{ text: 'Hello' }])));
    expect((await chat(gateway)).status).toBe(200);
    expect(upstream.last.path).toBe(
      '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fabc%2F1/converse',
    );
  });

  it('are streamed', async () => {
    const { gateway, upstream } = await bedrockStage();
    upstream.always(guarded(eventStream(...converseEvents(['Hel', 'lo'], TOKENS))));

    const answer = new ChatClient(gateway, { ...STREAM_REQUEST, stream_options: { include_usage: true } });
    await answer.waitFor(({ isOver }) => isOver);

    expect([answer.status, answer.content, answer.text.endsWith(DONE)]).toEqual([200, 'Hello', true]);
    expect(dataOf(answer.text).at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
    });
    expect(upstream.last.path).toBe(`/model/${encodeURIComponent(MODEL)}/converse-stream`);
    expect(await gateway.records()).toMatchObject([
      { grade: 'exact', streaming: true, tokens: { inputUncached: 21, output: 9 } },
    ]);
  });

  it.each([false, true])('go round with a tool (streamed: %s)', async (isStreamed) => {
    const { gateway, upstream } = await bedrockStage();
    const toolUse = { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Paris' } };
    const reasoning = { text: 'Where?', signature: 'c2lnbmVk' };
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];
    const question = { role: 'user', content: 'Weather?' };
    upstream.next(
      guarded(
        isStreamed
          ? eventStream(
              event('messageStart', { role: 'assistant' }),
              event('contentBlockDelta', {
                contentBlockIndex: 0,
                delta: { reasoningContent: { text: reasoning.text } },
              }),
              event('contentBlockDelta', {
                contentBlockIndex: 0,
                delta: { reasoningContent: { signature: reasoning.signature } },
              }),
              event('contentBlockStop', { contentBlockIndex: 0 }),
              event('contentBlockStart', {
                contentBlockIndex: 1,
                start: { toolUse: { toolUseId: toolUse.toolUseId, name: toolUse.name } },
              }),
              event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }),
              event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '"Paris"}' } } }),
              event('contentBlockStop', { contentBlockIndex: 1 }),
              event('messageStop', { stopReason: 'tool_use' }),
              event('metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
            )
          : converseAnswer([{ reasoningContent: { reasoningText: reasoning } }, { toolUse }], 'tool_use'),
      ),
      guarded(converseAnswer([{ text: 'Sunny' }])),
    );

    const first = await chat(gateway, { model: 'model', messages: [question], tools, stream: isStreamed });
    const message = isStreamed ? joinDeltas(first.text) : messageOf(first.json);
    expect(message['tool_calls']).toMatchObject([
      { id: 'tooluse_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
    ]);
    const result = { role: 'tool', tool_call_id: 'tooluse_1', content: '18 °C' };
    const second = await chat(gateway, { model: 'model', messages: [question, message, result], tools });

    expect(messageOf(second.json)['content']).toBe('Sunny');
    expect(upstream.last.json['messages']).toEqual([
      { role: 'user', content: [{ text: 'Weather?' }] },
      { role: 'assistant', content: [{ reasoningContent: { reasoningText: reasoning } }, { toolUse }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'tooluse_1', content: [{ text: '18 °C' }] } }] },
    ]);
  });

  it('are let in by a key of Bedrock’s', async () => {
    const { gateway, upstream } = await bedrockStage({ settings: { apiKey: 'bedrock-api-key-0123456789' } });
    upstream.always(converseAnswer([{ text: 'Hello' }]));
    expect((await chat(gateway)).status).toBe(200);
    const { authorization, 'x-amz-date': date } = upstream.last.headers;
    expect([authorization, date]).toEqual(['Bearer bedrock-api-key-0123456789', undefined]);
  });

  it('fail with what Bedrock says, and nothing of the credentials', async () => {
    const { gateway, upstream } = await bedrockStage({ settings: { ...KEYS, sessionToken: 'the-session-token' } });
    const message = `Wrong.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:the-session-token'`;
    upstream.always(refuse('InvalidSignatureException', message));
    const answer = await chat(gateway);
    expect(answer.status).toBe(403);
    expect(answer.json).toEqual({
      error: { message: 'Wrong.', type: 'upstream_error', param: null, code: 'InvalidSignatureException' },
    });
  });

  it('are tried again where Bedrock throttles', async () => {
    const { gateway, upstream } = await bedrockStage();
    const throttled = status(429, { message: 'Too many' }, { 'x-amzn-errortype': 'ThrottlingException' });
    upstream.next(throttled, guarded(converseAnswer([{ text: 'Hello' }])));
    expect((await chat(gateway)).status).toBe(200);
    expect(upstream.dispatches).toBe(2);
  });
});

describe('streams of Bedrock that fail', () => {
  it('before their content are tried again', async () => {
    const { gateway, upstream } = await bedrockStage();
    upstream.next(
      eventStream(event('messageStart', { role: 'assistant' }), exception('serviceUnavailableException', 'Later')),
      guarded(eventStream(...converseEvents(['Hello'], TOKENS))),
    );
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(answer.text).toContain('Hello');
    expect(upstream.dispatches).toBe(2);
  });

  it('before their content, for good, have the status of the exception', async () => {
    const { gateway, upstream } = await bedrockStage();
    upstream.always(eventStream(exception('validationException', 'No image')));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect([answer.status, upstream.dispatches]).toEqual([400, 1]);
    expect(answer.json).toMatchObject({ error: { message: 'No image', code: 'ValidationException' } });
  });

  it('in their middle say so', async () => {
    const { gateway, upstream } = await bedrockStage();
    const [start = Buffer.alloc(0), piece = Buffer.alloc(0)] = converseEvents(['Hel'], TOKENS);
    upstream.always(eventStream(start, piece, exception('modelStreamErrorException', 'The model broke')));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(answer.text).toContain('Hel');
    expect(dataOf(answer.text).at(-1)).toMatchObject({
      error: { message: 'The model broke', type: 'server_error', code: 'ModelStreamErrorException' },
    });
    expect(answer.text).not.toContain(DONE);
    expect(await gateway.records()).toMatchObject([{ status: 'failed', grade: 'estimated' }]);
  });

  it('with a damaged message say so', async () => {
    const { gateway, upstream } = await bedrockStage();
    const events = converseEvents(['Hel', 'lo'], TOKENS);
    const damaged = Buffer.from(events[2] ?? '');
    damaged.writeUInt8(damaged.readUInt8(40) ^ 1, 40);
    upstream.always(eventStream(...events.slice(0, 2), damaged, ...events.slice(3)));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(dataOf(answer.text).at(-1)).toMatchObject({ error: { code: 'upstream_invalid_response' } });
    expect(upstream.dispatches).toBe(1);
  });
});

/** Gives out the credentials of a list, one after the other; the last for ever. */
class Credentials extends AwsCredentialSource {
  readonly asked: boolean[] = [];

  constructor(private readonly list: readonly AwsCredentials[]) {
    super();
  }

  getCredentials({ forceRefresh }: { readonly forceRefresh: boolean }): Promise<AwsCredentials> {
    this.asked.push(forceRefresh);
    const credentials = this.list[Math.min(this.asked.length, this.list.length) - 1];
    return credentials === undefined ? Promise.reject(new Error('nothing found')) : Promise.resolve(credentials);
  }
}

const FIRST = { accessKeyId: 'AKIDFIRST', secretAccessKey: 'first secret', sessionToken: 'first token' };
const SECOND = { accessKeyId: 'AKIDSECOND', secretAccessKey: 'second secret', sessionToken: 'second token' };
const HOUR = 3_600_000;

describe('credentials that a host gives out', () => {
  const hello = converseAnswer([{ text: 'Hello' }]);

  it('are asked for once while they last', async () => {
    const source = new Credentials([{ ...FIRST, expiration: new Date(Date.now() + HOUR) }, SECOND]);
    const { gateway, upstream } = await bedrockStage({ source });
    upstream.always(guarded(hello, FIRST));
    const answers = await Promise.all([chat(gateway), chat(gateway), chat(gateway)]);
    expect([...answers, await chat(gateway)].map(({ status: one }) => one)).toEqual([200, 200, 200, 200]);
    expect(source.asked).toEqual([false]);
  });

  it('are asked for again when they have ended, once for all who wait', async () => {
    const source = new Credentials([{ ...FIRST, expiration: new Date(Date.now() - 1) }, SECOND]);
    const { gateway, upstream } = await bedrockStage({ source });
    upstream.next(guarded(hello, FIRST)).always(guarded(hello, SECOND));
    expect((await chat(gateway)).status).toBe(200);
    const answers = await Promise.all([chat(gateway), chat(gateway), chat(gateway)]);
    expect(answers.map(({ status: one }) => one)).toEqual([200, 200, 200]);
    expect(source.asked).toEqual([false, false]);
  });

  it('are replaced when Bedrock refuses them as expired, whatever they say', async () => {
    const source = new Credentials([{ ...FIRST, expiration: new Date(Date.now() + HOUR) }, SECOND]);
    const { gateway, upstream } = await bedrockStage({ source });
    upstream
      .next(refuse('ExpiredTokenException', 'The security token included in the request is expired'))
      .always(guarded(hello, SECOND));
    expect((await chat(gateway)).status).toBe(200);
    expect(upstream.dispatches).toBe(2);
    expect(source.asked).toEqual([false, true]);
  });

  it('that cannot be had fail the request, and say nothing of why', async () => {
    const { gateway, upstream } = await bedrockStage({ source: new Credentials([]) });
    const answer = await chat(gateway);
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({
      error: { message: 'AWS gave no credentials for the provider.', code: 'upstream_unreachable' },
    });
    expect(upstream.dispatches).toBe(0);
  });
});

it('goes by AWS’s clock where its own is wrong', async () => {
  const { gateway, upstream } = await bedrockStage();
  const now = new Date(Date.now() + 6 * HOUR);
  upstream
    .next(refuse('InvalidSignatureException', 'Signature expired', { date: now.toUTCString() }))
    .always(guarded(converseAnswer([{ text: 'Hello' }])));
  expect((await chat(gateway)).status).toBe(200);
  const [first, second] = upstream.requests.map(({ headers }) => timeOf(String(headers['x-amz-date'])));
  expect(Math.round(((second ?? 0) - (first ?? 0)) / HOUR)).toBe(6);
});

type Json = Record<string, unknown>;

const messageOf = (completion: Json): Json => (completion['choices'] as { message: Json }[])[0]?.message ?? {};

/** As a client puts them together that keeps what it does not know as it came. */
function joinDeltas(text: string): Json {
  const message: Json = { role: 'assistant', content: null, reasoning_details: [] };
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = [];
  for (const chunk of dataOf(text) as { choices: { delta: Json }[] }[]) {
    for (const { delta } of chunk.choices) {
      (message['reasoning_details'] as unknown[]).push(
        ...((delta['reasoning_details'] as unknown[] | undefined) ?? []),
      );
      for (const call of (delta['tool_calls'] ?? []) as ((typeof calls)[0] & { index: number })[]) {
        const known = calls[call.index];
        if (known === undefined) calls[call.index] = { id: call.id, type: call.type, function: { ...call.function } };
        else known.function.arguments += call.function.arguments;
      }
    }
  }
  return { ...message, tool_calls: calls };
}

/** `20260301T120000Z` */
const timeOf = (text: string): number =>
  Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
