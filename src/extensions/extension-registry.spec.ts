import { Injectable, Module, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { ExtensionRegistry, OWN_EXTENSIONS } from './extension-registry.js';
import { Extension, type ExtensionMetadata, type GatewayExtension } from './gateway-extension.interface.js';

const told: string[] = [];

function named(metadata: ExtensionMetadata | undefined): Type<GatewayExtension> {
  class Named implements GatewayExtension {
    configure(settings: Readonly<Record<string, unknown>>): void {
      told.push(`${metadata?.name ?? 'Named'} ${JSON.stringify(settings)}`);
    }
  }
  Extension(metadata)(Named);
  Injectable()(Named);
  return Named;
}

async function registryOf(
  extensions: readonly Type<GatewayExtension>[],
  settings: Partial<Pick<GatewaySettings, 'extensions' | 'keys'>> = {},
): Promise<ExtensionRegistry> {
  told.length = 0;
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [
      ExtensionRegistry,
      ...extensions,
      { provide: GATEWAY_SETTINGS, useValue: { extensions: [], keys: [], ...settings } },
    ],
  }).compile();
  const registry = module.get(ExtensionRegistry);
  registry.onModuleInit();
  return registry;
}

const A = named({ name: 'a', order: 1 });
const B = named({ name: 'b', onFailure: 'continue', answers: 'everything' });
const UNNAMED = named(undefined);

describe('ExtensionRegistry', () => {
  it('has the extensions as their classes say', async () => {
    const registry = await registryOf([A, B, UNNAMED]);
    expect(registry.all()).toMatchObject([
      { name: 'b', order: 0, onFailure: 'continue', answers: 'everything' },
      { name: 'Named', order: 0, onFailure: undefined, answers: 'chat' },
      { name: 'a', order: 1, onFailure: undefined, answers: 'chat' },
    ]);
  });

  it('has them as the configuration says, which goes before', async () => {
    const registry = await registryOf([A, B], {
      extensions: [
        { name: 'a', order: -1, onFailure: 'refuse' },
        { name: 'b', onFailure: 'refuse' },
      ],
    });
    expect(registry.all()).toMatchObject([
      { name: 'a', order: -1, onFailure: 'refuse' },
      { name: 'b', order: 0, onFailure: 'refuse' },
    ]);
  });

  it('leaves out what is switched off, and tells it nothing', async () => {
    const registry = await registryOf([A, B], { extensions: [{ name: 'a', enabled: false }] });
    expect(registry.all().map(({ name }) => name)).toEqual(['b']);
    expect(told).toEqual(['b {}']);
  });

  it('tells each its settings once', async () => {
    const registry = await registryOf([A, B], { extensions: [{ name: 'a', settings: { opensAt: 8 } }] });
    registry.all();
    registry.all();
    expect(told).toEqual(['a {"opensAt":8}', 'b {}']);
  });

  it('does not start where settings are not understood', async () => {
    const strict = named({ name: 'strict' });
    strict.prototype.configure = () => {
      throw new Error('opensAt is not an hour');
    };
    await expect(registryOf([strict])).rejects.toThrow('opensAt is not an hour');
  });

  it.each([
    [{ extensions: [{ name: 'a' }, { name: 'c' }] }, 'extensions[1].name'],
    [{ keys: [{ name: 'k', secret: 's', extensions: [{ name: 'c', settings: {} }] }] }, 'keys[0].extensions[0].name'],
  ])('does not start where one is named that is not there', async (settings, path) => {
    await expect(registryOf([A, B], settings)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(path.replaceAll(/[[\].]/g, '\\$&')) as string }),
    );
    await expect(registryOf([A, B], settings)).rejects.toThrow('use one of: a, b');
  });

  it('has its own, and those of the application, but not those of another gateway', async () => {
    @Module({})
    class Gateway {}
    const host = await Test.createTestingModule({
      imports: [
        DiscoveryModule,
        ...[A, B].map((own) => ({
          module: Gateway,
          imports: [DiscoveryModule],
          providers: [
            ExtensionRegistry,
            own,
            {
              provide: OWN_EXTENSIONS,
              inject: [own],
              useFactory: (extension: GatewayExtension) => ({ module: Gateway, extensions: [extension] }),
            },
          ],
        })),
      ],
      providers: [UNNAMED],
    }).compile();
    const registries = host.get(ExtensionRegistry, { strict: false, each: true });
    expect(
      registries.map((registry) =>
        registry
          .all()
          .map(({ name }) => name)
          .sort(),
      ),
    ).toEqual([
      ['Named', 'a'],
      ['Named', 'b'],
    ]);
  });
});
