import { describe, expect, it } from 'vitest';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ProviderCall } from '../provider-adapter.interface.js';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { VertexAdapter } from './vertex.adapter.js';

/** Keeps what would be sent. */
class Recorder extends UpstreamClient {
  readonly sent: UpstreamRequest[] = [];
  override request(request: UpstreamRequest) {
    this.sent.push(request);
    return Promise.reject(new Error('Nothing is sent.'));
  }
}

const call = (upstreamModel: string): ProviderCall<{ model: string; messages: [] }> => ({
  requestId: 'r',
  request: { model: 'm', messages: [] },
  body: JsonBody.of({}),
  upstreamModel,
  unsupported: new UnsupportedParameters('warn'),
  cancellation: new Cancellation(),
});

describe('the hosts of Vertex AI', () => {
  it.each([
    [{ project: 'p', region: 'us-central1' }, 'https://us-central1-aiplatform.googleapis.com'],
    [{ project: 'p', region: 'global' }, 'https://aiplatform.googleapis.com'],
    [{ project: 'p' }, 'https://aiplatform.googleapis.com'],
    [{ project: 'p', region: 'eu' }, 'https://aiplatform.eu.rep.googleapis.com'],
    [{ region: 'us-central1' }, 'https://aiplatform.googleapis.com'],
  ])('of %j is %s', async (where, origin) => {
    const upstream = new Recorder();
    const provider = new VertexAdapter(upstream).connect({
      name: 'vertex',
      kind: 'vertex',
      apiKey: 'k',
      connectTimeout: 1,
      idleTimeout: 1,
      ...where,
    });
    await expect(provider.chat?.answer(call('gemini-2.5-flash'))).rejects.toThrow('Nothing is sent.');
    expect(upstream.sent.map((request) => request.origin)).toEqual([origin]);
  });
});
