import dns from 'node:dns';
import { type AddressInfo, connect as connectTcp, createServer, isIP } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { chat, CHAT_REQUEST, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { FakeUpstream, status } from '../support/fake-upstream.js';
import { startGateway, TEST_KEY } from '../support/gateway.js';
import { oneProvider, PROVIDER_KEY, twoProviders } from '../support/scene.js';

/** A name server of the test's: each question for a name is answered by the next of its answers, the last for ever. */
function nameServer(answers: Record<string, readonly (readonly string[])[]>): string[] {
  const asked: string[] = [];
  const real = dns.lookup;
  const answer = (name: string, ...rest: unknown[]): void => {
    const found = answers[name];
    if (found === undefined) {
      // Whoever listens at an address looks that up too.
      Reflect.apply(real, dns, [name, ...rest]);
      return;
    }
    const turn = asked.filter((one) => one === name).length;
    asked.push(name);
    const addresses = found[Math.min(turn, found.length - 1)] ?? [];
    const done = rest.at(-1) as (...result: unknown[]) => void;
    queueMicrotask(() =>
      done(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      ),
    );
  };
  vi.spyOn(dns, 'lookup').mockImplementation(answer as typeof dns.lookup);
  return asked;
}

const errorOf = ({ json }: ClientAnswer) => json['error'] as { type: string; code: string };

afterEach(() => {
  vi.restoreAllMocks();
});

const portOf = (upstream: FakeUpstream): string => new URL(upstream.baseUrl).port;

/** A gateway whose provider is at a name, on the port of an upstream on the loopback. */
async function namedProvider(name: string, provider: object = {}) {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  const scene = await oneProvider({
    provider: { baseUrl: `http://${name}:${portOf(upstream)}/v1`, maxRetries: 0, ...provider },
  });
  return { ...scene, upstream };
}

describe('the address of a provider', () => {
  it('row 105 is refused where a public name leads to a private one: nothing is sent', async () => {
    nameServer({ 'api.example.com': [['127.0.0.1']] });
    const { gateway, upstream } = await namedProvider('api.example.com');
    const answer = await chat(gateway);
    expect([answer.status, errorOf(answer).type, errorOf(answer).code]).toEqual([
      502,
      'upstream_error',
      'upstream_address_refused',
    ]);
    expect(answer.text).not.toContain('127.0.0.1');
    const streamed = await chat(gateway, STREAM_REQUEST);
    expect([streamed.status, errorOf(streamed).code]).toEqual([502, 'upstream_address_refused']);
    expect([upstream.dispatches, upstream.connections]).toEqual([0, 0]);
  });

  it('row 105 is refused where one of many is private, and another deployment answers', async () => {
    nameServer({ 'api.example.com': [['203.0.113.7', '127.0.0.1']] });
    const { gateway, upstreams } = await twoProviders({ first: { baseUrl: 'http://api.example.com:9/v1' } });
    const answer = await chat(gateway);
    expect([answer.status, answer.headers['x-nestgate-deployment'], answer.headers['x-nestgate-attempts']]).toEqual([
      200,
      'second/model',
      '2',
    ]);
    expect(upstreams[0].dispatches).toBe(0);
  });

  it('row 106 is what was judged: a name that leads elsewhere a moment later gains nothing', async () => {
    // The first of a network for examples, where nobody answers.
    const asked = nameServer({ 'api.example.com': [['203.0.113.7'], ['127.0.0.1']] });
    const { gateway, upstream } = await namedProvider('api.example.com', { connectTimeout: 50 });
    expect((await chat(gateway)).status).not.toBe(200);
    // Once for a connection: there is no second answer that it could go to.
    expect(asked).toEqual(['api.example.com']);
    expect(errorOf(await chat(gateway)).code).toBe('upstream_address_refused');
    expect([upstream.dispatches, upstream.connections]).toEqual([0, 0]);
  });

  // R28: what is found out after a host has moved is of no use to connections that never end.
  it('is found anew for a connection that has been open for long', async () => {
    nameServer({ ollama: [['127.0.0.1']] });
    const { gateway, upstream } = await namedProvider('ollama');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const during = async (seconds: number): Promise<number> => {
      for (let passed = 0; passed < seconds; passed += 2) {
        expect((await chat(gateway)).status).toBe(200);
        vi.advanceTimersByTime(2_000);
      }
      return new Set(upstream.requests.map(({ clientPort }) => clientPort)).size;
    };
    expect([await during(44), await during(40), await during(16)]).toEqual([1, 2, 3]);
    expect(upstream.dispatches).toBe(50);
  });

  it('may be private where the name says so, or the configuration does', async () => {
    nameServer({ ollama: [['127.0.0.1']], 'llm.example.com': [['127.0.0.1']] });
    const nearby = await namedProvider('ollama');
    expect((await chat(nearby.gateway)).status).toBe(200);
    const allowed = await namedProvider('llm.example.com', { allowPrivateNetwork: true });
    expect((await chat(allowed.gateway)).status).toBe(200);
  });

  it('is never that of a metadata service', async () => {
    nameServer({ ollama: [['169.254.169.254']], 'llm.example.com': [['fd00:ec2::254']] });
    const scenes = [
      await namedProvider('ollama'),
      await namedProvider('llm.example.com', { allowPrivateNetwork: true }),
    ];
    for (const { gateway } of scenes) expect(errorOf(await chat(gateway)).code).toBe('upstream_address_refused');
    await expect(
      startGateway({
        providers: [
          { name: 'own', kind: 'vllm', baseUrl: 'http://169.254.169.254/v1', allowPrivateNetwork: true },
          { name: 'other', kind: 'vllm', baseUrl: 'http://localhost/v1' },
        ],
      }),
    ).rejects.toThrow('providers.own.baseUrl names a host that requests may not go to');
  });

  it('is public and spoken to over TLS where nobody but a request of the administration names it', async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const registry = gateway.app.get(ProviderRegistry, { strict: false });
    const own = { name: 'own', apiKey: PROVIDER_KEY, region: 'eu-central-1' };
    const connect = (kind: string, baseUrl?: string) =>
      registry.connect({ ...own, kind, baseUrl, egress: 'strict', connectTimeout: 1_000, idleTimeout: 0 });
    const refused = {
      'https://127.0.0.1': 'names a host',
      'https://localhost': 'names a host',
      'http://a.com': 'https',
    };
    for (const kind of ['openai-compatible', 'azure-openai', 'anthropic', 'cohere', 'ollama', 'gemini', 'bedrock']) {
      for (const [url, problem] of Object.entries(refused)) expect(() => connect(kind, url)).toThrow(problem);
      expect(() => connect(kind, 'https://api.example.com')).not.toThrow();
    }
    expect(() => connect('ollama')).toThrow('is not an https URL');
  });
});

