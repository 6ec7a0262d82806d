import { type DynamicModule } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EntraCredential } from '../../src/providers/openai/entra-id.js';
import { chat, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatAnswer,
  chatStream,
  chunk,
  DONE,
  FakeUpstream,
  finish,
  role,
  status,
  stream,
  text,
  usage,
} from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';

const KEY = 'azure-key-0123456789';
const HOUR = 3_600_000;

/** Stands in for what `@azure/identity` would find: gives out `entra-token-1`, `entra-token-2`, … */
class StandIn extends EntraCredential {
  readonly scopes: string[] = [];
  lifetime = HOUR;
  problem: Error | undefined;

  override getToken(scope: string): Promise<{ token: string; expiresOnTimestamp: number }> {
    this.scopes.push(scope);
    if (this.problem !== undefined) return Promise.reject(this.problem);
    return Promise.resolve({
      token: `entra-token-${this.scopes.length}`,
      expiresOnTimestamp: Date.now() + this.lifetime,
    });
  }
}

/** A host that says where its tokens come from. */
function hostWith(credential: EntraCredential): DynamicModule {
  class CredentialModule {}
  return {
    module: CredentialModule,
    global: true,
    providers: [{ provide: EntraCredential, useValue: credential }],
    exports: [EntraCredential],
  };
}

interface Azure {
  readonly gateway: GatewayUnderTest;
  readonly upstream: FakeUpstream;
}

async function azure(
  settings: { path?: string; apiVersion?: string; apiKey?: string; upstreamModel?: string },
  credential?: EntraCredential,
): Promise<Azure> {
  const upstream = await FakeUpstream.start();
  const { path = '', upstreamModel = 'my deployment', ...others } = settings;
  const gateway = await startGateway(
    {
      providers: [
        {
          name: 'azure',
          kind: 'azure-openai',
          baseUrl: new URL(upstream.baseUrl).origin + path,
          models: [{ name: 'model', upstreamModel }],
          maxRetries: 0,
          ...others,
        },
      ],
    },
    credential === undefined ? {} : { imports: [hostWith(credential)] },
  );
  onTestFinished(async () => {
    await gateway.close();
    await upstream.close();
  });
  return { gateway, upstream };
}

describe('Azure OpenAI', () => {
  it.each([
    [{}, '/openai/v1/chat/completions'],
    [{ path: '/openai/v1/' }, '/openai/v1/chat/completions'],
    [{ apiVersion: 'preview' }, '/openai/v1/chat/completions?api-version=preview'],
    [{ apiVersion: '2024-10-21' }, '/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21'],
    [
      { path: '/openai/', apiVersion: '2024-10-21' },
      '/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21',
    ],
    [{ path: '/models' }, '/models/chat/completions?api-version=2024-05-01-preview'],
  ])('with %o is asked at %s', async (settings, path) => {
    const { gateway, upstream } = await azure({ ...settings, apiKey: KEY });
    upstream.next(chatAnswer('Hello'));
    expect((await chat(gateway)).status).toBe(200);
    expect(upstream.last.path).toBe(path);
    expect(upstream.last.headers).toMatchObject({ 'api-key': KEY });
    expect(upstream.last.headers).not.toHaveProperty('authorization');
    expect(upstream.last.json).toMatchObject({ model: 'my deployment' });
  });

  it.each([
    ['2024-10-21', true],
    ['2023-05-15', false],
  ])('version %s is asked to count the tokens of a stream: %s', async (apiVersion, asks) => {
    const { gateway, upstream } = await azure({ apiVersion, apiKey: KEY });
    upstream.next(chatStream(['Hel', 'lo'], { input: 5, output: 7 }));
    await chat(gateway, STREAM_REQUEST);
    expect(upstream.last.asksForUsage).toBe(asks);
    expect(await gateway.records()).toMatchObject([
      asks ? { grade: 'exact', tokens: { inputUncached: 5, output: 7 } } : { grade: 'estimated' },
    ]);
  });

  it('passes on what its filter says, before, within and after the answer', async () => {
    const { gateway, upstream } = await azure({ apiKey: KEY });
    const before = { id: '', choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] };
    const after = {
      ...chunk({}),
      choices: [
        { index: 0, finish_reason: null, content_filter_offsets: { start_offset: 0 }, content_filter_results: {} },
      ],
    };
    upstream.next(stream(before, role, text('Hello'), finish, after, usage(), DONE));
    const answer = await chat(gateway, STREAM_REQUEST);
    expect(dataOf(answer.text)).toEqual([before, role, text('Hello'), finish, after]);
    expect(answer.text.endsWith(DONE)).toBe(true);
    expect(await gateway.records()).toMatchObject([{ status: 'completed', grade: 'exact' }]);
  });

  it.each([
    [
      400,
      { error: { message: 'Filtered.', type: null, param: 'prompt', code: 'content_filter', innererror: {} } },
      'content_filter',
    ],
    [401, { error: { code: '401', message: 'Access denied.' } }, '401'],
    [404, { error: { code: 'DeploymentNotFound', message: 'There is none.' } }, 'DeploymentNotFound'],
  ])('tells its error %i', async (code, body, expected) => {
    const { gateway, upstream } = await azure({ apiKey: KEY });
    upstream.next(status(code, body));
    const answer = await chat(gateway);
    expect(answer.status).toBe(code);
    expect(answer.json).toMatchObject({ error: { code: expected, message: body.error.message } });
  });

  it('hands on when to come back', async () => {
    const { gateway, upstream } = await azure({ apiKey: KEY });
    const headers = { 'retry-after': '60', 'retry-after-ms': '0' };
    upstream.next(status(429, { error: { code: '429', message: 'Slow down.' } }, headers));
    const answer = await chat(gateway);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '60']);
  });
});

