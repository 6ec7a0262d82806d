import { type CacheOptions } from './cache.options.js';

/** The cache's options with every default filled in. */
export interface CacheSettings {
  readonly enabled: boolean;
  /** Milliseconds. */
  readonly ttl: number;
  /** `null` for all. */
  readonly models: ReadonlySet<string> | null;
  readonly store: 'memory' | 'redis';
  readonly maxEntryBytes: number;
  readonly maxBytes: number;
}

/** @returns nothing where there is no cache. */
export function resolveCache(options: CacheOptions | undefined): CacheSettings | undefined {
  if (options === undefined) return undefined;
  return {
    enabled: options.enabled ?? true,
    ttl: options.ttl ?? 300_000,
    models: options.models === undefined ? null : new Set(options.models),
    store: options.store ?? 'memory',
    maxEntryBytes: options.maxEntryBytes ?? 1024 * 1024,
    maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
  };
}
