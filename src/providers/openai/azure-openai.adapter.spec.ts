import { describe, expect, it } from 'vitest';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type UpstreamRequest, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { AzureOpenAiAdapter } from './azure-openai.adapter.js';
import { type EntraCredential } from './entra-id.js';

/** Keeps what would go out to the Internet, and answers in its place. */
class OfflineClient extends UpstreamClient {
  readonly sent: UpstreamRequest[] = [];

  override request(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.sent.push(request);
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.from('{"data":[{"id":"gpt-4o"}]}') });
  }
}

const CREDENTIAL: EntraCredential = {
  getToken: () => Promise.resolve({ token: 'entra-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

async function headersOf(settings: Partial<ProviderSettings>, credential?: EntraCredential) {
  const client = new OfflineClient();
  const provider = new AzureOpenAiAdapter(client, credential).connect({
    name: 'mine',
    kind: 'azure-openai',
    baseUrl: 'https://mine.openai.azure.com',
    connectTimeout: 1_000,
    idleTimeout: 0,
    ...settings,
  });
  expect(await provider.listModels?.(new Cancellation())).toEqual(['gpt-4o']);
  return client.sent[0]?.headers ?? {};
}

describe('AzureOpenAiAdapter', () => {
  it('sends the key', async () => {
    const headers = await headersOf({ apiKey: 'key' }, CREDENTIAL);
    expect(headers).toMatchObject({ 'api-key': 'key' });
    expect(headers).not.toHaveProperty('authorization');
  });

  it('sends a token of Entra ID where there is no key', async () => {
    const headers = await headersOf({}, CREDENTIAL);
    expect(headers).toMatchObject({ authorization: 'Bearer entra-token' });
    expect(headers).not.toHaveProperty('api-key');
  });

  it.each(['Ocp-Apim-Subscription-Key', 'api-key', 'Authorization'])('leaves it to the header %s', async (name) => {
    const headers = await headersOf({ headers: { [name]: 'secret' } }, CREDENTIAL);
    expect(Object.entries(headers).filter(([, value]) => /secret|entra/.test(value))).toEqual([[name, 'secret']]);
  });

  it('has no list of models for the API of other makers’ models', () => {
    const provider = new AzureOpenAiAdapter(new OfflineClient(), CREDENTIAL).connect({
      name: 'mine',
      kind: 'azure-openai',
      baseUrl: 'https://mine.services.ai.azure.com/models',
      connectTimeout: 1_000,
      idleTimeout: 0,
    });
    expect(provider).toHaveProperty('chat');
    expect(provider).not.toHaveProperty('listModels');
  });
});