describe('Entra ID', () => {
  it('lets in requests and streams with one token', async () => {
    const credential = new StandIn();
    const { gateway, upstream } = await azure({}, credential);
    upstream.next(chatAnswer('Hello'), chatStream(['Hello']), chatAnswer('Hello'));
    await Promise.all([chat(gateway), chat(gateway, STREAM_REQUEST), chat(gateway)]);
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill('Bearer entra-token-1'),
    );
    for (const { headers } of upstream.requests) expect(headers).not.toHaveProperty('api-key');
    expect(credential.scopes).toEqual(['https://cognitiveservices.azure.com/.default']);
  });

  it('is asked for another token when one has ended', async () => {
    const credential = new StandIn();
    credential.lifetime = 0;
    const { gateway, upstream } = await azure({}, credential);
    upstream.next(chatAnswer('Hello'), chatAnswer('Hello'));
    await chat(gateway);
    await chat(gateway);
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer entra-token-1',
      'Bearer entra-token-2',
    ]);
  });

  it('is not told to clients by a provider that quotes its token', async () => {
    const { gateway, upstream } = await azure({}, new StandIn());
    const quoting = status(401, { error: { code: '401', message: 'Not taken: Bearer entra-token-1' } });
    upstream.next(quoting, quoting);
    for (const request of [undefined, STREAM_REQUEST]) {
      const answer = await chat(gateway, request);
      expect(answer.json).toMatchObject({ error: { message: 'Not taken: Bearer [redacted]' } });
    }
  });

  it('fails a request that it gives no token for, and tells nobody why', async () => {
    const credential = new StandIn();
    credential.problem = new Error('the secret of tenant 7');
    const { gateway, upstream } = await azure({}, credential);
    for (const request of [undefined, STREAM_REQUEST]) {
      const answer = await chat(gateway, request);
      expect(answer.status).toBe(502);
      expect(answer.json).toMatchObject({
        error: { code: 'upstream_unreachable', message: 'Entra ID gave no token for the provider.' },
      });
      expect(answer.text).not.toContain('tenant');
    }
    expect(upstream.dispatches).toBe(0);
    credential.problem = undefined;
    expect((await chat(gateway)).status).toBe(200);
  });
});
