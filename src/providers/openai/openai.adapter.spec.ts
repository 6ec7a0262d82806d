import { UnsupportedParameters } from '../unsupported-parameters.js';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { UpstreamClient, type UpstreamOptions } from '../../upstream/upstream-client.js';
import { Deadlines } from '../../upstream/deadlines.js';
import { UpstreamExchange, type UpstreamSink } from '../../upstream/upstream-exchange.js';
import { type UpstreamRequest, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Provider, type ProviderCall, type ProviderSettings } from '../provider-adapter.interface.js';
import { OpenAiAdapter } from './openai.adapter.js';
import { OPENAI_KINDS } from './openai.presets.js';

const API_KEY = 'sk-provider-0123456789';

/** Keeps what would go out to the Internet, and answers in its place. */
class OfflineClient extends UpstreamClient {
  readonly sent: UpstreamRequest[] = [];

  constructor(private readonly reply: Partial<UpstreamResponse> & { readonly body: Buffer }) {
    super();
  }

  override request(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.sent.push(request);
    return Promise.resolve({ status: 200, headers: {}, ...this.reply });
  }

  override stream(request: UpstreamRequest, options: UpstreamOptions, sink: UpstreamSink): UpstreamExchange {
    this.sent.push(request);
    return new UpstreamExchange(options, sink, new Deadlines());
  }
}

function connect(
  kind: string,
  settings: Partial<ProviderSettings> = {},
  reply: unknown = { choices: [] },
  status = 200,
) {
  const client = new OfflineClient({ status, body: Buffer.from(JSON.stringify(reply)) });
  const provider = new OpenAiAdapter(client).connect({
    name: 'mine',
    kind,
    apiKey: API_KEY,
    connectTimeout: 1_000,
    idleTimeout: 0,
    ...settings,
  });
  return { provider, sent: client.sent };
}

function callOf(fields: Partial<ChatCompletionRequest> = {}): ProviderCall<ChatCompletionRequest> {
  const request: ChatCompletionRequest = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return {
    requestId: 'request-1',
    request,
    body: JsonBody.of(request),
    upstreamModel: 'provider-model',
    unsupported: new UnsupportedParameters('warn'),
    cancellation: new Cancellation(),
  };
}

const ask = (provider: Provider) => provider.chat?.answer(callOf());
const OWN_URL = { baseUrl: 'http://localhost:8000/v1' };

/** The kinds whose service only the operator can name. */
const OWN_KINDS = ['openai-compatible', 'llamacpp', 'vllm'];

const URLS: [kind: string, url: string][] = [
  ['openai', 'https://api.openai.com/v1'],
  ['groq', 'https://api.groq.com/openai/v1'],
  ['deepseek', 'https://api.deepseek.com/v1'],
  ['xai', 'https://api.x.ai/v1'],
  ['mistral', 'https://api.mistral.ai/v1'],
  ['openrouter', 'https://openrouter.ai/api/v1'],
  ['together', 'https://api.together.xyz/v1'],
  ['perplexity', 'https://api.perplexity.ai'],
  ['cerebras', 'https://api.cerebras.ai/v1'],
  ['zai', 'https://api.z.ai/api/paas/v4'],
  ['huggingface', 'https://router.huggingface.co/v1'],
];

const ALL = ['completions', 'embeddings', 'moderations', 'rerank', 'images', 'imageEdits', 'speech'];
const AUDIO_IN = ['transcriptions', 'translations'];

const OFFERS: Record<string, string[]> = {
  openai: [...ALL, ...AUDIO_IN].filter((name) => name !== 'rerank'),
  'openai-compatible': [...ALL, ...AUDIO_IN],
  groq: ['speech', ...AUDIO_IN],
  deepseek: [],
  xai: ['completions', 'images'],
  mistral: ['embeddings', 'moderations', 'transcriptions'],
  openrouter: ['completions', 'embeddings', 'rerank'],
  together: ['completions', 'embeddings', 'rerank', 'images', 'speech', ...AUDIO_IN],
  perplexity: [],
  cerebras: ['completions'],
  zai: ['images', 'transcriptions'],
  huggingface: [],
  llamacpp: [...ALL, ...AUDIO_IN],
  vllm: [...ALL, ...AUDIO_IN],
};

