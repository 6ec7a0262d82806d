import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { UpstreamError } from '../errors/upstream-error.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { keyDigests } from '../auth/api-key.js';
import { resolveSettings } from '../gateway.settings.js';
import { type GatewayOptions } from '../gateway.options.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../providers/provider-adapter.interface.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { DeploymentsService } from './deployments.service.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { LoopGuard } from './loop-guard.js';
import { ModelRouter } from './model-router.js';

/** A registry whose one adapter connects to these providers, by name. */
function registryOf(providers: Record<string, Provider>): {
  registry: ProviderRegistry;
  connected: ProviderSettings[];
} {
  const connected: ProviderSettings[] = [];
  const adapter: ProviderAdapter = {
    connect: (settings) => {
      connected.push(settings);
      return providers[settings.name] ?? {};
    },
  };
  const discovery = {
    getProviders: () => [{ instance: adapter }],
    getMetadataByDecorator: () => ['test', 'openai', 'azure-openai'],
  } as unknown as DiscoveryService;
  return { registry: new ProviderRegistry(discovery), connected };
}

function deploymentsOf(options: GatewayOptions, providers: Record<string, Provider> = {}) {
  const router = new ModelRouter();
  const loops = new LoopGuard();
  const { registry, connected } = registryOf(providers);
  const circuits = new CircuitBreakers(new GatewayEventBus());
  const settings = resolveSettings(options, keyDigests(Buffer.alloc(32)));
  const service = new DeploymentsService(settings, registry, router, loops, circuits, new UpstreamClient());
  service.onModuleInit();
  return { service, router, connected, via: { 'x-nestgate-via': loops.mark } };
}

const provider = (name: string, more: object = {}) => ({ name, kind: 'test', ...more });
const namesOf = (router: ModelRouter): string[] => router.names().map(({ name }) => name);

beforeEach(() => {
  Logger.overrideLogger(false);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a deployment', () => {
  it('has the settings of its provider, defaults where there are none', () => {
    const { router, connected, via } = deploymentsOf({
      providers: [
        provider('plain', { models: [{ name: 'm' }] }),
        provider('own', {
          models: [{ name: 'm', upstreamModel: 'vendor-m' }],
          weight: 7,
          maxRetries: 0,
          timeout: 0,
          connectTimeout: 1,
          idleTimeout: 0,
          apiKey: 'secret',
          baseUrl: 'http://x/v1',
          headers: { 'x-a': '1' },
          allowPrivateNetwork: true,
        }),
      ],
    });
    expect(router.deploymentsOf('plain/m')[0]).toMatchObject({
      id: 'plain/m',
      providerName: 'plain',
      model: 'm',
      upstreamModel: 'm',
      weight: 1,
      maxRetries: 2,
      timeout: 30_000,
    });
    expect(router.deploymentsOf('own/m')[0]).toMatchObject({
      upstreamModel: 'vendor-m',
      weight: 7,
      maxRetries: 0,
      timeout: 0,
    });
    expect(connected).toEqual([
      { name: 'plain', kind: 'test', connectTimeout: 3_000, idleTimeout: 60_000, egress: 'operator', headers: via },
      {
        name: 'own',
        kind: 'test',
        apiKey: 'secret',
        baseUrl: 'http://x/v1',
        headers: { 'x-a': '1', ...via },
        egress: 'private',
        connectTimeout: 1,
        idleTimeout: 0,
      },
    ]);
  });

  it('is connected once for each key of its provider, and shares them with the others of it', () => {
    const apiKeys = ['first-key', 'second-key'];
    const { router, connected, via } = deploymentsOf({
      providers: [provider('own', { models: [{ name: 'a' }, { name: 'b' }], apiKeys, maxConcurrency: 1, maxWait: 0 })],
    });
    const times = { connectTimeout: 3_000, idleTimeout: 60_000 };
    const shared = { name: 'own', kind: 'test', ...times, egress: 'operator', headers: via, apiKeys };
    expect(connected).toEqual(apiKeys.map((apiKey) => ({ ...shared, apiKey })));
    const [a, b] = ['own/a', 'own/b'].map((id) => router.deploymentsOf(id)[0]?.account);
    expect(a).toBe(b);
    expect(a?.keys.slots.map(({ index }) => index)).toEqual([0, 1]);
    expect([a?.bulkhead.enter(), a?.bulkhead.enter()]).toEqual([true, false]);
  });

  it('has the facts of the catalogue for its provider’s name of the model, and over them the operator’s', () => {
    const facts = { contextWindow: 32_000, tools: false };
    const { router } = deploymentsOf({
      providers: [
        { name: 'plain', kind: 'openai', models: [{ name: 'smart', upstreamModel: 'gpt-4o' }] },
        { name: 'own', kind: 'openai', models: [{ name: 'smart', upstreamModel: 'gpt-4o', facts }] },
        { name: 'azure', kind: 'azure-openai', models: [{ name: 'gpt-4o' }] },
        { name: 'open', kind: 'openai' },
      ],
    });
    const known = { contextWindow: 128_000, tools: true, jsonSchema: true, reasoning: false };
    expect(router.deploymentsOf('plain/smart')[0]?.facts).toMatchObject(known);
    expect(router.deploymentsOf('own/smart')[0]?.facts).toMatchObject({ ...known, ...facts });
    expect(router.deploymentsOf('azure/gpt-4o')[0]?.facts).toEqual({});
    expect(router.deploymentsOf('open/gpt-4o')[0]?.facts).toMatchObject(known);
  });

  it('of a model that bears its provider’s name bears it once', () => {
    const { router } = deploymentsOf({ providers: [provider('sim', { models: [{ name: 'sim/echo' }] })] });
    expect(router.deploymentsOf('sim/echo')[0]?.id).toBe('sim/echo');
  });
});

