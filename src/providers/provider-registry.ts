import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ConfigurationError } from '../errors/configuration-error.js';
import { AdapterKinds } from './adapter-for.decorator.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from './provider-adapter.interface.js';

/** Knows the adapters of the application, its own and those that a host's modules bring. */
@Injectable()
export class ProviderRegistry {
  private adapters: ReadonlyMap<string, ProviderAdapter> | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws ConfigurationError where no adapter speaks that kind, or the adapter misses a setting. */
  connect(settings: ProviderSettings): Provider {
    this.adapters ??= this.discover();
    const adapter = this.adapters.get(settings.kind);
    if (adapter === undefined) {
      const known = [...this.adapters.keys()].sort().join(', ');
      throw new ConfigurationError(
        `providers.${settings.name}.kind`,
        `names no kind of provider that is known here ("${settings.kind}")`,
        `use one of: ${known}`,
      );
    }
    return adapter.connect(settings);
  }

  private discover(): Map<string, ProviderAdapter> {
    const adapters = new Map<string, ProviderAdapter>();
    for (const wrapper of this.discovery.getProviders({ metadataKey: AdapterKinds.KEY })) {
      const kinds = this.discovery.getMetadataByDecorator(AdapterKinds, wrapper) ?? [];
      const instance: unknown = wrapper.instance;
      if (isAdapter(instance)) for (const kind of kinds) adapters.set(kind, instance);
    }
    return adapters;
  }
}

function isAdapter(instance: unknown): instance is ProviderAdapter {
  return typeof instance === 'object' && instance !== null && 'connect' in instance;
}