describe('row 107: a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i is told, and not followed', async (code) => {
    const { gateway, upstreams } = await oneProvider();
    const elsewhere = await FakeUpstream.start();
    onTestFinished(() => elsewhere.close());
    upstreams[0].always(status(code, '', { location: `${elsewhere.baseUrl}/${TEST_KEY}` }));
    for (const request of [CHAT_REQUEST, STREAM_REQUEST]) {
      const answer = await chat(gateway, request);
      expect([answer.status, errorOf(answer).type, errorOf(answer).code]).toEqual([
        502,
        'upstream_error',
        'upstream_redirect',
      ]);
      expect(answer.headers).not.toHaveProperty('location');
    }
    // Nor tried again.
    expect([upstreams[0].dispatches, elsewhere.connections]).toEqual([2, 0]);
  });

  it('of a list of models is not followed either', async () => {
    const elsewhere = await FakeUpstream.start();
    onTestFinished(() => elsewhere.close());
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    upstream.models = status(302, '', { location: `${elsewhere.baseUrl}/models` });
    const gateway = await startGateway({
      providers: [{ name: 'own', kind: 'openai-compatible', baseUrl: upstream.baseUrl, apiKey: PROVIDER_KEY }],
    });
    await gateway.close();
    expect([upstream.modelRequests.length, elsewhere.connections]).toEqual([1, 0]);
  });
});