describe('a provider that was given no models', () => {
  it('is asked for them with the next key where it does not take one', async () => {
    const listModels = vi
      .fn<() => Promise<string[]>>()
      .mockRejectedValueOnce(new UpstreamError('upstream_error', { status: 401 }))
      .mockResolvedValueOnce(['one']);
    const { service, router } = deploymentsOf(
      { providers: [provider('wide', { apiKeys: ['first-key', 'second-key', 'third-key'] })] },
      { wide: { listModels } },
    );
    await service.onApplicationBootstrap();
    expect(namesOf(router)).toEqual(['one']);
    expect(listModels).toHaveBeenCalledTimes(2);
  });

  it('is asked for them, and takes others by its name meanwhile', async () => {
    const listModels = vi.fn<() => Promise<string[]>>(() => Promise.resolve(['one', 'two']));
    const { service, router } = deploymentsOf(
      { providers: [provider('wide'), provider('b', { models: [{ name: 'one' }] })] },
      { wide: { listModels } },
    );
    expect(namesOf(router)).toEqual(['one']);
    expect(router.deploymentsOf('wide/new')[0]?.model).toBe('new');

    await service.onApplicationBootstrap();

    expect(router.names().map(({ name, providers }) => [name, providers])).toEqual([
      ['one', ['wide', 'b']],
      ['two', ['wide']],
    ]);
    expect(router.deploymentsOf('wide/new')[0]?.model).toBe('new');
    expect([listModels.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('is asked again and again, ever more rarely, until it answers', async () => {
    let answers = 0;
    const listModels = vi.fn<() => Promise<string[]>>(() =>
      ++answers > 3 ? Promise.resolve(['late']) : Promise.reject(new Error('down')),
    );
    const { service, router } = deploymentsOf({ providers: [provider('wide')] }, { wide: { listModels } });

    await service.onApplicationBootstrap();
    for (const [index, pause] of [5_000, 10_000, 20_000].entries()) {
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(listModels).toHaveBeenCalledTimes(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(listModels).toHaveBeenCalledTimes(index + 2);
    }

    expect(namesOf(router)).toEqual(['late']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is waited for no longer than five seconds', async () => {
    const { service, router } = deploymentsOf(
      { providers: [provider('silent')] },
      {
        silent: {
          listModels: (cancellation) =>
            new Promise((_resolve, reject) => cancellation.onCancel(() => reject(new Error('cancelled')))),
        },
      },
    );
    const started = service.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(5_000);
    await started;
    expect(namesOf(router)).toEqual([]);
    expect(vi.getTimerCount()).toBe(1);
    service.onApplicationShutdown();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is asked no more when the application stops', async () => {
    const cancelled: boolean[] = [];
    const { service } = deploymentsOf(
      { providers: [provider('silent')] },
      {
        silent: {
          listModels: (cancellation) =>
            new Promise((_resolve, reject) =>
              cancellation.onCancel(() => {
                cancelled.push(true);
                reject(new Error('cancelled'));
              }),
            ),
        },
      },
    );
    const started = service.onApplicationBootstrap();
    service.onApplicationShutdown();
    await started;
    expect([cancelled, vi.getTimerCount()]).toEqual([[true], 0]);
  });

  it('that lists none is left at that', async () => {
    const { service, router } = deploymentsOf({ providers: [provider('mute')] });
    await service.onApplicationBootstrap();
    expect([namesOf(router), vi.getTimerCount()]).toEqual([[], 0]);
    expect(router.deploymentsOf('mute/any')[0]?.model).toBe('any');
  });
});
