import { describe, expect, it } from 'vitest';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type UpstreamRequest, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { CohereAdapter } from './cohere.adapter.js';

const API_KEY = 'cohere-0123456789';

/** Keeps what would go out to the Internet, and answers in its place. */
class OfflineClient extends UpstreamClient {
  readonly sent: UpstreamRequest[] = [];

  constructor(private readonly replies: Partial<UpstreamResponse>[]) {
    super();
  }

  override request(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.sent.push(request);
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.from('{}'), ...this.replies.shift() });
  }
}

const reply = (value: unknown, status = 200) => ({ status, body: Buffer.from(JSON.stringify(value)) });

function connect(settings: Partial<ProviderSettings>, ...replies: Partial<UpstreamResponse>[]) {
  const client = new OfflineClient(replies);
  const provider = new CohereAdapter(client).connect({
    name: 'mine',
    kind: 'cohere',
    apiKey: API_KEY,
    connectTimeout: 1_000,
    idleTimeout: 0,
    ...settings,
  });
  return { provider, sent: client.sent };
}

function callOf<Request extends object>(request: Request) {
  const unsupported = new UnsupportedParameters('warn');
  const body = JsonBody.of(Object.fromEntries(Object.entries(request)));
  const cancellation = new Cancellation();
  return { requestId: 'r', request, body, upstreamModel: 'command', unsupported, cancellation };
}

const urls = (sent: UpstreamRequest[]) => sent.map(({ method, origin, path }) => `${method} ${origin}${path}`);
const CHAT = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], logit_bias: { '1': 1 } };

describe('CohereAdapter', () => {
  it('asks Cohere’s API v2', async () => {
    const { provider, sent } = connect(
      {},
      reply({ message: { content: [] } }),
      reply({ embeddings: { float: [[1]] } }),
      reply({ results: [] }),
    );
    const call = callOf(CHAT);
    await provider.chat?.answer(call);
    await provider.embeddings?.answer(callOf({ model: 'm', input: 'Hi' }));
    await provider.rerank?.answer(callOf({ model: 'm', query: 'q', documents: ['d'] }));
    expect(urls(sent)).toEqual([
      'POST https://api.cohere.com/v2/chat',
      'POST https://api.cohere.com/v2/embed',
      'POST https://api.cohere.com/v2/rerank',
    ]);
    for (const { headers, body } of sent) {
      expect(headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' });
      expect(JSON.parse(String(body))).toMatchObject({ model: 'command' });
    }
    expect(call.unsupported.names).toEqual(['logit_bias']);
  });

  it.each(['http://localhost:8000', 'http://localhost:8000/', 'http://localhost:8000/v2', 'http://localhost:8000/v1/'])(
    'finds its way from %s',
    async (baseUrl) => {
      const { provider, sent } = connect({ baseUrl, apiKey: undefined }, reply({ message: { content: [] } }));
      await provider.chat?.answer(callOf(CHAT));
      expect(urls(sent)).toEqual(['POST http://localhost:8000/v2/chat']);
      expect(sent[0]?.headers).not.toHaveProperty('authorization');
    },
  );

  it('lists the models that there is an operation for, page after page', async () => {
    const { provider, sent } = connect(
      {},
      reply({
        models: [
          { name: 'command-a', endpoints: ['chat'] },
          { name: 'classify', endpoints: ['classify'] },
        ],
        next_page_token: 'a b',
      }),
      reply({ models: [{ name: 'embed-v4.0', endpoints: ['embed', 'classify'] }, { name: 'own' }, {}] }),
    );
    expect(await provider.listModels?.(new Cancellation())).toEqual(['command-a', 'embed-v4.0', 'own']);
    expect(urls(sent)).toEqual([
      'GET https://api.cohere.com/v1/models?page_size=1000',
      'GET https://api.cohere.com/v1/models?page_size=1000&page_token=a%20b',
    ]);
  });

  it('does not read a list without end', async () => {
    const { provider, sent } = connect(
      {},
      ...Array.from({ length: 30 }, () => reply({ models: [{ name: 'a' }], next_page_token: 'more' })),
    );
    expect(await provider.listModels?.(new Cancellation())).toHaveLength(20);
    expect(sent).toHaveLength(20);
  });

  it('fails with Cohere’s words, without its key', async () => {
    const refusal = reply({ message: `Bad key ${API_KEY}` }, 401);
    const { provider } = connect({}, refusal, refusal, reply({}));
    const refused = { status: 401, message: 'Bad key [redacted]' };
    await expect(provider.chat?.answer(callOf(CHAT))).rejects.toMatchObject(refused);
    await expect(provider.listModels?.(new Cancellation())).rejects.toMatchObject(refused);
    await expect(provider.listModels?.(new Cancellation())).rejects.toMatchObject({
      code: 'upstream_invalid_response',
    });
  });
});
