import { describe, expect, it } from 'vitest';
import { event } from '../support/aws.js';
import { chat, ChatClient, dataOf } from '../support/chat-client.js';
import { anthropicEvent, chatAnswer, chatStream, json, stream } from '../support/fake-upstream.js';
import { oneProvider, type SceneOptions, twoProviders } from '../support/scene.js';

/*
 * What a provider answers with status 200 and a field of another shape than its documents say is the provider's fault: it
 * is told as that, and another deployment may take over.
 */

const INVALID = { type: 'upstream_error', code: 'upstream_invalid_response' };

const named = (type: string, more: object): Buffer => Buffer.from(anthropicEvent({ type, ...more }));
const data = (value: object): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`);
const candidate = (content: unknown): Buffer => data({ candidates: [{ content, index: 0 }] });

interface OddAnswer {
  readonly kind: string;
  readonly what: string;
  readonly answer: object;
}

const WHOLE: OddAnswer[] = [
  { kind: 'gemini', what: 'a candidate that is nothing', answer: { candidates: [null] } },
  { kind: 'gemini', what: 'parts that are no list', answer: { candidates: [{ content: { parts: 5 } }] } },
  { kind: 'bedrock', what: 'a block that is nothing', answer: { output: { message: { content: [null] } } } },
  {
    kind: 'bedrock',
    what: 'citations that are nothing',
    answer: { output: { message: { content: [{ citationsContent: null }] } } },
  },
  { kind: 'anthropic', what: 'a block that is nothing', answer: { type: 'message', content: [null] } },
  { kind: 'cohere', what: 'content that is a number', answer: { message: { content: 5 }, finish_reason: 'COMPLETE' } },
  {
    kind: 'cohere',
    what: 'log probabilities that are words',
    answer: { message: {}, logprobs: 'none', finish_reason: 'COMPLETE' },
  },
];

interface OddStream {
  readonly kind: string;
  readonly begin: readonly Buffer[];
  readonly content: Buffer;
  readonly odd: Buffer;
}

const STREAMS: OddStream[] = [
  { kind: 'gemini', begin: [], content: candidate({ parts: [{ text: 'Hel' }] }), odd: candidate({ parts: 5 }) },
  {
    kind: 'anthropic',
    begin: [
      named('message_start', { message: { id: 'm' } }),
      named('content_block_start', { index: 0, content_block: { type: 'text' } }),
    ],
    content: named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hel' } }),
    odd: named('content_block_start', { index: 1, content_block: { type: 'text', citations: 5 } }),
  },
  {
    kind: 'cohere',
    begin: [data({ type: 'message-start', id: 'm' })],
    content: data({ type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hel' } } } }),
    odd: data({ type: 'content-delta', index: 0, delta: null }),
  },
  {
    kind: 'bedrock',
    begin: [event('messageStart', { role: 'assistant' })],
    content: event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' } }),
    odd: event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: null } }),
  },
];

const before = (kind: string): SceneOptions => ({
  provider: { maxRetries: 0 },
  first: { kind, ...(kind === 'bedrock' ? { region: 'eu-central-1' } : {}) },
});

describe('an answer of another shape', () => {
  it.each(WHOLE)('is an error of the provider: $kind with $what', async ({ kind, answer }) => {
    const { gateway, upstreams, record } = await oneProvider(before(kind));
    upstreams[0].next(json(answer));
    const refused = await chat(gateway);
    expect([refused.status, refused.json]).toMatchObject([502, { error: INVALID }]);
    expect(await record()).toMatchObject({ status: 'failed', errorCode: 'upstream_invalid_response' });
  });

  it.each(WHOLE)('lets another deployment answer: $kind with $what', async ({ kind, answer }) => {
    const { gateway, upstreams, record } = await twoProviders(before(kind));
    upstreams[0].next(json(answer));
    upstreams[1].next(chatAnswer('From the second'));
    const { status, text } = await chat(gateway);
    expect([status, text]).toEqual([200, expect.stringContaining('From the second')]);
    const attempts = [{ error: 'upstream_invalid_response' }, { error: null }];
    expect(await record()).toMatchObject({ provider: 'second', attempts });
  });
});

describe('a stream of another shape', () => {
  it.each(STREAMS)('is told after what was right: $kind', async ({ kind, begin, content, odd }) => {
    const { gateway, upstreams } = await oneProvider(before(kind));
    // In one piece: what was right is not lost with what follows it.
    upstreams[0].next(stream(Buffer.concat([...begin, content, odd])));
    const client = new ChatClient(gateway);
    await client.waitFor(({ isOver }) => isOver);
    expect([client.status, client.content]).toEqual([200, 'Hel']);
    expect(dataOf(client.text).at(-1)).toMatchObject({ error: { code: INVALID.code } });
  });

  it.each(STREAMS)('lets another deployment answer where nothing was shown: $kind', async ({ kind, begin, odd }) => {
    const { gateway, upstreams } = await twoProviders(before(kind));
    upstreams[0].next(stream(...begin, odd));
    upstreams[1].next(chatStream(['From the second']));
    const client = new ChatClient(gateway);
    await client.waitFor(({ isOver }) => isOver);
    expect([client.status, client.content]).toEqual([200, 'From the second']);
  });
});