describe('a provider that is the gateway itself', () => {
  it('is found out when the request comes back: once, and no more', async () => {
    const { gateway, upstreams, watch } = await oneProvider({ provider: { maxRetries: 0 } });
    // What the upstream sees is what the gateway would see, were it at that address.
    expect((await chat(gateway)).status).toBe(200);
    const via = String(upstreams[0].last.headers['x-nestgate-via']);
    expect(via).toMatch(/^[0-9a-f]{16}$/);
    const back = await chat(gateway, CHAT_REQUEST, { headers: { 'x-nestgate-via': `${'0'.repeat(16)}, ${via}` } });
    expect([back.status, errorOf(back).type, errorOf(back).code]).toEqual([508, 'server_error', 'loop_detected']);
    expect(watch.admitted).toHaveLength(1);
    expect(upstreams[0].dispatches).toBe(1);
  });

  it('is found out through others: their marks go on', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 0 } });
    const others = Array.from({ length: 7 }, (_, index) => String(index).repeat(16));
    const deep = await chat(gateway, CHAT_REQUEST, { headers: { 'x-nestgate-via': others.join(', ') } });
    expect(deep.status).toBe(200);
    expect(String(upstreams[0].last.headers['x-nestgate-via']).split(', ')).toEqual([
      ...others,
      expect.stringMatching(/^[0-9a-f]{16}$/),
    ]);
    const tooDeep = await chat(gateway, CHAT_REQUEST, {
      headers: { 'x-nestgate-via': [...others, 'f'.repeat(16)].join(', ') },
    });
    expect(errorOf(tooDeep).code).toBe('loop_detected');
  });

  it('is found out by the list of its models', async () => {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    const gateway = await startGateway({
      providers: [{ name: 'own', kind: 'openai-compatible', baseUrl: upstream.baseUrl, apiKey: PROVIDER_KEY }],
    });
    onTestFinished(() => gateway.close());
    const via = String(upstream.modelRequests[0]?.headers['x-nestgate-via']);
    const list = (headers: Record<string, string>) =>
      chat(gateway, undefined, { path: '/v1/models', method: 'GET', headers });
    const back = await list({ 'x-nestgate-via': via });
    expect([back.status, errorOf(back).code]).toEqual([508, 'loop_detected']);
    expect((await list({ 'x-nestgate-via': '0'.repeat(16) })).status).toBe(200);
  });

  it('cannot be feigned with other words, which go no further', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 0 } });
    for (const words of ['x', 'secret-of-a-client', `${'0'.repeat(16)},${'1'.repeat(16)}`]) {
      expect((await chat(gateway, CHAT_REQUEST, { headers: { 'x-nestgate-via': words } })).status).toBe(200);
      expect(upstreams[0].last.headers['x-nestgate-via']).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it('ends in one error, where it really is', async () => {
    // Leads to the gateway, whose port is not known before it has started.
    let port = 0;
    const lead = createServer((socket) => {
      const onward = connectTcp(port, '127.0.0.1');
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => lead.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void lead.close());
    const { gateway, watch } = await oneProvider({
      provider: { apiKey: TEST_KEY, baseUrl: `http://127.0.0.1:${(lead.address() as AddressInfo).port}/v1` },
    });
    ({ port } = gateway);
    const answer = await chat(gateway);
    expect([answer.status, errorOf(answer).code]).toEqual([508, 'loop_detected']);
    expect(watch.admitted).toHaveLength(1);
  });
});