describe('OpenAiAdapter', () => {
  it('is tested with every kind', () => {
    expect([...URLS.map(([kind]) => kind), ...OWN_KINDS].sort()).toEqual([...OPENAI_KINDS].sort());
  });

  it.each(URLS)('%s is at %s', async (kind, url) => {
    const { provider, sent } = connect(kind);
    await ask(provider);
    expect(sent.map(({ method, origin, path }) => `${method} ${origin}${path}`)).toEqual([
      `POST ${url}/chat/completions`,
    ]);
    expect(sent[0]?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' });
    expect(JSON.parse(String(sent[0]?.body))).toEqual({
      model: 'provider-model',
      messages: [{ role: 'user', content: 'Hi' }],
    });
  });

  it.each(Object.entries(OFFERS))('%s offers what it has beside chat', (kind, offers) => {
    const { provider } = connect(kind, OWN_URL);
    const { chat: _chat, limits: _limits, listModels: _list, ...beside } = provider;
    expect(Object.keys(beside).sort()).toEqual([...offers].sort());
  });

  it('is tested with the offers of every kind', () => {
    expect(Object.keys(OFFERS).sort()).toEqual([...OPENAI_KINDS].sort());
  });

  it.each([...OPENAI_KINDS])('%s is where the settings say', async (kind) => {
    const { provider, sent } = connect(kind, { baseUrl: 'http://localhost:8000/own/path/' });
    await ask(provider);
    expect([sent[0]?.origin, sent[0]?.path]).toEqual(['http://localhost:8000', '/own/path/chat/completions']);
  });

  it.each(OWN_KINDS)('%s must be told where it is', (kind) => {
    expect(() => connect(kind)).toThrow('providers.mine.baseUrl');
  });

  it('sends the headers of the settings, and no authorization without a key', async () => {
    const { provider, sent } = connect('vllm', { ...OWN_URL, apiKey: undefined, headers: { 'x-team': 'search' } });
    await ask(provider);
    expect(sent[0]?.headers).toMatchObject({ 'x-team': 'search' });
    expect(sent[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each([...OPENAI_KINDS])('%s: asks for the usage of a stream, except of those who count unasked', (kind) => {
    const { provider, sent } = connect(kind, OWN_URL);
    provider.chat
      ?.stream?.(callOf({ stream: true }))
      .parts.subscribe()
      .unsubscribe();
    const asks = (JSON.parse(String(sent[0]?.body)) as ChatCompletionRequest).stream_options?.include_usage;
    expect(asks).toBe(['mistral', 'perplexity'].includes(kind) ? undefined : true);
  });

  it('lists the models of the service', async () => {
    const { provider, sent } = connect('groq', {}, { data: [{ id: 'one' }, { id: 'org/two' }] });
    expect(await provider.listModels?.(new Cancellation())).toEqual(['one', 'org/two']);
    expect(sent.map(({ method, origin, path }) => `${method} ${origin}${path}`)).toEqual([
      'GET https://api.groq.com/openai/v1/models',
    ]);
    expect(sent[0]?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}` });
  });

  it('fails with the service’s words, without its key', async () => {
    const refusal = { error: { message: `Bad key ${API_KEY}`, code: 'invalid_api_key' } };
    const { provider } = connect('openai', {}, refusal, 401);
    const refused = { status: 401, code: 'invalid_api_key', message: 'Bad key [redacted]' };
    await expect(ask(provider)).rejects.toMatchObject(refused);
    await expect(provider.listModels?.(new Cancellation())).rejects.toMatchObject(refused);
  });
});
